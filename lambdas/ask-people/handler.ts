import { kmsClient } from '../adapters/clients/kms.ts';
import { snsClient } from '../adapters/clients/sns.ts';
import { entry } from '../adapters/entry.ts';
import { makeAskPeople } from './ask.ts';

export const handler = entry(makeAskPeople({ kms: kmsClient(), sns: snsClient() }));
