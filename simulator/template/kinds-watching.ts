import type {
  PutCompositeAlarmCommandInput,
  PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import type { CloudWatch } from '../aws/cloudwatch.ts';
import type { Place } from '../contract.ts';
import {
  changed,
  nameOf,
  optionalNumber,
  type Properties,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  tagsOf,
} from './resource-kind.ts';

/** A log group with its retention; what functions log is in the trace of the world. */
export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly retentionDays: number | undefined;
}

/** Alarms and log groups. */
export function watchingKinds(parts: {
  cloudWatch: CloudWatch;
  place: Place;
  logGroups: Map<string, LogGroup>;
}): ResourceKinds {
  return {
    'AWS::CloudWatch::Alarm': metricAlarmKind(parts.cloudWatch),
    'AWS::CloudWatch::CompositeAlarm': compositeAlarmKind(parts.cloudWatch),
    'AWS::Logs::LogGroup': logGroupKind(parts.place, parts.logGroups),
  };
}

const SHARED = [
  'AlarmName',
  'AlarmDescription',
  'ActionsEnabled',
  'AlarmActions',
  'OKActions',
  'InsufficientDataActions',
  'Tags',
];
const METRIC = [
  ...[
    'MetricName',
    'Namespace',
    'Dimensions',
    'Statistic',
    'ExtendedStatistic',
    'Unit',
    'Period',
    'EvaluationPeriods',
  ],
  ...[
    'DatapointsToAlarm',
    'Threshold',
    'ComparisonOperator',
    'TreatMissingData',
    'Metrics',
    'EvaluateLowSampleCountPercentile',
  ],
];
const COMPOSITE = [
  'AlarmRule',
  'ActionsSuppressor',
  'ActionsSuppressorWaitPeriod',
  'ActionsSuppressorExtensionPeriod',
];
const NUMBERS = ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold'];

function metricAlarmKind(cloudWatch: CloudWatch): ResourceKind {
  return alarmKind(cloudWatch, METRIC, (request, AlarmName) => {
    const numbers = NUMBERS.map(
      (name) => [name, optionalNumber(request.properties, name)] as const,
    );
    const given = {
      ...request.properties,
      ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    };
    const definition = z.custom<PutMetricAlarmCommandInput>().parse(given);
    cloudWatch.alarms.putMetricAlarm({ ...definition, AlarmName, Tags: tagList(request) });
  });
}

function compositeAlarmKind(cloudWatch: CloudWatch): ResourceKind {
  return alarmKind(cloudWatch, COMPOSITE, (request, AlarmName) => {
    const definition = z.custom<PutCompositeAlarmCommandInput>().parse(request.properties);
    cloudWatch.alarms.putCompositeAlarm({ ...definition, AlarmName, Tags: tagList(request) });
  });
}

function alarmKind(
  cloudWatch: CloudWatch,
  own: readonly string[],
  put: (request: ResourceRequest, alarmName: string) => void,
): ResourceKind {
  return {
    understood: [...SHARED, ...own],
    create: (request) => {
      const name = nameOf(request, 'AlarmName', 255);
      put(request, name);
      return { ref: name, attributes: { Arn: cloudWatch.alarms.arnOf(name) } };
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['AlarmName'])) {
        return undefined;
      }
      put(request, made.ref);
      return made;
    },
    remove: (_request, made) => cloudWatch.alarms.delete([made.ref]),
  };
}

function logGroupKind(place: Place, logGroups: Map<string, LogGroup>): ResourceKind {
  const write = (name: string, properties: Properties) => {
    const arn = `arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:${name}:*`;
    logGroups.set(name, {
      name,
      arn,
      retentionDays: optionalNumber(properties, 'RetentionInDays'),
    });
    return { ref: name, attributes: { Arn: arn } };
  };
  return {
    understood: ['LogGroupName', 'RetentionInDays'],
    ignored: [
      'KmsKeyId',
      'Tags',
      'LogGroupClass',
      'DataProtectionPolicy',
      'FieldIndexPolicies',
      'DeletionProtectionEnabled',
    ],
    create: (request) => write(nameOf(request, 'LogGroupName', 512), request.properties),
    update: (request, made, before) =>
      changed(before, request.properties, ['LogGroupName'])
        ? undefined
        : write(made.ref, request.properties),
    remove: (_request, made) => {
      logGroups.delete(made.ref);
    },
  };
}

function tagList(request: ResourceRequest): { Key: string; Value: string }[] {
  return Object.entries(tagsOf(request)).map(([Key, Value]) => ({ Key, Value }));
}
