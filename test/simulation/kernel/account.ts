import { type CallsOptions, makeCalls } from '../../../simulator/calls.ts';
import type { Caller, Iam, Operation, Place, Service } from '../../../simulator/contract.ts';
import type { FunctionSpec } from '../../../simulator/functions/function-spec.ts';
import { makePorts } from '../../../simulator/functions/ports.ts';
import { FunctionRuntime } from '../../../simulator/functions/runner.ts';
import { makeWireCodec } from '../../../simulator/wire/codec.ts';
import { makeWorld, type TraceLine } from '../../../simulator/world.ts';

export const START_MS = Date.UTC(2026, 10, 23, 9, 0, 0);
export const PLACE: Place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };

/** Allows everything but the denied actions; the access key is the session's name. */
export function anIam(denied: readonly string[] = []): Pick<
  Iam,
  'decide' | 'sessionFor' | 'callerOf'
> & {
  readonly asked: string[];
} {
  const asked: string[] = [];
  const callerOf = (accessKeyId: string): Caller => {
    const session = accessKeyId.replace('KEY-', '');
    return { kind: 'role', roleName: `${session}-role`, session };
  };
  return {
    asked,
    callerOf,
    sessionFor: (_roleArn, _principal, session) => {
      const accessKeyId = `KEY-${session}`;
      return { accessKeyId, caller: callerOf(accessKeyId) };
    },
    decide: (_caller, { action }) => {
      asked.push(action);
      const allowed = !denied.includes(action);
      return { allowed, why: `because no identity-based policy allows the ${action} action` };
    },
  };
}

/** An operation that needs `<prefix>:<name>` on everything. */
export function anOperation(
  action: string,
  run: (input: Record<string, unknown>) => unknown,
): Operation {
  const operation: Operation<Record<string, unknown>> = {
    authorize: () => [{ action, resource: '*' }],
    run,
  };
  return operation;
}

export function aService(client: string, operations: Record<string, Operation>): Service {
  return { client, operations };
}

export interface AccountOptions {
  readonly seed?: number;
  readonly services?: readonly Service[];
  readonly denied?: readonly string[];
  readonly intercept?: CallsOptions['intercept'];
  readonly reuseInstances?: boolean;
}

export function anAccount(options: AccountOptions = {}) {
  const trace: TraceLine[] = [];
  const world = makeWorld({
    seed: options.seed ?? 1,
    startMs: START_MS,
    trace: (line) => trace.push(structuredClone(line)),
  });
  const iam = anIam(options.denied);
  const { services = [], intercept, reuseInstances } = options;
  const calls = makeCalls({ world, place: PLACE, iam, services, intercept });
  const { wire: port } = makePorts({ world, codec: makeWireCodec(), calls, iam });
  const runtime = new FunctionRuntime({ world, place: PLACE, iam, port, reuseInstances });
  return { world, trace, iam, calls, port, runtime };
}

export function aFunction(text: string, changes: Partial<FunctionSpec> = {}): FunctionSpec {
  const functionName = changes.functionName ?? 'thing';
  return {
    functionName,
    arn: `arn:aws:lambda:eu-west-1:111122223333:function:${functionName}`,
    roleArn: `arn:aws:iam::111122223333:role/${functionName}-role`,
    code: { text },
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 30,
    memoryMb: 256,
    ...changes,
  };
}
