import { SSMClient } from '@aws-sdk/client-ssm';

export type { SSMClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const ssmClient = (): SSMClient => new SSMClient({});
