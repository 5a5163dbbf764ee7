import type { GatePolicy } from '../core/gate-policy.ts';
import type { GateRequest } from '../core/gate-request.ts';
import type { GateReading } from '../core/observation.ts';
import type { WaveRequest } from '../core/wave-request.ts';
import type { LambdaClient } from './clients/lambda.ts';
import { invoke } from './invoke.ts';

/** Asks every gate function of a fleet or a wave, side by side. Whatever goes wrong is an outcome: its errors fail closed. */
export async function askFunctions(
  client: LambdaClient,
  gates: readonly GatePolicy[],
  request: GateRequest | WaveRequest | undefined,
): Promise<Pick<GateReading, 'functions'>> {
  const asked = gates.flatMap((gate, index) => (gate.kind === 'function' ? [{ gate, index }] : []));
  if (request === undefined || asked.length === 0) return {};
  const functions = await Promise.all(
    asked.map(async ({ gate: { functionName, timeoutSeconds }, index }) => ({
      gate: index,
      outcome: await invoke(client, functionName, request, timeoutSeconds),
    })),
  );
  return { functions };
}
