import type { Caller, FunctionAnswer, Iam, World } from '../contract.ts';
import type { FunctionRuntime } from '../functions/runner.ts';
import { between } from '../random.ts';

export interface PolledMessage {
  readonly messageId: string;
  readonly body: string;
  /** `ApproximateReceiveCount`, `SentTimestamp`, ... as Lambda hands them to the function. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly receiptHandle: string;
}

/** What Lambda needs of SQS. */
export interface QueuePoller {
  /** Hides the messages for the queue's visibility timeout, as ReceiveMessage does. */
  receive(queueArn: string, max: number): readonly PolledMessage[];
  remove(queueArn: string, receiptHandle: string): void;
  /**
   * Calls the listener whenever a message becomes visible: when it is sent, when its delay ends, and when its
   * visibility timeout ends without it having been removed.
   */
  onMessage(queueArn: string, listener: () => void): void;
}

export interface EventSourceMapping {
  readonly functionName: string;
  readonly queueArn: string;
  /** 1 to 10 without a batching window. @default 10 */
  readonly batchSize?: number;
  /** @default 0 */
  readonly maximumBatchingWindowSeconds?: number;
  readonly reportBatchItemFailures?: boolean;
  /** Invocations at the same time. @default 5, with which Lambda's pollers begin */
  readonly maximumConcurrency?: number;
}

export interface QueueSourceOptions {
  readonly world: World;
  readonly runtime: FunctionRuntime;
  readonly queues: QueuePoller;
  readonly iam: Pick<Iam, 'decide'>;
  readonly mapping: EventSourceMapping;
  readonly functionArn: string;
  readonly caller: Caller;
  readonly region: string;
}

/** What Lambda does as the function's role. @see Lambda developer guide, services-sqs-configure ("permissions") */
const ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/**
 * Lambda's poller of one queue: takes batches, calls the function, removes what it handled. Messages of a failed
 * batch stay and come back after their visibility timeout.
 * @see Lambda developer guide, with-sqs and services-sqs-errorhandling
 */
export class QueueSource {
  readonly #options: QueueSourceOptions;
  readonly #random: () => number;
  #polls = 0;
  #running = 0;

  constructor(options: QueueSourceOptions) {
    this.#options = options;
    const { world, mapping, queues } = options;
    this.#random = world.random(`polls for ${mapping.functionName}`);
    queues.onMessage(mapping.queueArn, () => this.#schedule());
  }

  #schedule(): void {
    // One poll under way sees every message that is visible by then.
    if (this.#polls > 0) return;
    const { world, mapping } = this.#options;
    this.#polls += 1;
    const windowMs = (mapping.maximumBatchingWindowSeconds ?? 0) * 1000;
    const delayMs = Math.max(windowMs, between(this.#random, 5, 60));
    world.after(delayMs, `poll for ${mapping.functionName}`, () => {
      this.#polls -= 1;
      this.#poll();
    });
  }

  #poll(): void {
    const { queues, mapping, world, iam, caller } = this.#options;
    const { queueArn, batchSize = 10, maximumConcurrency = 5, functionName } = mapping;
    if (this.#running >= maximumConcurrency) return;
    const denied = ACTIONS.filter(
      (action) => !iam.decide(caller, { action, resource: queueArn }).allowed,
    );
    if (denied.length > 0) {
      const message = `${functionName} gets nothing from ${queueArn}: its role may not ${denied.join(', ')}`;
      world.trace({ kind: 'world', message });
      return;
    }
    const messages = queues.receive(queueArn, batchSize);
    if (messages.length === 0) return;
    this.#running += 1;
    this.#handle(messages);
    this.#schedule();
  }

  async #handle(messages: readonly PolledMessage[]): Promise<void> {
    const { runtime, queues, mapping } = this.#options;
    const { answer } = await runtime.run(mapping.functionName, {
      Records: messages.map((message) => this.#record(message)),
    });
    const failed = failedMessages(messages, answer, mapping.reportBatchItemFailures === true);
    for (const message of messages) {
      if (!failed.has(message.messageId)) queues.remove(mapping.queueArn, message.receiptHandle);
    }
    this.#running -= 1;
    this.#schedule();
  }

  #record(message: PolledMessage): object {
    const { mapping, region } = this.#options;
    return {
      ...message,
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: mapping.queueArn,
      awsRegion: region,
    };
  }
}

/**
 * Which messages stay in the queue. A list that names an unknown or empty identifier fails the whole batch; a list
 * that is missing, null or empty means success (services-sqs-errorhandling, "success and failure conditions").
 */
function failedMessages(
  messages: readonly PolledMessage[],
  answer: FunctionAnswer,
  reported: boolean,
): ReadonlySet<string> {
  const all = new Set(messages.map(({ messageId }) => messageId));
  if (!answer.ok) return all;
  if (!reported || answer.payload === null) return new Set();
  const { payload } = answer;
  if (typeof payload !== 'object' || Array.isArray(payload)) return all;
  const failures = payload['batchItemFailures'] ?? [];
  if (!Array.isArray(failures)) return all;
  const named = failures.map((item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? item['itemIdentifier']
      : undefined,
  );
  const known = named.filter((id): id is string => typeof id === 'string' && all.has(id));
  return known.length === named.length ? new Set(known) : all;
}
