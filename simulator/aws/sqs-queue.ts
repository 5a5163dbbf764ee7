import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { Cancellable, World } from '../contract.ts';
import { randomHex, randomUuid } from '../random.ts';

/** One standard queue. @see Amazon SQS Developer Guide, "Amazon SQS visibility timeout", "dead-letter queues". */

export interface QueueDefinition {
  readonly queueName: string;
  readonly arn: string;
  /** 0 to 43,200. @default 30 */
  readonly visibilityTimeoutSeconds?: number;
  /** 60 to 1,209,600. @default 345600 (4 days) */
  readonly retentionSeconds?: number;
  /** 0 to 900. @default 0 */
  readonly delaySeconds?: number;
  /** Where a message goes that was received `maxReceiveCount` times and came back once more. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

export interface NewMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  /** Absent: the queue's own. */
  readonly delaySeconds?: number | undefined;
}

/** What is stored of one message. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly sentAtMs: number;
  /** The queue that it came from, on a dead-letter queue. */
  readonly sourceArn: string | undefined;
  visibleAtMs: number;
  receiveCount: number;
  firstReceivedAtMs: number | undefined;
  receiptHandle: string | undefined;
  timer: Cancellable | undefined;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  /** `ApproximateReceiveCount`, `SentTimestamp`, ... */
  readonly systemAttributes: Readonly<Record<string, string>>;
}

interface QueueParts {
  readonly world: World;
  /** Takes what has been received too often; false when there is no such queue. */
  readonly bury: (arn: string, message: StoredMessage) => boolean;
  /** True leaves a received message visible: a standard queue delivers at least once. */
  readonly doubles: (queueArn: string) => boolean;
  readonly senderId: string;
}

export class Queue {
  readonly definition: QueueDefinition;
  readonly createdAtMs: number;
  readonly #parts: QueueParts;
  readonly #random: () => number;
  readonly #listeners: (() => void)[] = [];
  #messages: StoredMessage[] = [];

  constructor(definition: QueueDefinition, parts: QueueParts) {
    this.definition = definition;
    this.#parts = parts;
    this.createdAtMs = parts.world.nowMs();
    this.#random = parts.world.random(`sqs ${definition.queueName}`);
  }

  onMessage(listener: () => void): void {
    this.#listeners.push(listener);
    for (const message of this.#messages) this.#watch(message);
  }

  send({ body, attributes, delaySeconds }: NewMessage): StoredMessage {
    const nowMs = this.#parts.world.nowMs();
    const delayMs = (delaySeconds ?? this.definition.delaySeconds ?? 0) * 1_000;
    return this.#add({
      messageId: randomUuid(this.#random),
      body,
      attributes,
      sentAtMs: nowMs,
      sourceArn: undefined,
      visibleAtMs: nowMs + delayMs,
      receiveCount: 0,
      firstReceivedAtMs: undefined,
      receiptHandle: undefined,
      timer: undefined,
    });
  }

  /** A message that another queue gives up on keeps its identity and its age. */
  takeFrom(sourceArn: string, message: StoredMessage): void {
    const nowMs = this.#parts.world.nowMs();
    this.#add({ ...message, sourceArn, visibleAtMs: nowMs, timer: undefined });
  }

  /** Hides what it answers for the visibility timeout. Buries what has come back once too often. */
  receive(max: number, visibilityTimeoutSeconds?: number): ReceivedMessage[] {
    const seconds = visibilityTimeoutSeconds ?? this.definition.visibilityTimeoutSeconds ?? 30;
    const nowMs = this.#parts.world.nowMs();
    const received: ReceivedMessage[] = [];
    for (const message of this.all()) {
      if (received.length >= max) break;
      if (message.visibleAtMs > nowMs || this.#buried(message)) continue;
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      const receiptHandle = randomHex(this.#random, 40);
      message.receiptHandle = receiptHandle;
      if (!this.#parts.doubles(this.definition.arn)) this.#hide(message, nowMs + seconds * 1_000);
      received.push(this.#show(message, receiptHandle));
    }
    return received;
  }

  /**
   * Removes a message by its latest receipt handle; an older one of a message that is still there changes nothing.
   */
  remove(receiptHandle: string): void {
    const gone = this.#messages.find((message) => message.receiptHandle === receiptHandle);
    if (gone !== undefined) this.#drop(gone);
  }

  /** False when no received message has this handle. */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const nowMs = this.#parts.world.nowMs();
    const message = this.#messages.find((each) => each.receiptHandle === receiptHandle);
    if (message === undefined || message.visibleAtMs <= nowMs) return false;
    this.#hide(message, nowMs + seconds * 1_000);
    return true;
  }

  purge(): void {
    for (const message of this.#messages) message.timer?.cancel();
    this.#messages = [];
  }

  /** What is in the queue, hidden or not, oldest first; what is older than the retention period is gone. */
  all(): readonly StoredMessage[] {
    const retentionMs = (this.definition.retentionSeconds ?? 345_600) * 1_000;
    const oldestMs = this.#parts.world.nowMs() - retentionMs;
    if (this.#messages.some(({ sentAtMs }) => sentAtMs < oldestMs)) {
      for (const old of this.#messages.filter(({ sentAtMs }) => sentAtMs < oldestMs)) {
        this.#drop(old);
      }
    }
    return [...this.#messages];
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    const nowMs = this.#parts.world.nowMs();
    const counts = { visible: 0, inFlight: 0, delayed: 0 };
    for (const { visibleAtMs, receiveCount } of this.all()) {
      if (visibleAtMs <= nowMs) counts.visible += 1;
      else if (receiveCount === 0) counts.delayed += 1;
      else counts.inFlight += 1;
    }
    return counts;
  }

  #add(message: StoredMessage): StoredMessage {
    this.#messages.push(message);
    this.#watch(message);
    return message;
  }

  #hide(message: StoredMessage, untilMs: number): void {
    message.visibleAtMs = untilMs;
    this.#watch(message);
  }

  /** Only somebody who listens is told; a queue that nobody reads keeps no world awake. */
  #watch(message: StoredMessage): void {
    message.timer?.cancel();
    message.timer = undefined;
    if (this.#listeners.length === 0) return;
    const label = `message in ${this.definition.queueName}`;
    message.timer = this.#parts.world.at(message.visibleAtMs, label, () => {
      for (const listener of [...this.#listeners]) listener();
    });
  }

  #drop(gone: StoredMessage): void {
    gone.timer?.cancel();
    this.#messages = this.#messages.filter((message) => message !== gone);
  }

  #buried(message: StoredMessage): boolean {
    const { redrive, arn } = this.definition;
    if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) return false;
    if (!this.#parts.bury(redrive.deadLetterArn, { ...message, sourceArn: arn })) return false;
    this.#drop(message);
    return true;
  }

  #show(message: StoredMessage, receiptHandle: string): ReceivedMessage {
    return {
      messageId: message.messageId,
      receiptHandle,
      body: message.body,
      attributes: message.attributes,
      systemAttributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentAtMs),
        SenderId: this.#parts.senderId,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? message.sentAtMs),
        ...(message.sourceArn === undefined ? {} : { DeadLetterQueueSourceArn: message.sourceArn }),
      },
    };
  }
}

export const md5 = (text: string) => createHash('md5').update(text, 'utf8').digest('hex');
