import { ErrorName, KilnError } from '../core/errors.ts';

/** The code of an AWS error as the SDK shows it; undefined for anything else. */
export const awsCode = (error: unknown): string | undefined =>
  error instanceof Error && '$metadata' in error ? error.name : undefined;

export const isAws = (error: unknown, ...codes: readonly string[]): boolean => {
  const code = awsCode(error);
  return code !== undefined && codes.includes(code);
};

/** Codes that pass by themselves, beside every answer of status 429 or 5xx (SDK reference guide, "Retry behavior"). */
const TRANSIENT_CODE =
  /Throttl|TooManyRequests|RequestLimitExceeded|CallRateLimitExceeded|ProvisionedThroughputExceeded|TransactionInProgress|TransactionConflict|ResourceContention|ServiceUnavailable|InternalServerError|InternalFailure|RequestTimeout|TimeoutError|ECONN|EAI_AGAIN|ETIMEDOUT/;

function isTransient(error: Error): boolean {
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status =
    typeof metadata === 'object' && metadata !== null
      ? Reflect.get(metadata, 'httpStatusCode')
      : undefined;
  if (typeof status === 'number' && (status === 429 || status >= 500)) return true;
  const code: unknown = Reflect.get(error, 'code');
  return TRANSIENT_CODE.test(`${error.name} ${typeof code === 'string' ? code : ''}`);
}

/** What a workflow is to see of an error: our own as they are, AWS's passing ones as `Transient`, others unchanged. */
export function forWorkflow(error: unknown): Error {
  if (error instanceof KilnError) return error;
  if (!(error instanceof Error)) return new KilnError(ErrorName.Unexpected, String(error));
  if (isTransient(error)) {
    return new KilnError(ErrorName.Transient, `${error.name}: ${error.message}`, { cause: error });
  }
  return error;
}
