import type {
  GetTopicAttributesCommandInput,
  GetTopicAttributesCommandOutput,
  ListSubscriptionsByTopicCommandInput,
  ListSubscriptionsByTopicCommandOutput,
  ListTopicsCommandInput,
  ListTopicsCommandOutput,
  MessageAttributeValue,
  PublishCommandInput,
  PublishCommandOutput,
  SubscribeCommandInput,
  SubscribeCommandOutput,
} from '@aws-sdk/client-sns';
import {
  AwsError,
  type Iam,
  type Permission,
  type Place,
  type Service,
  type World,
} from '../contract.ts';
import { between, randomUuid } from '../random.ts';
import { operation, pageOf } from './fleet-operation.ts';
import { checkPublish, invalidParameter } from './sns-checks.ts';
import { defaultTopicPolicy } from './sns-policy.ts';

export interface TopicDefinition {
  readonly topicName: string;
  readonly arn: string;
  readonly displayName?: string;
}

export interface Subscription {
  readonly topicArn: string;
  readonly subscriptionArn: string;
  /** `lambda`, `sqs`, `email`, `https`, ... */
  readonly protocol: string;
  /** An ARN, or an address outside of AWS. */
  readonly endpoint: string;
  /** The bare message instead of the JSON around it. Only for `sqs`, `http` and `https`. */
  readonly rawMessageDelivery: boolean;
}

export interface PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly atMs: number;
}

interface SnsOptions {
  readonly world: World;
  readonly place: Place;
  /** Hands a message to a subscriber; see `makeTopicDelivery`. Rejects when it is not accepted, and then it is lost. */
  readonly deliver: (subscription: Subscription, message: PublishedMessage) => Promise<void>;
  /** Where the policies of topics are kept. @default topics have none */
  readonly policies?: Pick<Iam, 'setResourcePolicy'>;
}

/** The message is on its way for so long (INFERENCE: typically below a second). */
const DELIVERY_MS = [20, 300] as const;
const PROTOCOLS = [
  'http',
  'https',
  'email',
  'email-json',
  'sms',
  'sqs',
  'application',
  'lambda',
  'firehose',
];

/**
 * Amazon SNS, standard topics. Subscriptions count as confirmed. Filter policies, subscriptions' dead-letter queues,
 * FIFO topics and text messages to phones are not simulated.
 */
export class Sns implements Service {
  readonly client = 'client-sns';
  readonly #options: SnsOptions;
  readonly #topics = new Map<string, TopicDefinition>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #published: PublishedMessage[] = [];

  constructor(options: SnsOptions) {
    this.#options = options;
  }

