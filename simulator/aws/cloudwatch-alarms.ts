import type {
  CompositeAlarm,
  MetricAlarm,
  PutCompositeAlarmCommandInput,
  PutMetricAlarmCommandInput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import { AwsError, type EventSink, type Json, type Place, type World } from '../contract.ts';
import { type AlarmInput, alarmInputOf } from './cloudwatch-alarm-input.ts';
import { type AlarmRuleset, EXTRA_DATAPOINTS, evaluateAlarm } from './cloudwatch-evaluation.ts';
import { alarmEvent } from './cloudwatch-event.ts';
import type { MetricStore } from './cloudwatch-metrics.ts';
import { type AlarmExpression, childrenOf, holds, parseAlarmRule } from './cloudwatch-rule.ts';
import { tagRecord } from './fleet-operation.ts';

/** What an alarm says and since when. */
export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON text. */
  readonly reasonData: string | undefined;
  readonly atMs: number;
}

interface AlarmBase {
  readonly name: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly configuredMs: number;
  state: AlarmState;
}
export interface MetricAlarmRecord extends AlarmBase {
  readonly kind: 'metric';
  readonly definition: PutMetricAlarmCommandInput;
  readonly input: AlarmInput;
  readonly rules: AlarmRuleset;
  /** What it was found to be in when it was last evaluated, without any value. */
  silentIn?: StateValue | undefined;
}
export interface CompositeAlarmRecord extends AlarmBase {
  readonly kind: 'composite';
  readonly definition: PutCompositeAlarmCommandInput;
  readonly expression: AlarmExpression;
}
export type AlarmRecord = MetricAlarmRecord | CompositeAlarmRecord;

/** Children of a composite alarm at most. @see CW-UG/alarm-combining */
const CHILDREN_LIMIT = 100;

/** Alarms, evaluated each minute; a change of state is an event and tells the listeners. @see CW-UG/alarm-evaluation */
export class Alarms {
  readonly #world: World;
  readonly #events: EventSink;
  readonly #place: Place;
  readonly #metrics: MetricStore;
  readonly #alarms = new Map<string, AlarmRecord>();
  readonly #listeners: ((name: string, state: StateValue) => void)[] = [];

  constructor(parts: { world: World; events: EventSink; place: Place; metrics: MetricStore }) {
    this.#world = parts.world;
    this.#events = parts.events;
    this.#place = parts.place;
    this.#metrics = parts.metrics;
  }

  find(name: string): AlarmRecord | undefined {
    return this.#alarms.get(name);
  }

