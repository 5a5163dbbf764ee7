import { SNSClient } from '@aws-sdk/client-sns';
import { lean, SETTINGS } from './lean.ts';

export type { SNSClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const snsClient = (): SNSClient => lean(new SNSClient(SETTINGS));
