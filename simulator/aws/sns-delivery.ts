import { AwsError, type FunctionRunner, type Iam } from '../contract.ts';
import type { PublishedMessage, Subscription } from './sns.ts';
import type { Sqs } from './sqs.ts';

/** Hands messages to functions and queues that let the topic in; what goes to people or servers leaves the account. */
export function makeTopicDelivery(parts: {
  readonly iam: Pick<Iam, 'decide'>;
  readonly functions: FunctionRunner;
  readonly queues: Pick<Sqs, 'accept'>;
}): (subscription: Subscription, message: PublishedMessage) => Promise<void> {
  const demand = (action: string, { topicArn, endpoint }: Subscription) => {
    const { allowed, why } = parts.iam.decide(
      { kind: 'service', principal: 'sns.amazonaws.com' },
      { action, resource: endpoint, context: { 'aws:SourceArn': topicArn } },
    );
    if (!allowed) throw new AwsError('AccessDenied', why, 403);
  };
  return async (subscription, message) => {
    const { protocol, endpoint } = subscription;
    if (protocol === 'lambda') {
      demand('lambda:InvokeFunction', subscription);
      const name = endpoint.split(':')[6] ?? endpoint;
      const options = { kind: 'event', invokedBy: 'sns.amazonaws.com' } as const;
      await parts.functions.invoke(name, lambdaRecord(subscription, message), options);
    } else if (protocol === 'sqs') {
      demand('sqs:SendMessage', subscription);
      if (subscription.rawMessageDelivery) {
        parts.queues.accept(endpoint, message.message, message.attributes);
      } else {
        parts.queues.accept(endpoint, JSON.stringify(notification(subscription, message)));
      }
    }
  };
}

/** @see Amazon SNS Developer Guide, "Parsing Amazon SNS message formats". Signatures are not simulated. */
function notification({ subscriptionArn }: Subscription, message: PublishedMessage) {
  return {
    Type: 'Notification',
    MessageId: message.messageId,
    TopicArn: message.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: message.message,
    Timestamp: new Date(message.atMs).toISOString(),
    SignatureVersion: '1',
    Signature: 'EXAMPLE',
    SigningCertURL: 'EXAMPLE',
    UnsubscribeURL: `https://sns.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`,
    ...attributesOf(message),
  };
}

/** @see AWS Lambda Developer Guide, "Using Lambda with Amazon SNS". */
function lambdaRecord(subscription: Subscription, message: PublishedMessage) {
  const { UnsubscribeURL, SigningCertURL, ...sns } = notification(subscription, message);
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription.subscriptionArn,
        Sns: {
          ...sns,
          Subject: message.subject ?? null,
          SigningCertUrl: SigningCertURL,
          UnsubscribeUrl: UnsubscribeURL,
          MessageAttributes: attributesOf(message).MessageAttributes ?? {},
        },
      },
    ],
  };
}

function attributesOf({ attributes }: PublishedMessage): {
  MessageAttributes?: Record<string, { Type: string; Value: string }>;
} {
  const entries = Object.entries(attributes).map(
    ([name, { DataType, StringValue, BinaryValue }]) => {
      const Value = StringValue ?? Buffer.from(BinaryValue ?? []).toString('base64');
      return [name, { Type: DataType ?? 'String', Value }] as const;
    },
  );
  return entries.length === 0 ? {} : { MessageAttributes: Object.fromEntries(entries) };
}
