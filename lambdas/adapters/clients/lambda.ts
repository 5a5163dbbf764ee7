import { LambdaClient } from '@aws-sdk/client-lambda';

export type { LambdaClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const lambdaClient = (): LambdaClient => new LambdaClient({});