  /** @throws Error for a FIFO topic and for an ARN that is taken. */
  addTopic(topic: TopicDefinition): void {
    if (topic.arn.endsWith('.fifo')) throw new Error(`FIFO topic ${topic.arn} is not simulated`);
    if (this.#topics.has(topic.arn)) throw new Error(`there are two topics ${topic.arn}`);
    this.#topics.set(topic.arn, topic);
    this.#options.policies?.setResourcePolicy(
      topic.arn,
      defaultTopicPolicy(topic.arn, this.#options.place.accountId),
    );
  }

  /** The same subscription twice is one. @throws InvalidParameterException, NotFoundException */
  addSubscription(given: {
    readonly topicArn: string;
    readonly protocol: string;
    readonly endpoint: string;
    readonly rawMessageDelivery?: boolean;
  }): Subscription {
    const { topicArn, protocol, endpoint, rawMessageDelivery = false } = given;
    this.#topic(topicArn);
    if (!PROTOCOLS.includes(protocol)) {
      throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`);
    }
    const isArn = endpoint.startsWith('arn:');
    if ((protocol === 'lambda' || protocol === 'sqs') !== isArn) {
      throw invalidParameter(`${protocol} endpoint ARN`);
    }
    const key = `${topicArn} ${protocol} ${endpoint}`;
    const known = this.#subscriptions.get(key);
    if (known !== undefined) return known;
    const id = randomUuid(this.#options.world.random('sns subscriptions'));
    const subscriptionArn = `${topicArn}:${id}`;
    const made = { topicArn, subscriptionArn, protocol, endpoint, rawMessageDelivery };
    this.#subscriptions.set(key, made);
    return made;
  }

  hasTopic(topicArn: string): boolean {
    return this.#topics.has(topicArn);
  }

  /**
   * Publishes for a caller whom IAM has let through, be it this service's own operation or another service.
   * @throws NotFoundException, InvalidParameterException
   */
  publish(
    topicArn: string,
    input: Pick<
      PublishCommandInput,
      'Message' | 'Subject' | 'MessageAttributes' | 'MessageStructure'
    >,
  ): PublishedMessage {
    const { world } = this.#options;
    this.#topic(topicArn);
    checkPublish(input);
    const random = world.random(`sns ${topicArn}`);
    const message: PublishedMessage = {
      messageId: randomUuid(random),
      topicArn,
      subject: input.Subject,
      message: input.Message ?? '',
      attributes: input.MessageAttributes ?? {},
      atMs: world.nowMs(),
    };
    this.#published.push(message);
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.topicArn !== topicArn) continue;
      const text = textFor(subscription.protocol, input);
      const label = `delivery from ${topicArn}`;
      world.after(between(random, ...DELIVERY_MS), label, () => {
        this.#options
          .deliver(subscription, { ...message, message: text })
          .catch((error: unknown) => {
            const why = error instanceof Error ? error.message : String(error);
            const lost = `a message of ${topicArn} does not reach ${subscription.endpoint}: ${why}`;
            world.trace({ kind: 'world', message: lost });
          });
      });
    }
    return message;
  }

  /** Everything that was ever published, oldest first. For tests and auditors. */
  messagesOf(topicArn: string): readonly PublishedMessage[] {
    return this.#published.filter((message) => message.topicArn === topicArn);
  }

  readonly operations = {
    Publish: operation<PublishCommandInput, PublishCommandOutput>({
      authorize: (input) => onTopic('Publish', input.TopicArn ?? input.TargetArn),
      run: (input) => {
        if (input.PhoneNumber !== undefined) {
          throw new AwsError('NotSimulated', 'the simulated SNS sends nothing to phones', 501);
        }
        const topicArn = input.TopicArn ?? input.TargetArn;
        if (topicArn === undefined)
          throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
        return { MessageId: this.publish(topicArn, input).messageId };
      },
    }),
    Subscribe: operation<SubscribeCommandInput, SubscribeCommandOutput>({
      authorize: ({ TopicArn, Protocol, Endpoint }) =>
        onTopic('Subscribe', TopicArn, {
          ...(Protocol && { 'sns:Protocol': Protocol }),
          ...(Endpoint && { 'sns:Endpoint': Endpoint }),
        }),
      run: ({ TopicArn = '', Protocol = '', Endpoint = '', Attributes = {} }) => {
        const { RawMessageDelivery, ...others } = Attributes;
        const [unknown] = Object.keys(others);
        if (unknown !== undefined) {
          throw new AwsError(
            'NotSimulated',
            `the simulated SNS has no subscription attribute ${unknown}`,
            501,
          );
        }
        const { subscriptionArn } = this.addSubscription({
          topicArn: TopicArn,
          protocol: Protocol,
          endpoint: Endpoint,
          rawMessageDelivery: RawMessageDelivery === 'true',
        });
        return { SubscriptionArn: subscriptionArn };
      },
    }),
    ListTopics: operation<ListTopicsCommandInput, ListTopicsCommandOutput>({
      authorize: () => [{ action: 'sns:ListTopics', resource: '*' }],
      run: ({ NextToken }) => {
        const { page, nextToken } = pageOf(
          [...this.#topics.keys()].sort(),
          NextToken,
          100,
          badToken,
        );
        return {
          Topics: page.map((TopicArn) => ({ TopicArn })),
          ...(nextToken && { NextToken: nextToken }),
        };
      },
    }),
    GetTopicAttributes: operation<GetTopicAttributesCommandInput, GetTopicAttributesCommandOutput>({
      authorize: ({ TopicArn }) => onTopic('GetTopicAttributes', TopicArn),
      run: ({ TopicArn = '' }) => {
        const { arn, displayName = '' } = this.#topic(TopicArn);
        const subscriptions = this.#subscriptionsOf(arn);
        return {
          Attributes: {
            TopicArn: arn,
            DisplayName: displayName,
            Owner: this.#options.place.accountId,
            SubscriptionsConfirmed: String(subscriptions.length),
            SubscriptionsPending: '0',
            SubscriptionsDeleted: '0',
          },
        };
      },
    }),
    ListSubscriptionsByTopic: operation<
      ListSubscriptionsByTopicCommandInput,
      ListSubscriptionsByTopicCommandOutput
    >({
      authorize: ({ TopicArn }) => onTopic('ListSubscriptionsByTopic', TopicArn),
      run: ({ TopicArn = '', NextToken }) => {
        const all = this.#subscriptionsOf(this.#topic(TopicArn).arn);
        const { page, nextToken } = pageOf(all, NextToken, 100, badToken);
        return {
          Subscriptions: page.map(({ topicArn, subscriptionArn, protocol, endpoint }) => ({
            SubscriptionArn: subscriptionArn,
            Owner: this.#options.place.accountId,
            Protocol: protocol,
            Endpoint: endpoint,
            TopicArn: topicArn,
          })),
          ...(nextToken && { NextToken: nextToken }),
        };
      },
    }),
  };

  #subscriptionsOf(topicArn: string): readonly Subscription[] {
    return [...this.#subscriptions.values()].filter((each) => each.topicArn === topicArn);
  }

  #topic(topicArn: string): TopicDefinition {
    const topic = this.#topics.get(topicArn);
    if (topic !== undefined) return topic;
    throw new AwsError('NotFoundException', 'Topic does not exist', 404);
  }
}

function onTopic(
  action: string,
  topicArn: string | undefined,
  context: Permission['context'] = {},
): Permission[] {
  return [{ action: `sns:${action}`, resource: topicArn ?? '*', context }];
}

/** With `MessageStructure: json` each protocol may have a text of its own. */
function textFor(
  protocol: string,
  { Message = '', MessageStructure }: Pick<PublishCommandInput, 'Message' | 'MessageStructure'>,
): string {
  if (MessageStructure !== 'json') return Message;
  const texts = JSON.parse(Message) as Record<string, string>;
  return texts[protocol] ?? texts['default'] ?? '';
}

const badToken = () => invalidParameter('NextToken');
