import { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import { lean, SETTINGS } from './lean.ts';

export type { ImagebuilderClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const imageBuilderClient = (): ImagebuilderClient => lean(new ImagebuilderClient(SETTINGS));

/**
 * Makes each call once: for acts that AWS would do twice when the first answer is lost and the SDK asks again. The
 * workflow tries again, and looks first.
 */
export const imageBuilderClientOnce = (): ImagebuilderClient =>
  lean(new ImagebuilderClient({ ...SETTINGS, maxAttempts: 1 }));
