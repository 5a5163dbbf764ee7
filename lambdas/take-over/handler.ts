import { ssmClient, stepFunctionsClient } from '../adapters/clients.ts';
import { entry } from '../adapters/entry.ts';
import { makeTakeOver } from './take-over.ts';

export const handler = entry(
  makeTakeOver({ stepFunctions: stepFunctionsClient(), ssm: ssmClient(), nowMs: Date.now }),
);
