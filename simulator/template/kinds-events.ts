import type { Target } from '@aws-sdk/client-eventbridge';
import * as z from 'zod';
import type { EventBridge } from '../aws/event-bridge.ts';
import type { Scheduler } from '../aws/scheduler.ts';
import type { ScheduleDefinition } from '../aws/scheduler-schedule.ts';
import type { Place } from '../contract.ts';
import {
  changed,
  list,
  type Made,
  nameOf,
  optionalText,
  type Properties,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
} from './resource-kind.ts';

/** Rules of the default bus, and schedules. */
export function eventKinds(parts: {
  eventBridge: EventBridge;
  scheduler: Scheduler;
  place: Place;
}): ResourceKinds {
  return {
    'AWS::Events::Rule': ruleKind(parts.eventBridge),
    'AWS::Scheduler::Schedule': scheduleKind(parts.scheduler),
    'AWS::Scheduler::ScheduleGroup': scheduleGroupKind(parts.scheduler, parts.place),
  };
}

const NAME_MAX = 64;
const RuleState = z
  .enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'])
  .optional();

function ruleKind(eventBridge: EventBridge): ResourceKind {
  const write = ({ properties }: ResourceRequest, name: string): Made => {
    const bus = optionalText(properties, 'EventBusName') ?? 'default';
    if (bus !== 'default' && !bus.endsWith('event-bus/default')) {
      throw new Error(`unsupported event bus ${bus}`);
    }
    const { arn } = eventBridge.addRule({
      name,
      eventPattern: properties.EventPattern,
      scheduleExpression: optionalText(properties, 'ScheduleExpression'),
      state: RuleState.parse(properties.State),
      description: optionalText(properties, 'Description'),
      roleArn: optionalText(properties, 'RoleArn'),
      targets: list(properties.Targets).map((target) =>
        z.custom<Target>().parse(withNumbers(record(target))),
      ),
    });
    return { ref: name, attributes: { Arn: arn } };
  };
  return {
    understood: [
      'Name',
      'EventBusName',
      'EventPattern',
      'ScheduleExpression',
      'State',
      'Description',
      'RoleArn',
      'Targets',
    ],
    ignored: ['Tags'],
    create: (request) => write(request, nameOf(request, 'Name', NAME_MAX)),
    update: (request, made, before) =>
      changed(before, request.properties, ['Name', 'EventBusName'])
        ? undefined
        : write(request, made.ref),
    remove: (_request, made) => eventBridge.removeRule(made.ref),
  };
}

const SCHEDULE = [
  ...[
    'Name',
    'GroupName',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'FlexibleTimeWindow',
    'State',
    'Target',
  ],
  ...['StartDate', 'EndDate', 'Description'],
];

function scheduleKind(scheduler: Scheduler): ResourceKind {
  return {
    understood: SCHEDULE,
    ignored: ['KmsKeyArn'],
    create: (request) => {
      const name = nameOf(request, 'Name', NAME_MAX);
      const { arn } = scheduler.addSchedule(scheduleOf(request.properties, name));
      return { ref: name, attributes: { Arn: arn } };
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['Name', 'GroupName'])) {
        return undefined;
      }
      scheduler.updateSchedule(scheduleOf(request.properties, made.ref));
      return made;
    },
    remove: ({ properties }, made) =>
      scheduler.removeSchedule(made.ref, optionalText(properties, 'GroupName')),
  };
}

/** Dates come as text and numbers may; the rest has the API's own members. */
function scheduleOf(properties: Properties, Name: string): ScheduleDefinition {
  const date = (name: string) => {
    const text = optionalText(properties, name);
    return text === undefined ? {} : { [name]: new Date(text) };
  };
  const target = withNumbers(record(properties.Target));
  const given = { ...properties, Name, Target: target, ...date('StartDate'), ...date('EndDate') };
  return z.custom<ScheduleDefinition>().parse(given);
}

/** A template may write the numbers of a retry policy as text. */
function withNumbers(target: Properties): Properties {
  if (target.RetryPolicy === undefined) {
    return target;
  }
  const policy = Object.entries(record(target.RetryPolicy)).map(
    ([name, value]) => [name, Number(value)] as const,
  );
  return { ...target, RetryPolicy: Object.fromEntries(policy) };
}

function scheduleGroupKind(scheduler: Scheduler, place: Place): ResourceKind {
  return {
    understood: ['Name'],
    ignored: ['Tags'],
    create: (request) => {
      const name = nameOf(request, 'Name', NAME_MAX);
      scheduler.addGroup(name);
      const arn = `arn:${place.partition}:scheduler:${place.region}:${place.accountId}:schedule-group/${name}`;
      return { ref: name, attributes: { Arn: arn } };
    },
    remove: () => {},
  };
}
