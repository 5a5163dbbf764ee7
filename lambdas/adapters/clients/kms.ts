import { KMSClient } from '@aws-sdk/client-kms';
import { lean, SETTINGS } from './lean.ts';

export type { KMSClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const kmsClient = (): KMSClient => lean(new KMSClient(SETTINGS));
