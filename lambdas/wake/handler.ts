import { lambdaClient, sqsClient, ssmClient } from '../adapters/clients.ts';
import { entry } from '../adapters/entry.ts';
import { makeWake } from './wake.ts';

export const handler = entry(
  makeWake({ lambda: lambdaClient(), sqs: sqsClient(), ssm: ssmClient() }),
);
