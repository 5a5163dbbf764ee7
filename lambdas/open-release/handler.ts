import { SSMClient } from '@aws-sdk/client-ssm';
import { entry } from '../adapters/entry.ts';
import { makeOpenRelease } from './open.ts';

export const handler = entry(makeOpenRelease({ ssm: new SSMClient({}), nowMs: Date.now }));
