import type { Sqs } from '../aws/sqs.ts';
import type { QueueDefinition } from '../aws/sqs-queue.ts';
import type { Iam, Place } from '../contract.ts';
import { policyDocument } from './kinds-iam.ts';
import { Lasting } from './lasting.ts';
import {
  changed,
  nameOf,
  optionalNumber,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  text,
  texts,
} from './resource-kind.ts';

type Policies = Pick<Iam, 'setResourcePolicy'>;

/** Queues and who may send to them. */
export function queueKinds(parts: { sqs: Sqs; iam: Policies; place: Place }): ResourceKinds {
  return {
    'AWS::SQS::Queue': queueKind(parts.sqs, parts.place),
    'AWS::SQS::QueuePolicy': resourcePolicyKind(parts.iam, 'Queues', (queue) =>
      arnOfUrl(parts.place, queue),
    ),
  };
}

const QUEUE_PROPERTIES = [
  'QueueName',
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'RedrivePolicy',
  'FifoQueue',
];

function queueKind(sqs: Sqs, place: Place): ResourceKind {
  const queues = new Lasting((definition: QueueDefinition) => sqs.addQueue(definition));
  return {
    understood: QUEUE_PROPERTIES,
    ignored: [
      ...[
        'KmsMasterKeyId',
        'KmsDataKeyReusePeriodSeconds',
        'SqsManagedSseEnabled',
        'ReceiveMessageWaitTimeSeconds',
      ],
      ...['MaximumMessageSize', 'Tags', 'RedriveAllowPolicy'],
    ],
    create: (request) => {
      const { properties } = request;
      const queueName = nameOf(request, 'QueueName', 80);
      const arn = queueArn(place, queueName);
      queues.make(arn, {
        queueName,
        arn,
        ...numbers(request),
        ...(properties.RedrivePolicy === undefined ? {} : { redrive: redriveOf(request) }),
      });
      return {
        ref: sqs.urlOf(queueName),
        attributes: { Arn: arn, QueueName: queueName, QueueUrl: sqs.urlOf(queueName) },
      };
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['QueueName', 'FifoQueue'])) {
        return undefined;
      }
      if (changed(before, request.properties, QUEUE_PROPERTIES)) {
        throw new Error('unsupported: a change of a queue');
      }
      return made;
    },
    // See `Lasting`.
    remove: () => {},
  };
}

function numbers({ properties }: ResourceRequest) {
  const visibilityTimeoutSeconds = optionalNumber(properties, 'VisibilityTimeout');
  const retentionSeconds = optionalNumber(properties, 'MessageRetentionPeriod');
  const delaySeconds = optionalNumber(properties, 'DelaySeconds');
  return {
    ...(visibilityTimeoutSeconds === undefined ? {} : { visibilityTimeoutSeconds }),
    ...(retentionSeconds === undefined ? {} : { retentionSeconds }),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
  };
}

function redriveOf({ properties }: ResourceRequest) {
  const policy = record(properties.RedrivePolicy);
  return {
    deadLetterArn: text(policy, 'deadLetterTargetArn'),
    maxReceiveCount: optionalNumber(policy, 'maxReceiveCount') ?? 10,
  };
}

/** The policy of queues or topics: one document for all that it names. */
export function resourcePolicyKind(
  iam: Policies,
  property: string,
  arnOf: (ref: string) => string,
): ResourceKind {
  const write = (request: ResourceRequest): void => {
    for (const ref of texts(request.properties[property])) {
      iam.setResourcePolicy(arnOf(ref), policyDocument(request.properties.PolicyDocument));
    }
  };
  const remove = (refs: readonly string[]): void => {
    for (const ref of refs) {
      iam.setResourcePolicy(arnOf(ref), { Version: '2012-10-17', Statement: [] });
    }
  };
  return {
    understood: [property, 'PolicyDocument'],
    create: (request) => {
      write(request);
      return {
        ref: `${request.stack}-${request.logicalId}`,
        attributes: { Id: `${request.stack}-${request.logicalId}` },
      };
    },
    update: (request, made, before) => {
      remove(texts(before[property]));
      write(request);
      return made;
    },
    remove: ({ properties }) => remove(texts(properties[property])),
  };
}

function queueArn(place: Place, queueName: string): string {
  return `arn:${place.partition}:sqs:${place.region}:${place.accountId}:${queueName}`;
}

function arnOfUrl(place: Place, url: string): string {
  return queueArn(place, url.slice(url.lastIndexOf('/') + 1));
}
