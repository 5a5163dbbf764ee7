import { SQSClient } from '@aws-sdk/client-sqs';

export type { SQSClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const sqsClient = (): SQSClient => new SQSClient({});
