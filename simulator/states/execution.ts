/**
 * One execution of a state machine on the virtual clock. Everything it does happens inside of an event of the world or
 * of a report about a task; each such step runs to its end before anything else does.
 */

import type { Cancellable, Json, World } from '../contract.ts';
import { between } from '../random.ts';
import { Variables } from './env.ts';
import { type Failure, StatesErrorName } from './errors.ts';
import { Frame, type FrameEnd } from './frame.ts';
import { HISTORY_EVENTS_MAX, History, HistoryFull } from './history.ts';
import type { Machine, StateTable } from './machine.ts';
import type { TaskRunner } from './tasks.ts';
import { isoText } from './timestamps.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionIdentity {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
}

export interface ExecutionOptions {
  readonly world: World;
  readonly machine: StateTable & Pick<Partial<Machine>, 'timeoutSeconds'>;
  readonly identity: ExecutionIdentity;
  readonly input: Json;
  readonly tasks: TaskRunner;
  /** The Region that task events carry. */
  readonly region: string;
  /** Told of the start, of the end, and of a redrive. */
  readonly onStatus?: (execution: Execution) => void;
  /** Children of a distributed Map tell the trace nothing of their own start and end. */
  readonly silent?: boolean;
  /** StartSyncExecution started it. Recorded on AWS: its context object does not count redrives. */
  readonly startedInSync?: boolean;
}

/** Virtual milliseconds from one state to the next: a few. */
const TRANSITION_MS_MIN = 2;
const TRANSITION_MS_MAX = 6;

/** An execution may last a year. Source: developer guide, "Quotas". */
const LIFETIME_MS_MAX = 365 * 24 * 3_600_000;

