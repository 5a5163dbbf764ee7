/** One state under way: entered once, run as often as it is retried, left once. */

import type { Cancellable, Json } from '../contract.ts';
import { type Assigned, Env } from './env.ts';
import {
  EvaluationError,
  type Failure,
  isTerminal,
  matchesError,
  StatesErrorName,
} from './errors.ts';
import type { Frame } from './frame.ts';
import { overQuota } from './json.ts';
import { uuidFrom } from './jsonata.ts';
import type { Catcher, Finished, State } from './machine.ts';
import { RetryCounts } from './retry.ts';
import { runMap } from './state-map.ts';
import { runParallel } from './state-parallel.ts';
import { runChoice, runFail, runPass, runSucceed, runWait } from './state-simple.ts';
import { runTask } from './state-task.ts';
import { isoText } from './timestamps.ts';

/** All variables of a scope together. Source: developer guide, "Passing data between states with variables". */
const VARIABLES_BYTES_MAX = 10 * 1_048_576;

export class Visit {
  readonly frame: Frame;
  readonly state: State;
  readonly input: Json;
  readonly inputText: string;
  enteredId = 0;
  #beforeId = 0;
  #enteredMs = 0;
  #retries = new RetryCounts();
  #held: Cancellable[] = [];
  #token: string | undefined;

  constructor(frame: Frame, state: State, input: Json, inputText: string) {
    this.frame = frame;
    this.state = state;
    this.input = input;
    this.inputText = inputText;
  }

  get execution() {
    return this.frame.execution;
  }

  enter(): void {
    const { execution, frame, state } = this;
    this.#enteredMs = execution.nowMs;
    this.#beforeId = frame.lastEventId;
    this.enteredId = frame.record(`${state.type}StateEntered`, {
      name: state.name,
      input: this.inputText,
    });
    execution.transitions += 1;
    frame.traced('entered', state.name);
    this.#run();
  }

  redrive(): void {
    this.#retries = new RetryCounts();
    this.execution.transitions += 1;
    this.#run();
  }

