import { ssmClient } from '../adapters/clients/ssm.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry } from '../adapters/entry.ts';
import { makeReceiveCause } from './receive.ts';

export const handler = entry(
  makeReceiveCause({ stepFunctions: stepFunctionsClient(), ssm: ssmClient(), nowMs: Date.now }),
);
