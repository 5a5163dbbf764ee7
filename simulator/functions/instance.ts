import type { FunctionAnswer, Json } from '../contract.ts';
import type { SimulatedWeb } from '../web.ts';
import type { RunnableWorld } from '../world.ts';
import { openBundle } from './compile.ts';
import { failure, runtimeFailure } from './failure.ts';
import type { WirePort } from './fake-http.ts';
import type { FunctionSpec } from './function-spec.ts';
import type { Carrier } from './hand-over.ts';
import { loadPure, runFor } from './pure-chunks.ts';
import { makeModules, type Surroundings } from './sandbox.ts';
import { VirtualTimers } from './virtual-time.ts';

/** Lambda's limit of a synchronous response (Lambda developer guide, gettingstarted-limits). */
const RESPONSE_BYTES_MAX = 6_291_556;

type Handler = (event: unknown, context: unknown) => unknown;

export interface InstanceOptions {
  readonly world: RunnableWorld;
  readonly spec: FunctionSpec;
  /** Unique in the world; names the random stream. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly port: WirePort;
  /** Takes the calls of SDK clients in shared pure code. @default - they go through the port */
  readonly carrier?: Carrier | undefined;
  /** @default - no request leads anywhere but to AWS */
  readonly web?: SimulatedWeb | undefined;
  /** Whether pure chunks are those of the process, or evaluated anew. */
  readonly sharesPureCode: boolean;
  /** How far its clock is ahead of the world's. @default 0 */
  readonly clockAheadMs?: number;
}

interface Invocation {
  readonly end: (answer: FunctionAnswer) => void;
}

/**
 * One execution environment: a module loaded once, then one invocation at a time. What the world hands to it (an
 * answer, a timer) arrives only while an invocation is open; between two of them it is frozen.
 */
export class FunctionInstance {
  readonly #options: InstanceOptions;
  readonly #timers: VirtualTimers;
  readonly #surroundings: Surroundings;
  #handler: Handler | undefined;
  #invocation: Invocation | undefined;
  #dead = false;
  #waiting = 0;
  #held: (() => void)[] = [];

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#timers = new VirtualTimers(options.world, `timer of ${options.name}`, (fire) =>
      this.#deliver(fire),
    );
    const { world, spec, name, environment, port, carrier, web, clockAheadMs = 0 } = options;
    this.#surroundings = {
      nowMs: () => world.nowMs() + clockAheadMs,
      startMs: world.nowMs() + clockAheadMs,
      environment: { ...environment },
      random: world.random(`function ${name}`),
      log: (message) => {
        const { functionName } = spec;
        if (world.tracing) world.trace({ kind: 'log', functionName, message: message() });
      },
      timers: this.#timers,
      port,
      carrier,
      internet: web && {
        lookup: (called) => web.lookup(called),
        request: (request) => web.request({ ...request, inVpc: spec.inVpc ?? false }),
      },
      waiting: () => this.#wait(),
    };
  }

  /** Whether another invocation may use it. */
  get reusable(): boolean {
    return !this.#dead && this.#invocation === undefined && this.#handler !== undefined;
  }

  /** The init phase. Gives what went wrong, if anything; then the instance is of no further use. */
  load(): FunctionAnswer | undefined {
    const { spec, sharesPureCode } = this.#options;
    try {
      runFor(this.#surroundings);
      const bundle = openBundle(spec.code);
      const elsewhere = (path: string) => (sharesPureCode ? loadPure(bundle, path) : undefined);
      const exported = makeModules(bundle, this.#surroundings, elsewhere).load(bundle.main);
      const exportName = spec.handler.slice(spec.handler.lastIndexOf('.') + 1);
      const handler = exported[exportName];
      if (typeof handler !== 'function') {
        throw runtimeFailure(
          'Runtime.HandlerNotFound',
          `${spec.handler} is undefined or not exported`,
        );
      }
      this.#handler = handler as Handler;
      return undefined;
    } catch (error) {
      this.kill();
      return failure(error);
    }
  }

  /** Calls the handler with copies; `end` is called exactly once unless the instance is killed before. */
  start(payload: unknown, context: object, end: (answer: FunctionAnswer) => void): void {
    const invocation = {
      end: (answer: FunctionAnswer) => {
        if (this.#invocation !== invocation) return;
        this.#invocation = undefined;
        this.#timers.freeze();
        end(answer);
      },
    };
    this.#invocation = invocation;
    runFor(this.#surroundings);
    this.#timers.thaw();
    const held = this.#held;
    this.#held = [];
    for (const action of held) this.#deliver(action);
    this.#call(payload, context).then(
      (answer) => invocation.end(answer),
      (error: unknown) => invocation.end(failure(error)),
    );
    this.#options.world.atRest(() => this.#checkAwake());
  }

  /** Ends it for good: nothing that is still under way reaches it. */
  kill(): void {
    this.#dead = true;
    this.#invocation = undefined;
    this.#held = [];
    this.#timers.dispose();
  }

  async #call(payload: unknown, context: object): Promise<FunctionAnswer> {
    const event = payload === undefined ? {} : JSON.parse(JSON.stringify(payload));
    const result = await this.#handler?.(event, context);
    let text: string;
    try {
      text = JSON.stringify(result) ?? 'null';
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw runtimeFailure('Runtime.MarshalError', `Unable to stringify response body: ${why}`);
    }
    if (Buffer.byteLength(text) > RESPONSE_BYTES_MAX) {
      const message = `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`;
      throw runtimeFailure('Function.ResponseSizeTooLarge', message);
    }
    return { ok: true, payload: JSON.parse(text) as Json };
  }

  #wait(): (action: () => void) => void {
    this.#waiting += 1;
    return (action) => {
      this.#waiting -= 1;
      this.#deliver(action);
    };
  }

  #deliver(action: () => void): void {
    if (this.#dead) return;
    if (this.#invocation === undefined) {
      this.#held.push(action);
      return;
    }
    runFor(this.#surroundings);
    try {
      action();
    } catch (error) {
      // An exception that nobody catches ends the process: the invocation fails and the instance is gone.
      const { end } = this.#invocation;
      end(failure(error));
      this.kill();
    }
    this.#options.world.atRest(() => this.#checkAwake());
  }

  /**
   * A handler that waits for nothing that can happen would sleep until its timeout; the real runtime notices that its
   * event loop is empty and ends. Such a handler is a mistake, so it is named at once.
   */
  #checkAwake(): void {
    const { world, spec } = this.#options;
    if (this.#invocation === undefined || this.#waiting > 0 || this.#timers.pending > 0) return;
    const message = `${spec.functionName} waits for a promise that no call and no timer will settle`;
    world.trace({ kind: 'world', message });
    this.#invocation.end(failure(runtimeFailure('Runtime.NodeJsExit', message)));
    this.kill();
  }
}
