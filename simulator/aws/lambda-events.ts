import type { CallAws, Caller, FunctionAnswer, Json, World } from '../contract.ts';
import type { FunctionRuntime } from '../functions/runner.ts';
import { between, randomUuid } from '../random.ts';

/** `EventInvokeConfig` of a function. @see Lambda developer guide, invocation-async-error-handling */
export interface AsyncConfig {
  /** 0 to 2. @default 2 */
  readonly maximumRetryAttempts?: number;
  /** 60 to 21,600. @default 21600 (6 h) */
  readonly maximumEventAgeSeconds?: number;
  /** ARN of a queue or topic. */
  readonly onSuccessArn?: string;
  readonly onFailureArn?: string;
}

export interface AsyncTarget {
  readonly functionName: string;
  readonly arn: string;
  readonly asyncConfig: AsyncConfig;
  /** ARN of a queue or topic. */
  readonly deadLetterArn: string | undefined;
  /** The function's role: it is who writes to destinations. */
  readonly caller: Caller;
}

export interface AsyncInvocationsOptions {
  readonly world: World;
  readonly runtime: FunctionRuntime;
  readonly callAws: CallAws;
  /** Delivers an accepted event a second time: Lambda promises at least once. */
  readonly doubleEvent?: (functionName: string) => boolean;
}

interface AsyncEvent {
  readonly target: AsyncTarget;
  readonly payload: Json;
  readonly requestId: string;
  readonly acceptedMs: number;
  readonly attempt: number;
}

/** "Lambda waits one minute before the first retry and two before the second" (invocation-async-error-handling). */
const RETRY_DELAYS_MS = [60_000, 120_000];
const EVENT_AGE_MAX_SECONDS = 21_600;

/** Lambda's internal queue of asynchronous invocations: retries, then dead-letter queue and failure destination. */
export class AsyncInvocations {
  readonly #options: AsyncInvocationsOptions;

  constructor(options: AsyncInvocationsOptions) {
    this.#options = options;
  }

  accept(target: AsyncTarget, payload: Json): string {
    const { world, doubleEvent } = this.#options;
    const random = world.random(`asynchronous events of ${target.functionName}`);
    const requestId = randomUuid(random);
    const event = { target, payload, requestId, acceptedMs: world.nowMs(), attempt: 1 };
    const deliver = (): void => {
      world.after(between(random, 10, 80), `event for ${target.functionName}`, () =>
        this.#run(event),
      );
    };
    deliver();
    if (doubleEvent?.(target.functionName) === true) deliver();
    return requestId;
  }

  async #run(event: AsyncEvent): Promise<void> {
    const { runtime } = this.#options;
    const { target, payload, requestId } = event;
    const { answer } = await runtime.run(target.functionName, payload, requestId);
    if (answer.ok) {
      const { onSuccessArn } = target.asyncConfig;
      if (onSuccessArn !== undefined) this.#sendRecord(event, onSuccessArn, 'Success', answer);
      return;
    }
    this.#retry(event, answer);
  }

  #retry(event: AsyncEvent, answer: FunctionAnswer & { ok: false }): void {
    const { world } = this.#options;
    const { functionName, asyncConfig } = event.target;
    const { maximumRetryAttempts = 2, maximumEventAgeSeconds = EVENT_AGE_MAX_SECONDS } =
      asyncConfig;
    const delayMs = RETRY_DELAYS_MS[event.attempt - 1];
    if (delayMs === undefined || event.attempt > maximumRetryAttempts) {
      this.#giveUp(event, 'RetriesExhausted', answer);
      return;
    }
    const retryMs = world.nowMs() + delayMs;
    if (retryMs - event.acceptedMs > maximumEventAgeSeconds * 1000) {
      this.#giveUp(event, 'EventAgeExceeded', answer);
      return;
    }
    world.at(retryMs, `retry of ${functionName}`, () =>
      this.#run({ ...event, attempt: event.attempt + 1 }),
    );
  }

  #giveUp(event: AsyncEvent, condition: string, answer: FunctionAnswer & { ok: false }): void {
    const { deadLetterArn, asyncConfig, functionName } = event.target;
    if (asyncConfig.onFailureArn !== undefined) {
      this.#sendRecord(event, asyncConfig.onFailureArn, condition, answer);
    }
    if (deadLetterArn !== undefined) {
      // Lambda developer guide, invocation-async-retain-records ("Dead-letter queue message attributes").
      this.#send(event.target, deadLetterArn, JSON.stringify(event.payload), {
        RequestID: { DataType: 'String', StringValue: event.requestId },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: {
          DataType: 'String',
          StringValue: answer.errorMessage.slice(0, 1024) || ' ',
        },
      });
    }
    if (deadLetterArn === undefined && asyncConfig.onFailureArn === undefined) {
      const message = `an event for ${functionName} is dropped after ${event.attempt} attempts (${condition})`;
      this.#options.world.trace({ kind: 'world', message });
    }
  }

  /** @see Lambda developer guide, invocation-async-retain-records ("Example invocation record") */
  #sendRecord(event: AsyncEvent, arn: string, condition: string, answer: FunctionAnswer): void {
    const record = {
      version: '1.0',
      timestamp: new Date(this.#options.world.nowMs()).toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: `${event.target.arn}:$LATEST`,
        condition,
        approximateInvokeCount: event.attempt,
      },
      requestPayload: event.payload,
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(answer.ok ? {} : { functionError: 'Unhandled' }),
      },
      responsePayload: responsePayload(answer),
    };
    this.#send(event.target, arn, JSON.stringify(record), {});
  }

  /** Sends as the function's role. What that role may not send is lost, as on AWS; the trace says so. */
  #send(target: AsyncTarget, arn: string, text: string, attributes: Record<string, unknown>): void {
    const { world, callAws } = this.#options;
    const { caller } = target;
    callAws({ caller, ...sendCall(arn, text, attributes) }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      const message = `a failed event of ${target.functionName} does not reach ${arn}: ${why}`;
      world.trace({ kind: 'world', message });
    });
  }
}

/** The payload that Lambda answers, on both the synchronous and the asynchronous way. */
export function responsePayload(answer: FunctionAnswer): Json {
  if (answer.ok) return answer.payload;
  const { errorType, errorMessage, trace } = answer;
  return trace === undefined
    ? { errorType, errorMessage }
    : { errorType, errorMessage, trace: [...trace] };
}

/** Which destinations are modelled. */
export function isDestination(arn: string): boolean {
  return /^arn:[^:]+:(sqs|sns):/.test(arn);
}

function sendCall(
  arn: string,
  text: string,
  attributes: Record<string, unknown>,
): { client: string; operation: string; input: unknown } {
  const [, , service, region, accountId, name] = arn.split(':');
  if (service === 'sns') {
    const input = { TopicArn: arn, Message: text, MessageAttributes: attributes };
    return { client: 'client-sns', operation: 'Publish', input };
  }
  const url = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
  const input = { QueueUrl: url, MessageBody: text, MessageAttributes: attributes };
  return { client: 'client-sqs', operation: 'SendMessage', input };
}
