import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { entry } from '../adapters/entry.ts';
import { makeTakeOver } from './take-over.ts';

export const handler = entry(
  makeTakeOver({ stepFunctions: new SFNClient({}), ssm: new SSMClient({}), nowMs: Date.now }),
);
