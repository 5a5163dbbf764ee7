import type { Sns, TopicDefinition } from '../aws/sns.ts';
import type { Iam, Place } from '../contract.ts';
import { resourcePolicyKind } from './kinds-queues.ts';
import { Lasting } from './lasting.ts';
import {
  changed,
  list,
  nameOf,
  optionalBoolean,
  optionalText,
  type Properties,
  present,
  type ResourceKind,
  type ResourceKinds,
  record,
  text,
} from './resource-kind.ts';

/** Topics, who may publish to them, and who hears them. */
export function topicKinds(parts: {
  sns: Sns;
  iam: Pick<Iam, 'setResourcePolicy'>;
  place: Place;
}): ResourceKinds {
  return {
    'AWS::SNS::Topic': topicKind(parts.sns, parts.place),
    'AWS::SNS::TopicPolicy': resourcePolicyKind(parts.iam, 'Topics', (arn) => arn),
    'AWS::SNS::Subscription': subscriptionKind(parts.sns),
  };
}

function topicKind(sns: Sns, place: Place): ResourceKind {
  const topics = new Lasting((definition: TopicDefinition) => sns.addTopic(definition));
  return {
    understood: ['TopicName', 'DisplayName', 'Subscription'],
    ignored: ['KmsMasterKeyId', 'Tags', 'TracingConfig', 'SignatureVersion'],
    create: (request) => {
      const { properties } = request;
      const topicName = nameOf(request, 'TopicName', 256);
      const arn = `arn:${place.partition}:sns:${place.region}:${place.accountId}:${topicName}`;
      topics.make(arn, {
        topicName,
        arn,
        ...present('displayName', optionalText(properties, 'DisplayName')),
      });
      for (const subscription of list(properties.Subscription).map(record)) {
        subscribe(sns, arn, subscription);
      }
      return { ref: arn, attributes: { TopicArn: arn, TopicName: topicName } };
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['TopicName'])) {
        return undefined;
      }
      for (const subscription of list(request.properties.Subscription).map(record)) {
        subscribe(sns, made.ref, subscription);
      }
      return made;
    },
    // See `Lasting`.
    remove: () => {},
  };
}

function subscriptionKind(sns: Sns): ResourceKind {
  return {
    understood: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery'],
    ignored: ['RedrivePolicy', 'Region'],
    create: ({ properties }) => ({ ref: subscribe(sns, text(properties, 'TopicArn'), properties) }),
    remove: () => {},
  };
}

function subscribe(sns: Sns, topicArn: string, subscription: Properties): string {
  return sns.addSubscription({
    topicArn,
    protocol: text(subscription, 'Protocol'),
    endpoint: text(subscription, 'Endpoint'),
    ...present('rawMessageDelivery', optionalBoolean(subscription, 'RawMessageDelivery')),
  }).subscriptionArn;
}
