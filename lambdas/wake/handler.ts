import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { entry } from '../adapters/entry.ts';
import { makeWake } from './wake.ts';

export const handler = entry(
  makeWake({ lambda: new LambdaClient({}), sqs: new SQSClient({}), ssm: new SSMClient({}) }),
);
