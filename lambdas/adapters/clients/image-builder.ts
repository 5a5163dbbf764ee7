import { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';

export type { ImagebuilderClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const imageBuilderClient = (): ImagebuilderClient => new ImagebuilderClient({});

/**
 * Makes each call once: for acts that AWS would do twice when the first answer is lost and the SDK asks again. The
 * workflow tries again, and looks first.
 */
export const imageBuilderClientOnce = (): ImagebuilderClient =>
  new ImagebuilderClient({ maxAttempts: 1 });
