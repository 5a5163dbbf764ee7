import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';

export type { CloudWatchClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const cloudWatchClient = (): CloudWatchClient => new CloudWatchClient({});
