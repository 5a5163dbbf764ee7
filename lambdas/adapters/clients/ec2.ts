import { EC2Client } from '@aws-sdk/client-ec2';

export type { EC2Client };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const ec2Client = (): EC2Client => new EC2Client({});

/**
 * Makes each call once: for acts that AWS would do twice when the first answer is lost and the SDK asks again. The
 * workflow tries again, and looks first.
 */
export const ec2ClientOnce = (): EC2Client => new EC2Client({ maxAttempts: 1 });
