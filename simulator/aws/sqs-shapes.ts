import type { ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { md5, type Queue, type ReceivedMessage } from './sqs-queue.ts';

/** A received message with the attributes that were asked for. */
export function show(message: ReceivedMessage, input: ReceiveMessageCommandInput) {
  const wanted = new Set<string>([
    ...(input.MessageSystemAttributeNames ?? []),
    ...(input.AttributeNames ?? []),
  ]);
  const system = Object.entries(message.systemAttributes).filter(
    ([name]) => wanted.has('All') || wanted.has(name),
  );
  const patterns = input.MessageAttributeNames ?? [];
  const own = Object.entries(message.attributes).filter(([name]) =>
    patterns.some((pattern) => {
      if (pattern === 'All') return true;
      return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : pattern === name;
    }),
  );
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(own.length > 0 && { MessageAttributes: Object.fromEntries(own) }),
  };
}

/** A queue as GetQueueAttributes shows it. */
export function attributesOf(queue: Queue): Record<string, string> {
  const { definition, createdAtMs } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const { redrive } = definition;
  const created = String(Math.floor(createdAtMs / 1_000));
  return {
    QueueArn: definition.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(definition.visibilityTimeoutSeconds ?? 30),
    MessageRetentionPeriod: String(definition.retentionSeconds ?? 345_600),
    DelaySeconds: String(definition.delaySeconds ?? 0),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
  };
}
