import { SSMClient } from '@aws-sdk/client-ssm';
import { lean, SETTINGS } from './lean.ts';

export type { SSMClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const ssmClient = (): SSMClient => lean(new SSMClient(SETTINGS));
