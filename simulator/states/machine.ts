/** A state machine as it runs: the definition with every field compiled. */

import type { Json } from '../contract.ts';
import type { Assigned, Env, Evaluate } from './env.ts';
import type { Failure } from './errors.ts';
import type { Resource } from './resources.ts';
import type { Batching } from './state-map-batches.ts';

export type QueryLanguage = 'JSONata' | 'JSONPath';

export interface StateTable {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Machine extends StateTable {
  readonly queryLanguage: QueryLanguage;
  readonly timeoutSeconds?: number;
}

export interface Finished {
  readonly output: Json;
  readonly assigned: Assigned | undefined;
}

/** From what a state did to what it hands on. `result` is what the task, the branches or the iterations answered. */
export type Finish = (env: Env, result?: Json) => Finished;

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitter: boolean;
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly finish: (env: Env, errorOutput: Json) => Finished;
}

interface StateBase {
  readonly name: string;
  readonly queryLanguage: QueryLanguage;
}
interface Continuing extends StateBase {
  /** Undefined: the end of its scope. */
  readonly next: string | undefined;
  readonly finish: Finish;
}
interface Guarded extends Continuing {
  readonly retry: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export interface PassState extends Continuing {
  readonly type: 'Pass';
  readonly result: Evaluate;
}
export interface WaitState extends Continuing {
  readonly type: 'Wait';
  /** Until when, epoch milliseconds. */
  readonly untilMs: Evaluate<number>;
}
export interface SucceedState extends Continuing {
  readonly type: 'Succeed';
}
export interface FailState extends StateBase {
  readonly type: 'Fail';
  readonly failure: Evaluate<Failure>;
}
export interface ChoiceState extends StateBase {
  readonly type: 'Choice';
  readonly choose: Evaluate<{ readonly next: string; readonly finish: Finish } | undefined>;
}
export interface TaskState extends Guarded {
  readonly type: 'Task';
  readonly resource: Resource;
  readonly argument: Evaluate;
  readonly timeoutSeconds: Evaluate<number> | undefined;
  readonly heartbeatSeconds: Evaluate<number> | undefined;
  readonly credentials: Evaluate | undefined;
}
export interface ParallelState extends Guarded {
  readonly type: 'Parallel';
  readonly argument: Evaluate;
  readonly branches: readonly StateTable[];
}
export interface MapState extends Guarded {
  readonly type: 'Map';
  readonly processor: StateTable;
  readonly distributed: boolean;
  /** The children of a distributed Map are Express workflows, which end within five minutes. */
  readonly express: boolean;
  readonly label: string | undefined;
  /** The input that the items and the selector are read from. */
  readonly argument: Evaluate;
  readonly items: Evaluate<readonly Json[]>;
  /** What an iteration gets; `env` then has the item in its context. */
  readonly itemInput: ((env: Env, item: Json) => Json) | undefined;
  /** How items share a child of a distributed Map; undefined: each has its own. */
  readonly batching: Evaluate<Batching> | undefined;
  readonly maxConcurrency: Evaluate<number>;
  readonly toleratedPercentage: Evaluate<number>;
  readonly toleratedCount: Evaluate<number>;
}
export type State =
  | PassState
  | WaitState
  | SucceedState
  | FailState
  | ChoiceState
  | TaskState
  | ParallelState
  | MapState;
