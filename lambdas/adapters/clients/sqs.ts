import { SQSClient } from '@aws-sdk/client-sqs';
import { lean, SETTINGS } from './lean.ts';

export type { SQSClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const sqsClient = (): SQSClient => lean(new SQSClient(SETTINGS));
