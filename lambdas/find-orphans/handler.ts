import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { entry } from '../adapters/entry.ts';
import { makeFindOrphans } from './find.ts';

export const handler = entry(
  makeFindOrphans({ stepFunctions: new SFNClient({}), ssm: new SSMClient({}) }),
);