  #run(): void {
    this.#token = undefined;
    this.guard(() => runState(this));
  }

  /** Runs a step of this state; what cannot be evaluated in it fails the state. */
  guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.fail(this.#failureOf(error));
    }
  }

  /** What could not be evaluated, as a failure of the state; history is told. */
  #failureOf({ error, detail, location }: EvaluationError): Failure {
    const { name } = this.state;
    const cause = `An error occurred while executing the state '${name}' (entered at the event id #${this.enteredId}). ${detail}`;
    if (error === StatesErrorName.queryEvaluationError) {
      // Recorded on AWS: after what came before the state when an expression failed, after its entry for a bad time.
      const previous = location === 'Timestamp' ? this.frame.lastEventId : this.#beforeId;
      this.frame.record('EvaluationFailed', { error, cause, location, state: name }, previous);
    }
    return { error, cause };
  }

  /** What expressions of this state see. */
  env(input: Json = this.input): Env {
    const { execution, frame } = this;
    return new Env({
      input,
      context: this.context(),
      variables: frame.variables.all,
      chance: { nowMs: execution.nowMs, random: execution.random },
    });
  }

  context(mapItem = this.frame.mapItem): Json {
    const { state, frame } = this;
    const context: { [key: string]: Json } = {
      ...frame.execution.contextHead(),
      State: {
        Name: state.name,
        EnteredTime: isoText(this.#enteredMs),
        // Recorded on AWS: states that cannot be retried have no count.
        ...('retry' in state ? { RetryCount: this.#retries.total } : {}),
      },
    };
    if (this.hasToken) context['Task'] = { Token: this.token };
    if (mapItem !== undefined) context['Map'] = { Item: { ...mapItem } };
    return context;
  }

  /** Recorded on AWS: a task that waits for the end of its job (`.sync`) has a token, too. */
  get hasToken(): boolean {
    const { state } = this;
    return (
      state.type === 'Task' &&
      state.resource.kind === 'integration' &&
      state.resource.pattern !== 'request'
    );
  }

  /** The token of the present attempt; a retry gets a new one. */
  get token(): string {
    const { random } = this.execution;
    this.#token ??= Buffer.from(
      `${uuidFrom(random)}/${uuidFrom(random)}/${uuidFrom(random)}`,
    ).toString('base64');
    return this.#token;
  }

  /** Ends with the state, however it ends. */
  hold(held: Cancellable): void {
    this.#held.push(held);
  }

  cancel(): void {
    const held = this.#held;
    this.#held = [];
    for (const each of held) each.cancel();
  }

  /** The state is done; `finish` says what it hands on. */
  succeed(finish: () => Finished, next: string | undefined): void {
    this.cancel();
    this.guard(() => {
      const over = this.#leave(finish(), next);
      if (over !== undefined) this.fail(over);
    });
  }

  /** Leaves the state, unless what it hands on is over a quota: then the failure comes back. */
  #leave({ output, assigned }: Finished, next: string | undefined): Failure | undefined {
    const { frame, state } = this;
    const text = JSON.stringify(output);
    if (overQuota(text)) return tooLarge(`The state/task '${state.name}'`);
    const tooMuch =
      assigned === undefined ? undefined : overVariables(assigned, frame.variables.all);
    if (tooMuch !== undefined) return tooMuch;
    frame.record(`${state.type}StateExited`, {
      name: state.name,
      output: text,
      ...(assigned === undefined ? {} : { assignedVariables: assigned }),
    });
    if (assigned !== undefined) frame.variables.assign(assigned);
    frame.traced('exited', state.name);
    if (next === undefined) frame.succeed(output, text);
    else frame.enterNext(next, output, text);
    return undefined;
  }

  /** The state failed: it is tried again, caught, or fails its scope. */
  fail(failure: Failure): void {
    this.cancel();
    const { state, frame, execution } = this;
    const guarded = state.type === 'Task' || state.type === 'Map' || state.type === 'Parallel';
    if (!guarded || isTerminal(failure)) {
      frame.fail(failure);
      return;
    }
    const delayMs = this.#retries.next(state.retry, failure, execution.random);
    if (delayMs !== undefined) {
      this.hold(execution.after(delayMs, `retry ${state.name}`, () => this.#retry()));
      return;
    }
    if (state.type !== 'Task') frame.record(`${state.type}StateFailed`);
    const catcher = state.catchers.find(({ errorEquals }) => matchesError(errorEquals, failure));
    if (catcher === undefined) frame.fail(failure);
    else this.#catch(catcher, failure);
  }

  /** What goes wrong in a Catch is not caught again. */
  #catch(catcher: Catcher, failure: Failure): void {
    try {
      const finished = catcher.finish(this.env(), errorOutput(failure));
      const over = this.#leave(finished, catcher.next);
      if (over !== undefined) this.frame.fail(over);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.frame.fail(this.#failureOf(error));
    }
  }

  #retry(): void {
    this.execution.transitions += 1;
    this.frame.traced('retried', this.state.name);
    this.cancel();
    this.#run();
  }
}

function runState(visit: Visit): void {
  const { state } = visit;
  switch (state.type) {
    case 'Pass':
      runPass(visit, state);
      return;
    case 'Wait':
      runWait(visit, state);
      return;
    case 'Succeed':
      runSucceed(visit, state);
      return;
    case 'Fail':
      runFail(visit, state);
      return;
    case 'Choice':
      runChoice(visit, state);
      return;
    case 'Task':
      runTask(visit, state);
      return;
    case 'Parallel':
      runParallel(visit, state);
      return;
    case 'Map':
      runMap(visit, state);
      return;
    default:
      state satisfies never;
  }
}

/** Recorded on AWS: a time-out without cause is caught with an empty one, a failure without name or cause with nulls. */
function errorOutput({ error, cause }: Failure): Json {
  const absent = error === StatesErrorName.timeout ? '' : null;
  return { Error: error ?? null, Cause: cause ?? absent };
}

export const tooLarge = (who: string): Failure => ({
  error: StatesErrorName.dataLimitExceeded,
  cause: `${who} returned a result with a size exceeding the maximum number of bytes service limit.`,
  onlyByName: true,
});

/** Why the variables are too large, or undefined. */
function overVariables(assigned: Assigned, known: Assigned): Failure | undefined {
  const sizes = Object.values(assigned).map((value) => JSON.stringify(value));
  if (sizes.some((text) => overQuota(text)) || overQuota(sizes.join(','))) {
    return variablesTooLarge('an Assign or one of its variables is over 256 KiB');
  }
  // Forty variables of 256 KiB make 10 MiB: fewer cannot be too many.
  if (
    Object.keys(known).length < 40 ||
    !overQuota(JSON.stringify({ ...known, ...assigned }), VARIABLES_BYTES_MAX)
  ) {
    return undefined;
  }
  return variablesTooLarge('all variables together are over 10 MiB');
}

const variablesTooLarge = (cause: string): Failure => ({
  error: StatesErrorName.dataLimitExceeded,
  cause,
  onlyByName: true,
});
