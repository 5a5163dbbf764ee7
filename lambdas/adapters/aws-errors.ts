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

function metadataOf(error: Error): Readonly<Record<string, unknown>> {
  const metadata: unknown = Reflect.get(error, '$metadata');
  return typeof metadata === 'object' && metadata !== null ? { ...metadata } : {};
}

function isTransient(error: Error): boolean {
  const { httpStatusCode: status } = metadataOf(error);
  if (typeof status === 'number' && (status === 429 || status >= 500)) return true;
  const code: unknown = Reflect.get(error, 'code');
  return TRANSIENT_CODE.test(`${error.name} ${typeof code === 'string' ? code : ''}`);
}

/**
 * Whether AWS has refused a call for certain, so that it had no effect: an answer of status 4xx that does not pass by
 * itself, at the first try. Of several tries of the SDK's an earlier one, whose answer was lost, may have been accepted.
 */
export function isCertainRefusal(error: unknown): boolean {
  if (awsCode(error) === undefined || !(error instanceof Error) || isTransient(error)) return false;
  const { httpStatusCode: status, attempts } = metadataOf(error);
  return (
    typeof status === 'number' && status >= 400 && status < 500 && !(Number(attempts ?? 1) > 1)
  );
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
