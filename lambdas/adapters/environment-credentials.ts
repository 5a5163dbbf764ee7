/**
 * Stands in for `@aws-sdk/credential-provider-node` in every bundle (lib/bundle.ts): on Lambda the role's credentials
 * are in the environment, and the chain of other sources (profiles, SSO, metadata services) is dead weight.
 * @see Lambda developer guide, configuration-envvars-runtime
 */
export interface EnvironmentCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A provider that reads the environment each time. @throws CredentialsProviderError when it holds no credentials */
export const defaultProvider = (): (() => Promise<EnvironmentCredentials>) => async () => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (!accessKeyId || !secretAccessKey) {
    const error = new Error('expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, got none');
    error.name = 'CredentialsProviderError';
    throw error;
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
};
