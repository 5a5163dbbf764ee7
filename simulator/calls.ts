import {
  AwsError,
  type CallAws,
  type CallContext,
  type Caller,
  type Iam,
  type Operation,
  type Permission,
  type Place,
  type Service,
  type World,
} from './contract.ts';
import { copyOf } from './copy.ts';
import { deniedError } from './iam/denied.ts';
import { between } from './random.ts';

export interface Call {
  readonly caller: Caller;
  /** The SDK client's package name without scope. */
  readonly client: string;
  readonly operation: string;
  readonly input: unknown;
}

/** What a disturbance does to a call. */
export type Interference =
  | undefined
  /** The service answers this error and does nothing. */
  | { readonly fail: AwsError }
  /** The request is so much longer under way. */
  | { readonly delayMs: number }
  /** The service does what it was asked; the caller sees a broken connection. */
  | { readonly loseAnswer: true }
  /** The request never arrives, and no answer comes: the caller waits until somebody ends it. */
  | { readonly vanish: true }
  /** A reader that lags behind answers in place of the service: an output of an earlier instant, or nothing yet. */
  | { readonly stale: Outcome }
  /** The service does what it was asked, and its answer is so much longer under way. */
  | { readonly holdAnswerMs: number };

/** The connection broke before the answer came. The caller cannot know whether the call had an effect. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer';
}

export interface Models {
  /** @throws {AwsError} what the service answers when its model refuses the input */
  checkInput(call: Call, input: unknown): void;
  /** @throws Error when AWS could not answer this: a mistake of the simulator, which ends the run */
  checkOutput(call: Call, output: unknown): void;
}

export interface CallsOptions {
  /** `fail` ends the run when a service breaks instead of answering. */
  readonly world: World & { readonly tracing?: boolean; fail?(error: unknown): void };
  readonly place: Place;
  readonly iam: Pick<Iam, 'decide'>;
  readonly services: readonly Service[];
  /** Milliseconds of one leg, request or answer, both bounds included. @default 2 to 20 */
  readonly latency?: { readonly lowMs: number; readonly highMs: number };
  /** Checks inputs and outputs against the services' models. Absent: nothing is checked. */
  readonly models?: Models;
  /** Asked once per call, before the request leg. */
  readonly intercept?: (call: Call) => Interference;
}

export interface Calls {
  /**
   * One call as somebody: request leg, then permission and effect in one event of the queue, then answer leg.
   * @throws {AwsError} what AWS would answer; `SdkClientException` when the answer was lost.
   */
  readonly callAws: CallAws;
  /**
   * The same for callers who translate by themselves: `answer` gets the service's own output at the instant of the
   * effect (write it down, do not keep it) and its result is handed over when the answer leg has passed.
   * @throws {LostAnswer}
   */
  perform<Answer>(
    call: Call,
    answer: (outcome: Outcome) => Answer | Promise<Answer>,
    manner?: Manner,
  ): Promise<Answer>;
  /** Services that need `callAws` themselves are added after it exists. @throws when the client is known already. */
  addService(service: Service): void;
  /** Calls that reached a service or were refused, so far. */
  count(): number;
}

/** How a call from outside of the world differs from one that is made inside. */
export interface Manner {
  /** Both legs take no virtual time: a caller outside has waited in time of its own. @default false */
  readonly atOnce?: boolean;
  /** What is answered when a service breaks. @default - it ends the run */
  readonly broken?: (error: unknown) => AwsError;
}

export type Outcome =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly error: AwsError };

