import { ssmClient } from '../adapters/clients/ssm.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry } from '../adapters/entry.ts';
import { makeTakeOver } from './take-over.ts';

export const handler = entry(
  makeTakeOver({ stepFunctions: stepFunctionsClient(), ssm: ssmClient(), nowMs: Date.now }),
);
