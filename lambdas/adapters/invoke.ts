import { InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import type { LambdaClient } from './clients/lambda.ts';

export type Invoked =
  | { readonly kind: 'answered'; readonly payload: unknown }
  /** It threw, timed out, was throttled, or could not be called. */
  | { readonly kind: 'failed'; readonly error: string };

/** Calls a function and waits so long for its answer. Whatever goes wrong is an outcome. */
export async function invoke(
  client: LambdaClient,
  functionName: string,
  request: unknown,
  timeoutSeconds: number,
): Promise<Invoked> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), timeoutSeconds * 1000);
  try {
    const { Payload: payload, FunctionError: failed } = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: new TextEncoder().encode(JSON.stringify(request)),
      }),
      { abortSignal: patience.signal },
    );
    const text = payload === undefined ? '' : new TextDecoder().decode(payload);
    if (failed !== undefined)
      return { kind: 'failed', error: errorIn(text) ?? `${failed}: ${text}` };
    return { kind: 'answered', payload: JSON.parse(text) };
  } catch (error) {
    const slow = `no answer within ${timeoutSeconds} s`;
    return { kind: 'failed', error: patience.signal.aborted ? slow : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** What was thrown. @see Lambda developer guide, nodejs-exceptions */
const Thrown = z.object({ errorType: z.string(), errorMessage: z.string() });
function errorIn(text: string): string | undefined {
  try {
    const { errorType, errorMessage } = Thrown.parse(JSON.parse(text));
    return `${errorType}: ${errorMessage}`;
  } catch {
    return undefined;
  }
}
