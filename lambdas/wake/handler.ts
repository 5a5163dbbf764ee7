import { lambdaClient } from '../adapters/clients/lambda.ts';
import { sqsClient } from '../adapters/clients/sqs.ts';
import { ssmClient } from '../adapters/clients/ssm.ts';
import { entry } from '../adapters/entry.ts';
import { makeWake } from './wake.ts';

export const handler = entry(
  makeWake({ lambda: lambdaClient(), sqs: sqsClient(), ssm: ssmClient() }),
);
