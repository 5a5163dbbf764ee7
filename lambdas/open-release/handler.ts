import { ssmClient } from '../adapters/clients/ssm.ts';
import { entry } from '../adapters/entry.ts';
import { makeOpenRelease } from './open.ts';

export const handler = entry(makeOpenRelease({ ssm: ssmClient(), nowMs: Date.now }));
