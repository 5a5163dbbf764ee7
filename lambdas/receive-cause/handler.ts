import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { entry } from '../adapters/entry.ts';
import { makeReceiveCause } from './receive.ts';

export const handler = entry(
  makeReceiveCause({ stepFunctions: new SFNClient({}), ssm: new SSMClient({}), nowMs: Date.now }),
);
