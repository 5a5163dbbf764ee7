/**
 * What every client is made with. All that the SDK would otherwise look for in the environment and in configuration
 * files, per client and anew in each function instance, is said here: on Lambda there is nothing to find.
 *
 * - `in-region`: connections that are not there within 1.1 s are tried again (SDK reference guide, smart configuration defaults)
 * - `cacheMiddleware`: the steps of a call are put together once per kind of call, not at every call
 */
export const SETTINGS = {
  region: process.env['AWS_REGION'] ?? '',
  defaultsMode: 'in-region',
  retryMode: 'standard',
  maxAttempts: 3,
  cacheMiddleware: true,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  userAgentAppId: 'kiln',
  authSchemePreference: [] as string[],
} as const;

interface Stack {
  readonly middlewareStack: { remove(name: string): boolean };
}

/** Takes away what copies each input and answer for a log that nobody keeps. */
export function lean<Client extends Stack>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
