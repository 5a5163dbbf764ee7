/** Task: one attempt at a time, with its deadline and its heartbeat. */

import type { Cancellable, Json } from '../contract.ts';
import { EvaluationError, type Failure, StatesErrorName } from './errors.ts';
import { overQuota } from './json.ts';
import type { TaskState } from './machine.ts';
import { wrongParameters } from './parameter-checks.ts';
import type { TaskHandle, TaskReport } from './tasks.ts';
import { tooLarge, type Visit } from './visit.ts';

export function runTask(visit: Visit, state: TaskState): void {
  const env = visit.env();
  const timeoutSeconds = state.timeoutSeconds?.(env);
  const heartbeatSeconds = state.heartbeatSeconds?.(env);
  const payload = state.argument(env);
  const credentials = state.credentials?.(env);
  const attempt = new Attempt(visit, state, timeoutSeconds, heartbeatSeconds);
  attempt.begin(payload, credentials);
}

/** How an attempt ended, as the names of events say it. */
type Outcome = 'Succeeded' | 'Failed' | 'TimedOut';

class Attempt {
  readonly #visit: Visit;
  readonly #state: TaskState;
  readonly #timeoutSeconds: number | undefined;
  readonly #heartbeatSeconds: number | undefined;
  #open = true;
  #handle: TaskHandle | undefined;
  #timers: Cancellable[] = [];
  #heartbeat: Cancellable | undefined;

  constructor(
    visit: Visit,
    state: TaskState,
    timeoutSeconds: number | undefined,
    heartbeatSeconds: number | undefined,
  ) {
    this.#visit = visit;
    this.#state = state;
    this.#timeoutSeconds = timeoutSeconds;
    this.#heartbeatSeconds = heartbeatSeconds;
  }

  begin(payload: Json, credentials: Json | undefined): void {
    const visit = this.#visit;
    const { resource, name } = this.#state;
    const text = JSON.stringify(payload);
    if (overQuota(text)) {
      visit.fail(tooLarge(`The state/task '${this.#who}'`));
      return;
    }
    const wrong = wrongParameters(resource, payload);
    if (wrong !== undefined) throw new EvaluationError(StatesErrorName.runtime, wrong);
    this.#recordStart(text);
    visit.hold({ cancel: () => this.#close(true) });
    if (this.#timeoutSeconds !== undefined) {
      this.#timers.push(
        visit.execution.after(this.#timeoutSeconds * 1_000, `time-out of ${name}`, () =>
          this.#timeOut(),
        ),
      );
    }
    this.#armHeartbeat();
    const { identity } = visit.execution;
    this.#handle = visit.execution.tasks.start(
      {
        executionArn: identity.arn,
        executionName: identity.name,
        stateName: name,
        attempt: visit.execution.nextAttempt(name),
        resource,
        payload,
        token: visit.hasToken ? visit.token : '',
        credentials,
      },
      this.#report(),
    );
  }

  get #who(): string {
    const { resource } = this.#state;
    return resource.kind === 'integration' ? resource.resourceType : resource.arn;
  }

  #limits(): Record<string, number> {
    return {
      ...(this.#timeoutSeconds === undefined ? {} : { timeoutInSeconds: this.#timeoutSeconds }),
      ...(this.#heartbeatSeconds === undefined
        ? {}
        : { heartbeatInSeconds: this.#heartbeatSeconds }),
    };
  }

  #recordStart(text: string): void {
    const { frame, execution } = this.#visit;
    const { resource } = this.#state;
    if (resource.kind === 'function') {
      frame.record('LambdaFunctionScheduled', {
        resource: resource.arn,
        input: text,
        ...this.#limits(),
      });
      frame.record('LambdaFunctionStarted');
      return;
    }
    if (resource.kind === 'activity') {
      frame.record('ActivityScheduled', { resource: resource.arn, input: text, ...this.#limits() });
      return;
    }
    const what = { resourceType: resource.resourceType, resource: resource.resource };
    frame.record('TaskScheduled', {
      ...what,
      region: execution.region,
      parameters: text,
      ...this.#limits(),
    });
    frame.record('TaskStarted', what);
  }

  #recordEnd(outcome: Outcome | 'Submitted', details: Readonly<Record<string, unknown>>): void {
    const { frame } = this.#visit;
    const { resource } = this.#state;
    if (resource.kind !== 'integration') {
      const what = resource.kind === 'function' ? 'LambdaFunction' : 'Activity';
      frame.record(`${what}${outcome}`, details);
      return;
    }
    frame.record(`Task${outcome}`, {
      resourceType: resource.resourceType,
      resource: resource.resource,
      ...details,
    });
  }

  #report(): TaskReport {
    const told = (step: () => void): boolean => {
      if (!this.#open || !this.#visit.execution.running) return false;
      this.#visit.execution.inside(step);
      return true;
    };
    const { frame } = this.#visit;
    return {
      started: (workerName) => told(() => frame.record('ActivityStarted', { workerName })),
      submitted: (output) =>
        told(() => this.#recordEnd('Submitted', { output: JSON.stringify(output) })),
      succeeded: (result) => told(() => this.#succeed(result)),
      failed: (failure) => told(() => this.#fail('Failed', failure)),
      heartbeat: () => told(() => this.#armHeartbeat()),
    };
  }

  #armHeartbeat(): void {
    this.#heartbeat?.cancel();
    if (this.#heartbeatSeconds === undefined) return;
    const { execution } = this.#visit;
    this.#heartbeat = execution.after(
      this.#heartbeatSeconds * 1_000,
      `heartbeat of ${this.#state.name}`,
      () => this.#timeOut(StatesErrorName.heartbeatTimeout),
    );
  }

  #timeOut(alsoNamed?: string): void {
    if (!this.#open) return;
    this.#close(true);
    const failure = { error: StatesErrorName.timeout };
    this.#fail('TimedOut', alsoNamed === undefined ? failure : { ...failure, alsoNamed });
  }

  #succeed(result: Json): void {
    const text = JSON.stringify(result);
    if (overQuota(text)) {
      const { error, cause } = tooLarge(`The state/task '${this.#who}'`);
      // Recorded on AWS: as a failure of the task it is caught by States.ALL.
      this.#fail('Failed', {
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      });
      return;
    }
    this.#close(false);
    this.#recordEnd('Succeeded', { output: text });
    const visit = this.#visit;
    visit.succeed(() => this.#state.finish(visit.env(), result), this.#state.next);
  }

  #fail(outcome: Outcome, failure: Failure): void {
    this.#close(false);
    this.#recordEnd(outcome, { error: failure.error, cause: failure.cause });
    this.#visit.fail(failure);
  }

  /** No report is heard any more; whoever is still at work is told when nobody waits for the answer. */
  #close(abandon: boolean): void {
    if (!this.#open) return;
    this.#open = false;
    this.#heartbeat?.cancel();
    for (const timer of this.#timers) timer.cancel();
    if (abandon) this.#handle?.abandon();
  }
}
