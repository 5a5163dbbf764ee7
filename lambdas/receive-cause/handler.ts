import { ssmClient, stepFunctionsClient } from '../adapters/clients.ts';
import { entry } from '../adapters/entry.ts';
import { makeReceiveCause } from './receive.ts';

export const handler = entry(
  makeReceiveCause({ stepFunctions: stepFunctionsClient(), ssm: ssmClient(), nowMs: Date.now }),
);
