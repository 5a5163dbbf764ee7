import { ssmClient, stepFunctionsClient } from '../adapters/clients.ts';
import { entry } from '../adapters/entry.ts';
import { makeFindOrphans } from './find.ts';

export const handler = entry(
  makeFindOrphans({ stepFunctions: stepFunctionsClient(), ssm: ssmClient() }),
);
