/** Does the work of tasks in the simulated account: calls AWS as the machine's role and reports the answers. */

import type { AwsError, CallAws, Caller, Iam, Json, Place, World } from '../contract.ts';
import { deniedError } from '../iam/denied.ts';
import { between, randomUuid } from '../random.ts';
import type { WireCodec } from '../wire/wire-contract.ts';
import type { Failure } from './errors.ts';
import type { Execution } from './execution.ts';
import {
  deniedFailure,
  failureOf,
  functionFailure,
  isAwsError,
  targetOf,
} from './integration-names.ts';
import { isObject } from './json.ts';
import { nestedFailure, nestedResult } from './nested-execution.ts';
import type { Resource } from './resources.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { TaskAttempt, TaskHandle, TaskReport, TaskRunner } from './tasks.ts';

type Integration = Extract<Resource, { kind: 'integration' }>;

export interface IntegrationsOptions {
  readonly world: World;
  readonly place: Place;
  readonly call: CallAws;
  readonly codec: Pick<WireCodec, 'renameInput' | 'renameOutput'>;
  readonly iam: Pick<Iam, 'decide'>;
  readonly tokens: TaskTokens;
  /** Tells once when an execution has ended, at once if it has. */
  readonly whenEnded: (executionArn: string, then: (execution: Execution) => void) => void;
}

/** The rule by which Step Functions hears of the end of nested executions. Source: developer guide, states:startExecution. */
const MANAGED_RULE = 'StepFunctionsGetEventsForStepFunctionsExecutionRule';
/** The news of a nested execution's end travels as an event. */
const NEWS_MS_MIN = 40;
const NEWS_MS_MAX = 250;

export class Integrations implements TaskRunner {
  readonly #options: IntegrationsOptions;
  readonly #roleName: string;

  constructor(options: IntegrationsOptions, roleName: string) {
    this.#options = options;
    this.#roleName = roleName;
  }

  start(attempt: TaskAttempt, report: TaskReport): TaskHandle {
    const work = new Work(this.#options, attempt, report, {
      kind: 'role',
      roleName: this.#roleName,
      session: attempt.executionName,
    });
    work.begin();
    return { abandon: () => work.abandon() };
  }
}

/** One attempt at work. */
class Work {
  readonly #options: IntegrationsOptions;
  readonly #attempt: TaskAttempt;
  readonly #report: TaskReport;
  readonly #caller: Caller;
  #abandoned = false;
  #childArn: string | undefined;

  constructor(
    options: IntegrationsOptions,
    attempt: TaskAttempt,
    report: TaskReport,
    caller: Caller,
  ) {
    this.#options = options;
    this.#attempt = attempt;
    this.#report = report;
    this.#caller = caller;
  }