export function makeCalls(options: CallsOptions): Calls {
  const { world } = options;
  const services = new Map<string, Service>();
  const latency = options.latency ?? { lowMs: 2, highMs: 20 };
  let count = 0;

  const addService = (service: Service): void => {
    if (services.has(service.client)) throw new Error(`two services for ${service.client}`);
    services.set(service.client, service);
  };
  options.services.forEach(addService);

  const leg = (call: Call): number =>
    between(world.random(`latency of ${callerName(call.caller)}`), latency.lowMs, latency.highMs);

  const perform: Calls['perform'] = (call, answer, manner = {}) => {
    const legMs = (): number => (manner.atOnce === true ? 0 : leg(call));
    const interference = options.intercept?.(call);
    const extraMs =
      interference !== undefined && 'delayMs' in interference ? interference.delayMs : 0;
    const label = `${call.client} ${call.operation} for ${callerName(call.caller)}`;
    if (interference !== undefined && 'vanish' in interference) {
      world.trace({ kind: 'world', message: `${label} never arrives` });
      return new Promise(() => undefined);
    }
    return new Promise((resolve, reject) => {
      const heldMs =
        interference !== undefined && 'holdAnswerMs' in interference
          ? interference.holdAnswerMs
          : 0;
      const deliver = (settle: () => void): void => {
        world.after(legMs() + heldMs, `answer of ${label}`, settle);
      };
      world.after(legMs() + extraMs, label, () => {
        count += 1;
        const refusal =
          interference !== undefined && 'fail' in interference ? interference.fail : undefined;
        const outcome = refusal
          ? { ok: false as const, error: refusal }
          : interference !== undefined && 'stale' in interference
            ? interference.stale
            : effect(call, manner);
        const finish = async (settled: Outcome): Promise<void> => {
          record(options.world, call, settled);
          if (interference !== undefined && 'loseAnswer' in interference) {
            world.trace({ kind: 'world', message: `the answer to ${label} is lost` });
            deliver(() => reject(new LostAnswer('socket hang up')));
            return;
          }
          const given = await answer(settled);
          deliver(() => resolve(given));
        };
        Promise.resolve(outcome).then(finish).catch(broken);
      });
    });
  };

  /** What is no answer of AWS is a mistake of the simulator: it must end the run, not be retried by a workflow. */
  const broken = (error: unknown): void => {
    if (world.fail === undefined) throw error;
    world.fail(error);
  };

  const effect = (call: Call, { broken: answered }: Manner): Outcome | Promise<Outcome> => {
    const context = contextOf(call, options);
    const failed = (error: unknown): Outcome => {
      if (error instanceof AwsError) return { ok: false, error };
      if (answered === undefined) throw error;
      return { ok: false, error: answered(error) };
    };
    try {
      const operation = operationOf(services, call);
      options.models?.checkInput(call, call.input);
      for (const permission of operation.authorize(call.input, context))
        context.require(permission);
      const output = operation.run(call.input, context);
      if (!(output instanceof Promise)) return fitting(call, output);
      return output.then((late) => fitting(call, late), failed);
    } catch (error) {
      return failed(error);
    }
  };

  const fitting = (call: Call, output: unknown): Outcome => {
    options.models?.checkOutput(call, output);
    return { ok: true, output };
  };

  const callAws: CallAws = async (call) => {
    const own = { ...call, input: copyOf(call.input ?? {}) };
    try {
      const outcome = await perform(
        own,
        (settled): Outcome =>
          settled.ok ? { ok: true, output: copyOf(settled.output ?? {}) } : settled,
      );
      if (outcome.ok) return outcome.output;
      throw outcome.error;
    } catch (error) {
      if (!(error instanceof LostAnswer)) throw error;
      throw new AwsError(
        'SdkClientException',
        'Unable to execute HTTP request: Connection reset',
        0,
      );
    }
  };

  return { callAws, perform, addService, count: () => count };
}

/** How the trace and messages name somebody: the session of a role, else the name or the principal. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case 'role':
      return caller.session;
    case 'person':
      return caller.name;
    case 'service':
      return caller.principal;
    case 'anybody':
      return 'anybody';
  }
}

type AnyOperation = Operation<unknown, unknown>;

function operationOf(services: ReadonlyMap<string, Service>, call: Call): AnyOperation {
  const service = services.get(call.client);
  if (service === undefined) {
    const message = `The simulated account has no service ${call.client} (asked for ${call.operation})`;
    throw new AwsError('UnknownServiceException', message, 404);
  }
  if (!Object.hasOwn(service.operations, call.operation)) {
    const message = `The simulated ${call.client} has no operation ${call.operation}`;
    throw new AwsError('UnknownOperationException', message, 404);
  }
  // The table is typed by each service; here the input is what the wire or a workflow gave.
  return service.operations[call.operation] as AnyOperation;
}

function contextOf(
  { caller, client }: Call,
  { world, iam, place }: Pick<CallsOptions, 'world' | 'iam' | 'place'>,
): CallContext {
  return {
    caller,
    nowMs: world.nowMs(),
    allows: (permission: Permission) => iam.decide(caller, permission).allowed,
    require: (permission: Permission) => {
      const { allowed, why } = iam.decide(caller, permission);
      if (!allowed) throw deniedError(client, caller, permission, place, why);
    },
  };
}

function record(world: CallsOptions['world'], call: Call, outcome: Outcome): void {
  if (world.tracing === false) return;
  const { caller, client, operation } = call;
  const head = {
    kind: 'call' as const,
    caller: callerName(caller),
    role: caller.kind === 'role' ? caller.roleName : '',
    service: client,
    operation,
    input: call.input,
  };
  if (outcome.ok) {
    world.trace({ ...head, output: outcome.output ?? {} });
  } else {
    const { code, message } = outcome.error;
    world.trace({ ...head, error: { name: code, message } });
  }
}
