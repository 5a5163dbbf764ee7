/** One scope at work: the machine itself, a branch of a Parallel, an iteration of a Map. One state at a time. */

import type { Cancellable, Json } from '../contract.ts';
import type { Variables } from './env.ts';
import { type Failure, isTerminal } from './errors.ts';
import type { Execution } from './execution.ts';
import type { State, StateTable } from './machine.ts';
import { Visit } from './visit.ts';

export type FrameEnd =
  | { readonly kind: 'succeeded'; readonly output: Json; readonly text: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface FrameOptions {
  readonly execution: Execution;
  readonly table: StateTable;
  readonly variables: Variables;
  readonly place: 'top' | 'branch' | 'iteration';
  /** The event that the first one of this scope follows. */
  readonly lastEventId: number;
  /** The item of a Map, in the context object. */
  readonly mapItem?: { readonly Index: number; readonly Value: Json };
  readonly onEnd: (end: FrameEnd) => void;
}

export class Frame {
  readonly execution: Execution;
  readonly variables: Variables;
  readonly place: FrameOptions['place'];
  readonly mapItem: FrameOptions['mapItem'];
  lastEventId: number;
  readonly #table: StateTable;
  readonly #onEnd: FrameOptions['onEnd'];
  #visit: Visit | undefined;
  /** Set between two states: the next one, to be entered in a moment. */
  #entering: { name: string; input: Json; text: string; queued: Cancellable } | undefined;
  #ended = false;

  constructor(options: FrameOptions) {
    this.execution = options.execution;
    this.variables = options.variables;
    this.place = options.place;
    this.mapItem = options.mapItem;
    this.lastEventId = options.lastEventId;
    this.#table = options.table;
    this.#onEnd = options.onEnd;
  }

  start(input: Json, text: string): void {
    this.enterNext(this.#table.startAt, input, text);
  }

  /** Records an event of this scope. */
  record(
    type: string,
    details?: Readonly<Record<string, unknown>>,
    previous = this.lastEventId,
  ): number {
    this.lastEventId = this.execution.history.add(type, previous, this.execution.nowMs, details);
    return this.lastEventId;
  }

  /** Records an event that the next one of this scope does not follow. */
  recordAside(type: string, details?: Readonly<Record<string, unknown>>): number {
    return this.execution.history.add(type, this.lastEventId, this.execution.nowMs, details);
  }

  enterNext(name: string, input: Json, text: string): void {
    const state = this.#table.states.get(name);
    if (state === undefined) throw new Error(`no state '${name}'`);
    const queued = this.execution.afterTransition(`enter ${name}`, () =>
      this.#enter(state, input, text),
    );
    this.#entering = { name, input, text, queued };
  }

  #enter(state: State, input: Json, text: string): void {
    this.#entering = undefined;
    this.#visit = new Visit(this, state, input, text);
    this.#visit.enter();
  }

  traced(phase: 'entered' | 'exited' | 'retried', state: string): void {
    const { identity, world } = this.execution;
    world.trace({
      kind: 'state',
      phase,
      execution: identity.arn,
      machine: identity.machineName,
      state,
    });
  }

  succeed(output: Json, text: string): void {
    this.#ended = true;
    this.#onEnd({ kind: 'succeeded', output, text });
  }

  fail(failure: Failure): void {
    if (isTerminal(failure)) {
      this.execution.fail(failure);
      return;
    }
    this.#ended = true;
    // Recorded on AWS: a task that fails its branch is told of as aborted, too.
    if (this.place === 'branch' && this.#visit?.state.type === 'Task')
      this.record('TaskStateAborted');
    this.#onEnd({ kind: 'failed', failure });
  }

  /** A sibling failed: what is under way here ends, and history says so. */
  abort(): void {
    if (this.#ended) return;
    this.cancel();
    const type = this.#entering === undefined ? this.#visit?.state.type : undefined;
    if (type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel') {
      this.record(`${type}StateAborted`);
    }
  }

  /** Stops all that is under way, silently. */
  cancel(): void {
    this.#ended = true;
    this.#entering?.queued.cancel();
    this.#visit?.cancel();
  }

  /** The type of the state that a redrive would run again; undefined when the next one is to be entered. */
  get openStateType(): State['type'] | undefined {
    return this.#entering === undefined ? this.#visit?.state.type : undefined;
  }

  /** Goes on where it was ended: runs the state that was under way once more, or enters the next one. */
  resume(): void {
    this.#ended = false;
    const visit = this.#visit;
    if (this.#entering !== undefined) {
      const { name, input, text } = this.#entering;
      this.enterNext(name, input, text);
      return;
    }
    if (visit === undefined) return;
    this.execution.afterTransition(`resume ${visit.state.name}`, () => visit.redrive());
  }
}
