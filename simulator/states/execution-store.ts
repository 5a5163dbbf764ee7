/** The state machines of an account and their executions, by ARN. */

import { AwsError, type Json } from '../contract.ts';
import type { Execution } from './execution.ts';
import { describe } from './execution-answers.ts';
import { sameJson } from './json.ts';
import type { Machine } from './machine.ts';

export interface StateMachineRecord {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** JSON text. */
  readonly definition: string;
  readonly machine: Machine;
  readonly loggingLevel: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly revision: number;
}

export interface ExecutionRecord {
  readonly execution: Execution;
  /** The definition it started with, which it keeps. */
  readonly definition: StateMachineRecord;
}

/** A closed execution is known, and its name taken, for so long. Source: developer guide, "Quotas". */
const KEPT_MS = 90 * 24 * 3_600_000;

export class ExecutionStore {
  readonly #nowMs: () => number;
  readonly #machines = new Map<string, StateMachineRecord>();
  /** In the order of their start. */
  readonly #executions = new Map<string, ExecutionRecord>();
  readonly #waiting = new Map<string, ((execution: Execution) => void)[]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  putMachine(record: StateMachineRecord): void {
    this.#machines.set(record.arn, record);
  }

  machines(): StateMachineRecord[] {
    return [...this.#machines.values()];
  }

  /** @throws AwsError InvalidArn, StateMachineDoesNotExist */
  machine(arn: string | undefined): StateMachineRecord {
    checkArn(arn, 'stateMachine');
    const record = this.#machines.get(arn);
    if (record === undefined) {
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    }
    return record;
  }

  put(record: ExecutionRecord): void {
    const { arn } = record.execution.identity;
    // A name that is free again starts a new execution, which is the newest.
    this.#executions.delete(arn);
    this.#executions.set(arn, record);
  }

  find(arn: string): ExecutionRecord | undefined {
    const record = this.#executions.get(arn);
    if (record === undefined) return undefined;
    const endedMs = record.execution.stoppedMs;
    return endedMs !== undefined && this.#nowMs() - endedMs > KEPT_MS ? undefined : record;
  }

  /** @throws AwsError InvalidArn, ExecutionDoesNotExist */
  must(arn: string | undefined): ExecutionRecord {
    checkArn(arn, 'execution');
    const record = this.find(arn);
    if (record === undefined) {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    }
    return record;
  }

  /** Newest first. */
  executionsOf(machineArn: string): Execution[] {
    return [...this.#executions.values()]
      .map(({ execution }) => execution)
      .filter(
        ({ identity }) =>
          identity.machineArn === machineArn && this.find(identity.arn) !== undefined,
      )
      .reverse();
  }

  all(): Execution[] {
    return [...this.#executions.values()].map(({ execution }) => execution);
  }

  /** Tells once, at once if it has ended. */
  whenEnded(arn: string, then: (execution: Execution) => void): void {
    const execution = this.#executions.get(arn)?.execution;
    if (execution !== undefined && !execution.running) {
      then(execution);
      return;
    }
    this.#waiting.set(arn, [...(this.#waiting.get(arn) ?? []), then]);
  }

  ended(execution: Execution): void {
    const { arn } = execution.identity;
    const waiting = this.#waiting.get(arn) ?? [];
    this.#waiting.delete(arn);
    for (const then of waiting) then(execution);
  }

  describe(arn: string | undefined) {
    return describe(this.must(arn).execution, this.#nowMs());
  }
}

/** @throws AwsError InvalidArn */
function checkArn(arn: string | undefined, kind: string): asserts arn is string {
  if (arn === undefined || !new RegExp(`^arn:[^:]+:states:[^:]+:[^:]+:${kind}:.+`).test(arn)) {
    throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn ?? ''}'`);
  }
}

/** Whether a second start by the same name is the same request. */
export const sameStart = (execution: Execution, input: Json): boolean =>
  execution.running && sameJson(execution.input, input);
