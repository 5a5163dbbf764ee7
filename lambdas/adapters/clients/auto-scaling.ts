import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';

export type { AutoScalingClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const autoScalingClient = (): AutoScalingClient => new AutoScalingClient({});
