/**
 * Task tokens: who waits for which one. Source: API reference, SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat;
 * a task that is closed and one that timed out answer alike, TaskTimedOut.
 */

import { AwsError, type Json } from '../contract.ts';
import type { Failure } from './errors.ts';
import { overQuota } from './json.ts';
import type { TaskReport } from './tasks.ts';

const TOKEN = /^[0-9a-f-]{36}\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/;

const timedOut = (): AwsError =>
  new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");

export class TaskTokens {
  /** A closed task keeps its token, without anybody who listens. */
  readonly #waiting = new Map<string, TaskReport | undefined>();

  open(token: string, report: TaskReport): void {
    this.#waiting.set(token, report);
  }

  close(token: string): void {
    if (this.#waiting.has(token)) this.#waiting.set(token, undefined);
  }

  /** @throws AwsError InvalidOutput, InvalidToken, TaskDoesNotExist, TaskTimedOut */
  succeed(token: string, output: string): void {
    const report = this.#find(token);
    if (overQuota(output)) {
      throw new AwsError(
        'ValidationException',
        "1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to 262144",
      );
    }
    let result: Json;
    try {
      result = JSON.parse(output) as Json;
    } catch {
      throw new AwsError('InvalidOutput', `Invalid Output: '${output.slice(0, 200)}'`);
    }
    this.#settle(token, report.succeeded(result));
  }

  fail(token: string, failure: Failure): void {
    this.#settle(token, this.#find(token).failed(failure));
  }

  heartbeat(token: string): void {
    if (!this.#find(token).heartbeat()) throw timedOut();
  }

  #settle(token: string, taken: boolean): void {
    this.close(token);
    if (!taken) throw timedOut();
  }

  #find(token: string): TaskReport {
    if (!TOKEN.test(Buffer.from(token, 'base64').toString('latin1'))) {
      throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    }
    if (!this.#waiting.has(token)) {
      throw new AwsError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'");
    }
    const report = this.#waiting.get(token);
    if (report === undefined) throw timedOut();
    return report;
  }
}
