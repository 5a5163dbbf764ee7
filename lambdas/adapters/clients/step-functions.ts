import { SFNClient } from '@aws-sdk/client-sfn';

export type { SFNClient };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const stepFunctionsClient = (): SFNClient => new SFNClient({});