  all(): readonly AlarmRecord[] {
    return [...this.#alarms.values()];
  }

  onChange(listener: (name: string, state: StateValue) => void): void {
    this.#listeners.push(listener);
  }

  arnOf(name: string): string {
    const { partition, region, accountId } = this.#place;
    return `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${name}`;
  }

  /** A changed alarm keeps its state until the next evaluation. @throws ValidationError */
  putMetricAlarm(definition: PutMetricAlarmCommandInput): void {
    const { input, rules } = alarmInputOf(definition, this.#metrics);
    const before = this.#alarms.get(definition.AlarmName ?? '');
    if (before?.kind === 'metric') this.#watch(before, -1);
    const alarm: MetricAlarmRecord = {
      kind: 'metric',
      ...this.#base(definition, before),
      definition,
      input,
      rules,
    };
    this.#alarms.set(alarm.name, alarm);
    this.#watch(alarm, 1);
  }

  /** @throws ValidationError for a rule that cannot be read, or names an alarm that is not there */
  putCompositeAlarm(definition: PutCompositeAlarmCommandInput): void {
    const expression = parseAlarmRule(definition.AlarmRule ?? '');
    const children = childrenOf(expression);
    const missing = children.find((name) => !this.#alarms.has(name));
    if (missing !== undefined)
      throw new AwsError(
        'ValidationError',
        `Could not create the alarm: The alarm rule refers to alarm ${missing} that does not exist`,
      );
    if (children.length > CHILDREN_LIMIT)
      throw new AwsError('ValidationError', `AlarmRule names more than ${CHILDREN_LIMIT} alarms`);
    const before = this.#alarms.get(definition.AlarmName ?? '');
    const alarm: CompositeAlarmRecord = {
      kind: 'composite',
      ...this.#base(definition, before),
      definition,
      expression,
    };
    this.#alarms.set(alarm.name, alarm);
    this.#evaluateComposite(alarm);
  }

  /** @throws ResourceNotFound, before anything is deleted */
  delete(names: readonly string[]): void {
    const missing = names.find((name) => !this.#alarms.has(name));
    if (missing !== undefined)
      throw new AwsError('ResourceNotFound', `Unknown alarm name: ${missing}`, 404);
    for (const name of names) {
      const alarm = this.#alarms.get(name);
      if (alarm?.kind === 'metric') this.#watch(alarm, -1);
      this.#alarms.delete(name);
    }
  }

  evaluate(): void {
    const alarms = this.all();
    for (const alarm of alarms) if (alarm.kind === 'metric') this.#evaluateMetric(alarm);
    for (const alarm of alarms) if (alarm.kind === 'composite') this.#evaluateComposite(alarm);
  }

  /** Changes the state, if it is another; composites that name the alarm follow at once. */
  enter(alarm: AlarmRecord, value: StateValue, reason: string, reasonData: Json | undefined): void {
    if (alarm.state.value === value) return;
    const previous = alarm.state;
    const nowMs = this.#world.nowMs();
    alarm.state = {
      value,
      reason,
      reasonData: reasonData === undefined ? undefined : JSON.stringify(reasonData),
      atMs: nowMs,
    };
    this.#events.emit(alarmEvent(alarm, previous));
    for (const listener of this.#listeners) listener(alarm.name, value);
    for (const other of this.all())
      if (other.kind === 'composite' && childrenOf(other.expression).includes(alarm.name))
        this.#evaluateComposite(other);
  }

  #base(
    definition: { AlarmName?: string | undefined; Tags?: PutMetricAlarmCommandInput['Tags'] },
    before: AlarmRecord | undefined,
  ): AlarmBase {
    const name = definition.AlarmName ?? '';
    return {
      name,
      arn: this.arnOf(name),
      tags: before?.tags ?? tagRecord(definition.Tags),
      configuredMs: this.#world.nowMs(),
      state: before?.state ?? {
        value: 'INSUFFICIENT_DATA',
        reason: 'Unchecked: Initial alarm creation',
        reasonData: undefined,
        atMs: this.#world.nowMs(),
      },
    };
  }

  #watch(alarm: MetricAlarmRecord, by: 1 | -1): void {
    for (const metric of alarm.input.metrics) this.#metrics.read(metric, by);
  }

  /** Periods end at the minute that has just passed; longer ones slide by a minute. */
  #evaluateMetric(alarm: MetricAlarmRecord): void {
    const endMs = Math.floor(this.#world.nowMs() / 60_000) * 60_000;
    const { periodSeconds } = alarm.input;
    const count = alarm.rules.evaluationPeriods + EXTRA_DATAPOINTS;
    const silent = !alarm.input.hasValueSince(endMs - count * periodSeconds * 1000);
    // Nothing to look at twice: the second time says what the first one said.
    if (silent && alarm.silentIn === alarm.state.value) return;
    const points: (number | undefined)[] = [];
    for (let back = count; back > 0; back -= 1) {
      const fromMs = endMs - back * periodSeconds * 1000;
      points.push(alarm.input.valueOver(fromMs, fromMs + periodSeconds * 1000));
    }
    const { state, reason, real } = evaluateAlarm(points, alarm.rules, alarm.state.value);
    alarm.silentIn = silent ? state : undefined;
    if (state === alarm.state.value) return;
    this.enter(alarm, state, reason(), {
      version: '1.0',
      queryDate: new Date(this.#world.nowMs()).toISOString(),
      period: periodSeconds,
      recentDatapoints: [...real],
      threshold: alarm.rules.threshold,
    });
  }

  #evaluateComposite(alarm: CompositeAlarmRecord): void {
    const stateOf = (name: string): StateValue =>
      this.#alarms.get(name)?.state.value ?? 'INSUFFICIENT_DATA';
    const value = holds(alarm.expression, stateOf) ? 'ALARM' : 'OK';
    if (value === alarm.state.value) return;
    const triggering = childrenOf(alarm.expression).flatMap((name) => {
      const child = this.#alarms.get(name);
      if (child === undefined) return [];
      const timestamp = new Date(child.state.atMs).toISOString();
      return [{ arn: child.arn, state: { value: child.state.value, timestamp } }];
    });
    const arns = triggering.map(({ arn }) => arn).join(', ');
    const reason = `${alarm.arn} transitioned to ${value} at ${new Date(this.#world.nowMs()).toISOString()} by the states of ${arns}`;
    this.enter(alarm, value, reason, { triggeringAlarms: triggering });
  }
}

/** As DescribeAlarms shows it. */
export function metricAlarmShown(alarm: MetricAlarmRecord): MetricAlarm {
  const { Tags: _tags, ...definition } = alarm.definition;
  return {
    ...definition,
    ActionsEnabled: definition.ActionsEnabled ?? true,
    Dimensions: definition.Dimensions ?? [],
    ...shownState(alarm),
  };
}

export function compositeAlarmShown(alarm: CompositeAlarmRecord): CompositeAlarm {
  const { Tags: _tags, ...definition } = alarm.definition;
  return {
    ...definition,
    ActionsEnabled: definition.ActionsEnabled ?? true,
    ...shownState(alarm),
  };
}

function shownState(alarm: AlarmBase) {
  return {
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredMs),
    StateValue: alarm.state.value,
    StateReason: alarm.state.reason,
    ...(alarm.state.reasonData === undefined ? {} : { StateReasonData: alarm.state.reasonData }),
    StateUpdatedTimestamp: new Date(alarm.state.atMs),
    StateTransitionedTimestamp: new Date(alarm.state.atMs),
  };
}
