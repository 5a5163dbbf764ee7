import { InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import type { FunctionGate, GatePolicy } from '../core/gate-policy.ts';
import type { GateRequest } from '../core/gate-request.ts';
import type { GateFunctionOutcome } from '../core/judge-function.ts';
import type { GateReading } from '../core/observation.ts';
import type { LambdaClient } from './clients/lambda.ts';

/** Asks every gate function of a fleet, side by side. Whatever goes wrong is an outcome: its errors fail closed. */
export async function askFunctions(
  client: LambdaClient,
  gates: readonly GatePolicy[],
  request: GateRequest | undefined,
): Promise<Pick<GateReading, 'functions'>> {
  const asked = gates.flatMap((gate, index) => (gate.kind === 'function' ? [{ gate, index }] : []));
  if (request === undefined || asked.length === 0) return {};
  const functions = await Promise.all(
    asked.map(async ({ gate, index }) => ({
      gate: index,
      outcome: await outcomeOf(client, gate, request),
    })),
  );
  return { functions };
}

async function outcomeOf(
  client: LambdaClient,
  { functionName, timeoutSeconds }: FunctionGate,
  request: GateRequest,
): Promise<GateFunctionOutcome> {
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
