import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { lean, SETTINGS } from './lean.ts';

export type { CloudWatchClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const cloudWatchClient = (): CloudWatchClient => lean(new CloudWatchClient(SETTINGS));
