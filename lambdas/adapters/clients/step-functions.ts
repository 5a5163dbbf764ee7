import { SFNClient } from '@aws-sdk/client-sfn';
import { lean, SETTINGS } from './lean.ts';

export type { SFNClient };

/** In a file of its own: a bundle carries the clients that it makes. */
export const stepFunctionsClient = (): SFNClient => lean(new SFNClient(SETTINGS));
