/** The wall between the interpreter, which knows when a task begins and ends, and those who do its work. */

import type { Json } from '../contract.ts';
import type { Failure } from './errors.ts';
import type { Resource } from './resources.ts';

export interface TaskAttempt {
  readonly executionArn: string;
  readonly executionName: string;
  readonly stateName: string;
  /** From 1; each attempt of a state is one of its own. */
  readonly attempt: number;
  readonly resource: Resource;
  readonly payload: Json;
  /** Of this attempt alone, for resources that wait (`.sync`, `.waitForTaskToken`); otherwise empty. */
  readonly token: string;
  /** Assumed instead of the machine's own role. */
  readonly credentials: Json | undefined;
}

/** How an attempt is heard of. Calls after its end change nothing and answer false. */
export interface TaskReport {
  /** A worker has taken on the work of an activity; it may have a name. No other task reports it. */
  started(workerName?: string): boolean;
  /** The request was taken, and its answer will come later (`.sync`, `.waitForTaskToken`). */
  submitted(output: Json): boolean;
  succeeded(result: Json): boolean;
  failed(failure: Failure): boolean;
  heartbeat(): boolean;
}

export interface TaskHandle {
  /** The attempt is over without an answer: it timed out, or its execution, branch or sibling ended. */
  abandon(): void;
}

export interface TaskRunner {
  /** Starts an attempt. Reports come later, never from inside of this call. */
  start(attempt: TaskAttempt, report: TaskReport): TaskHandle;
}
