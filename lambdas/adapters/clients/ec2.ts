import { EC2Client } from '@aws-sdk/client-ec2';
import { lean, SETTINGS } from './lean.ts';

export type { EC2Client };

/** In a file of its own: a bundle carries the clients that it makes. */
export const ec2Client = (): EC2Client => lean(new EC2Client(SETTINGS));

/**
 * Makes each call once: for acts that AWS would do twice when the first answer is lost and the SDK asks again. The
 * workflow tries again, and looks first.
 */
export const ec2ClientOnce = (): EC2Client => lean(new EC2Client({ ...SETTINGS, maxAttempts: 1 }));
