import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { lean, SETTINGS } from './lean.ts';

export type { AutoScalingClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const autoScalingClient = (): AutoScalingClient => lean(new AutoScalingClient(SETTINGS));
