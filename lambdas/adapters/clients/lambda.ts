import { LambdaClient } from '@aws-sdk/client-lambda';
import { lean, SETTINGS } from './lean.ts';

export type { LambdaClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const lambdaClient = (): LambdaClient => lean(new LambdaClient(SETTINGS));
