import { ssmClient } from '../adapters/clients/ssm.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry } from '../adapters/entry.ts';
import { makeFindOrphans } from './find.ts';

export const handler = entry(
  makeFindOrphans({ stepFunctions: stepFunctionsClient(), ssm: ssmClient(), nowMs: Date.now }),
);