  begin(): void {
    const { resource, token } = this.#attempt;
    if (resource.kind === 'function') {
      this.#settle(this.#invoke(resource.arn, this.#attempt.payload), functionFailure, (answer) => {
        this.#report.succeeded(answer.payload);
      });
      return;
    }
    if (resource.kind === 'activity') {
      throw new Error(
        `no worker takes on ${resource.arn}: it is refused when a definition is loaded`,
      );
    }
    if (resource.pattern !== 'request') this.#options.tokens.open(token, this.#report);
    if (resource.pattern.startsWith('sync') && this.#lacksNestedRights()) return;
    const named = (error: AwsError, id: string): Failure => failureOf(resource, error, id);
    if (resource.service === 'lambda' && !resource.sdk) {
      this.#settle(this.#invokeIntegration(), named, (result) => this.#answered(resource, result));
      return;
    }
    this.#settle(this.#callOperation(resource), named, (result) =>
      this.#answered(resource, result),
    );
  }

  /** The time is up, or nobody waits any more. A nested execution is stopped, as far as the role may. */
  abandon(): void {
    this.#abandoned = true;
    this.#options.tokens.close(this.#attempt.token);
    if (this.#childArn !== undefined) this.#stopChild(this.#childArn);
  }

  #settle<T>(
    work: Promise<T>,
    named: (error: AwsError, requestId: string) => Failure,
    then: (answer: T) => void,
  ): void {
    work.then(then).catch((error: unknown) => {
      if (error instanceof TaskFailure) this.#failed(error.failure);
      else if (isAwsError(error)) this.#failed(named(error, this.#requestId()));
      else this.#broken(error);
    });
  }

  #failed(failure: Failure): void {
    this.#options.tokens.close(this.#attempt.token);
    this.#report.failed(failure);
  }

  /** What is no answer of AWS is a mistake of the simulator and must not be retried by a workflow. */
  #broken(error: unknown): void {
    this.#options.world.at(this.#options.world.nowMs(), 'a task broke', () => {
      throw error;
    });
  }

  #answered(resource: Integration, result: Json): void {
    if (resource.pattern === 'request') {
      this.#report.succeeded(result);
      return;
    }
    const childArn = isObject(result) ? result['ExecutionArn'] : undefined;
    if (resource.pattern.startsWith('sync') && typeof childArn === 'string') {
      if (this.#abandoned) this.#stopChild(childArn);
      else this.#watch(resource, childArn);
    }
    this.#report.submitted(result);
  }

  /** Calls the operation with the members renamed from Step Functions' spelling to the SDK's and back. */
  async #callOperation(resource: Integration): Promise<Json> {
    const { call, codec } = this.#options;
    const { client, operation } = targetOf(resource);
    const payload =
      resource.service === 'events'
        ? this.#withOrigin(this.#attempt.payload)
        : this.#attempt.payload;
    const input = codec.renameInput(client, operation, payload);
    const output = await call({ caller: this.#caller, client, operation, input });
    const result = codec.renameOutput(client, operation, output);
    if (resource.service === 'events' && !resource.sdk) return this.#checkedEntries(result);
    return resource.sdk || !isObject(result) ? result : { ...result, ...this.#metadata() };
  }

  /** Step Functions adds execution and machine to the resources of the events it puts. Source: "Send events to EventBridge". */
  #withOrigin(payload: Json): Json {
    const entries = isObject(payload) ? payload['Entries'] : undefined;
    if (!isObject(payload) || !Array.isArray(entries)) return payload;
    const { executionArn } = this.#attempt;
    const machineArn = executionArn.replace(':execution:', ':stateMachine:').replace(/:[^:]*$/, '');
    return {
      ...payload,
      Entries: entries.map((entry) => {
        if (!isObject(entry)) return entry;
        const resources = Array.isArray(entry['Resources']) ? entry['Resources'] : [];
        return { ...entry, Resources: [...resources, executionArn, machineArn] };
      }),
    };
  }

  /** Recorded on AWS: one entry that failed fails the task. */
  #checkedEntries(result: Json): Json {
    if (isObject(result) && result['FailedEntryCount'] !== 0) {
      throw new TaskFailure({ error: 'EventBridge.FailedEntry', cause: JSON.stringify(result) });
    }
    return result;
  }

  #metadata(): { [key: string]: Json } {
    const requestId = this.#requestId();
    return {
      SdkHttpMetadata: { HttpHeaders: { 'x-amzn-RequestId': requestId }, HttpStatusCode: 200 },
      SdkResponseMetadata: { RequestId: requestId },
    };
  }

  #requestId(): string {
    return randomUuid(this.#options.world.random('request ids of integrations'));
  }

  async #invokeIntegration(): Promise<Json> {
    const { payload } = this.#attempt;
    const {
      FunctionName: name,
      Payload: event,
      InvocationType: type,
    } = isObject(payload) ? payload : {};
    const answer = await this.#invoke(String(name), event ?? {}, type);
    return {
      ExecutedVersion: answer.version,
      Payload: answer.payload,
      ...this.#metadata(),
      StatusCode: answer.statusCode,
    };
  }

  /** @throws TaskFailure what the function threw: its `errorType` is the error, its whole answer the cause. */
  async #invoke(functionName: string, event: Json, type: Json = 'RequestResponse') {
    const output = (await this.#options.call({
      caller: this.#caller,
      client: 'client-lambda',
      operation: 'Invoke',
      input: {
        FunctionName: functionName,
        InvocationType: type,
        Payload: new TextEncoder().encode(JSON.stringify(event)),
      },
    })) as {
      Payload?: Uint8Array;
      FunctionError?: string;
      ExecutedVersion?: string;
      StatusCode?: number;
    };
    const text = output.Payload === undefined ? '' : new TextDecoder().decode(output.Payload);
    const payload = text === '' ? {} : (JSON.parse(text) as Json);
    if (output.FunctionError !== undefined) {
      const errorType = isObject(payload) ? payload['errorType'] : undefined;
      throw new TaskFailure({
        error: typeof errorType === 'string' ? errorType : 'Lambda.Unknown',
        cause: text,
      });
    }
    return {
      payload,
      version: output.ExecutedVersion ?? '$LATEST',
      statusCode: output.StatusCode ?? 200,
    };
  }

  /** Nested executions are watched through a managed rule, described and stopped: the role must be allowed all of it. */
  #lacksNestedRights(): boolean {
    const { place, iam } = this.#options;
    const { payload } = this.#attempt;
    const { StateMachineArn: machine, Name: name } = isObject(payload) ? payload : {};
    const executions = `${String(machine).replace(':stateMachine:', ':execution:')}:${typeof name === 'string' ? name : '*'}`;
    const rule = `arn:${place.partition}:events:${place.region}:${place.accountId}:rule/${MANAGED_RULE}`;
    const needed = [
      ...['events:PutTargets', 'events:PutRule', 'events:DescribeRule'].map((action) => ({
        action,
        resource: rule,
      })),
      ...['states:DescribeExecution', 'states:StopExecution'].map((action) => ({
        action,
        resource: executions,
      })),
    ];
    for (const permission of needed) {
      const { allowed, why } = iam.decide(this.#caller, permission);
      if (allowed) continue;
      const error = deniedError('client-sfn', this.#caller, permission, place, why);
      this.#options.world.after(1, 'a nested execution is refused', () =>
        this.#failed(deniedFailure(error, this.#requestId())),
      );
      return true;
    }
    return false;
  }

  #watch(resource: Integration, childArn: string): void {
    this.#childArn = childArn;
    const { world, whenEnded } = this.#options;
    whenEnded(childArn, (child) => {
      this.#childArn = undefined;
      const delayMs = between(world.random('news of nested executions'), NEWS_MS_MIN, NEWS_MS_MAX);
      world.after(delayMs, `news of ${child.identity.name}`, () => {
        this.#options.tokens.close(this.#attempt.token);
        if (child.outputText === undefined) this.#report.failed(nestedFailure(child));
        else this.#report.succeeded(nestedResult(child, resource.pattern === 'sync:2'));
      });
    });
  }

  /** Best effort: without the right to, or too late, the child runs on. */
  #stopChild(childArn: string): void {
    this.#childArn = undefined;
    this.#options
      .call({
        caller: this.#caller,
        client: 'client-sfn',
        operation: 'StopExecution',
        input: { executionArn: childArn },
      })
      .catch((error: unknown) => {
        if (!isAwsError(error)) {
          this.#broken(error);
          return;
        }
        const message = `${childArn} is not stopped with its parent: ${error.message}`;
        this.#options.world.trace({ kind: 'world', message });
      });
  }
}

class TaskFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.cause);
    this.failure = failure;
  }
}