export class Execution {
  readonly world: World;
  readonly identity: ExecutionIdentity;
  readonly history = new History();
  readonly tasks: TaskRunner;
  readonly region: string;
  readonly input: Json;
  readonly inputText: string;
  readonly startedMs: number;
  status: ExecutionStatus = 'RUNNING';
  stoppedMs: number | undefined;
  outputText: string | undefined;
  failure: Failure = {};
  redriveCount = 0;
  redrivenMs: number | undefined;
  /** States entered plus retries: what AWS bills. */
  transitions = 0;
  readonly #options: ExecutionOptions;
  #frame: Frame;
  #held: Cancellable[] = [];
  #attempts = new Map<string, number>();
  #mapRuns = 0;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.world = options.world;
    this.identity = options.identity;
    this.tasks = options.tasks;
    this.region = options.region;
    this.input = options.input;
    this.inputText = JSON.stringify(options.input);
    this.startedMs = options.world.nowMs();
    this.#frame = this.#topFrame();
  }

  #topFrame(): Frame {
    return new Frame({
      execution: this,
      table: this.#options.machine,
      variables: new Variables(),
      place: 'top',
      lastEventId: 0,
      onEnd: (end) => this.#topEnded(end),
    });
  }

  /** Records the start; the first state is entered a moment later. */
  start(): void {
    this.history.add('ExecutionStarted', 0, this.world.nowMs(), {
      input: this.inputText,
      roleArn: this.identity.roleArn,
    });
    this.#begun();
    this.#frame.start(this.input, this.inputText);
  }

  #begun(): void {
    const { name } = this.identity;
    const { machine } = this.#options;
    const lifetimeMs = Math.min(
      (machine.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1_000,
      LIFETIME_MS_MAX,
    );
    this.#held = [
      this.world.busy(`execution ${name}`),
      this.world.after(lifetimeMs, `time-out of execution ${name}`, () => this.#timeOut()),
    ];
    if (this.#options.silent !== true) {
      this.world.trace({
        ...this.#traced(),
        phase: 'started',
        status: this.status,
        input: this.input,
      });
    }
    this.#options.onStatus?.(this);
  }

  #traced() {
    return {
      kind: 'execution',
      execution: this.identity.arn,
      machine: this.identity.machineName,
    } as const;
  }

  get nowMs(): number {
    return this.world.nowMs();
  }

  get running(): boolean {
    return this.status === 'RUNNING';
  }

  /** Randomness of expressions and jitter, one stream for each execution. */
  get random(): () => number {
    return this.world.random(`execution ${this.identity.arn}`);
  }

  /** Schedules a step. It is not run once the execution has ended. */
  after(delayMs: number, label: string, step: () => void): Cancellable {
    return this.world.after(delayMs, label, () => this.inside(step));
  }

  afterTransition(label: string, step: () => void): Cancellable {
    const delayMs = between(
      this.world.random('state transitions'),
      TRANSITION_MS_MIN,
      TRANSITION_MS_MAX,
    );
    return this.after(delayMs, label, step);
  }

  /** Runs a step of a running execution; the quota of events ends it. */
  inside(step: () => void): void {
    if (!this.running) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof HistoryFull)) throw error;
      this.fail({
        error: StatesErrorName.runtime,
        cause: `The execution reached the maximum number of history events (${HISTORY_EVENTS_MAX}).`,
      });
    }
  }

  /** Ends the execution as failed, wherever the failure is. */
  fail(failure: Failure): void {
    if (!this.running) return;
    this.failure = failure;
    this.#end('FAILED', 'ExecutionFailed', { error: failure.error, cause: failure.cause });
  }

  /** StopExecution. */
  stop(error?: string, cause?: string): void {
    if (!this.running) return;
    this.failure = {
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
    this.#end('ABORTED', 'ExecutionAborted', { error, cause });
  }

  #timeOut(): void {
    if (!this.running) return;
    this.failure = { error: StatesErrorName.timeout };
    this.#end('TIMED_OUT', 'ExecutionTimedOut', { error: StatesErrorName.timeout });
  }

  #topEnded(end: FrameEnd): void {
    if (end.kind === 'failed') {
      this.fail(end.failure);
      return;
    }
    this.outputText = end.text;
    this.#end('SUCCEEDED', 'ExecutionSucceeded', { output: end.text });
  }

  #end(status: ExecutionStatus, type: string, details: Readonly<Record<string, unknown>>): void {
    this.status = status;
    this.stoppedMs = this.nowMs;
    const previous =
      type === 'ExecutionAborted' || type === 'ExecutionTimedOut' ? 0 : this.#frame.lastEventId;
    this.history.add(type, previous, this.nowMs, details);
    for (const held of this.#held) held.cancel();
    this.#held = [];
    this.#frame.cancel();
    if (this.#options.silent !== true) this.#traceEnd();
    this.#options.onStatus?.(this);
  }

  #traceEnd(): void {
    const { error, cause } = this.failure;
    this.world.trace({
      ...this.#traced(),
      phase: 'ended',
      status: this.status,
      ...(this.outputText === undefined ? {} : { output: JSON.parse(this.outputText) as Json }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** Why RedriveExecution cannot go on from where this ended, or undefined. */
  get notRedrivable(): string | undefined {
    if (this.running || this.status === 'SUCCEEDED')
      return `Execution is ${this.status} and cannot be redriven`;
    const type = this.#frame.openStateType;
    if (type === 'Map' || type === 'Parallel') {
      return `the simulator does not redrive an execution that ended inside of a ${type} state`;
    }
    return undefined;
  }

  /** Runs on from the state that was under way, with its input and variables, and retries counted anew. */
  redrive(): void {
    this.status = 'RUNNING';
    this.redriveCount += 1;
    this.redrivenMs = this.nowMs;
    this.stoppedMs = undefined;
    this.failure = {};
    this.history.add('ExecutionRedriven', 0, this.nowMs, { redriveCount: this.redriveCount });
    this.#begun();
    this.#frame.resume();
  }

  /** Which attempt of a state this is, counted over the whole execution. */
  nextAttempt(stateName: string): number {
    const attempt = (this.#attempts.get(stateName) ?? 0) + 1;
    this.#attempts.set(stateName, attempt);
    return attempt;
  }

  nextMapRun(): number {
    this.#mapRuns += 1;
    return this.#mapRuns;
  }

  /** What a child of a distributed Map is made of. */
  get options(): ExecutionOptions {
    return this.#options;
  }

  /** The context object without what belongs to a state. */
  contextHead(): { Execution: { [key: string]: Json }; StateMachine: { [key: string]: Json } } {
    const { arn, name, roleArn, machineArn, machineName } = this.identity;
    return {
      Execution: {
        Id: arn,
        Input: this.input,
        StartTime: isoText(this.startedMs),
        Name: name,
        RoleArn: roleArn,
        ...(this.#options.startedInSync === true ? {} : { RedriveCount: this.redriveCount }),
        ...(this.redrivenMs === undefined ? {} : { RedriveTime: isoText(this.redrivenMs) }),
      },
      StateMachine: { Id: machineArn, Name: machineName },
    };
  }
}
