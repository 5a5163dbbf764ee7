import type {
  DeleteAlarmsCommandInput,
  DeleteAlarmsCommandOutput,
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  PutCompositeAlarmCommandInput,
  PutCompositeAlarmCommandOutput,
  PutMetricAlarmCommandInput,
  PutMetricAlarmCommandOutput,
  PutMetricDataCommandInput,
  PutMetricDataCommandOutput,
  SetAlarmStateCommandInput,
  SetAlarmStateCommandOutput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import {
  AwsError,
  type EventSink,
  type Operation,
  type Permission,
  type Place,
  type Service,
  type World,
} from '../contract.ts';
import { dimensionRecord, evaluatorOf, periodOf } from './cloudwatch-alarm-input.ts';
import {
  type AlarmRecord,
  Alarms,
  compositeAlarmShown,
  metricAlarmShown,
} from './cloudwatch-alarms.ts';
import { type Datum, type Dimensions, MetricStore } from './cloudwatch-metrics.ts';
import { operation, pageOf, tagContext } from './fleet-operation.ts';

/** @see aws-facts "CloudWatch" (GetMetricData ≤ 500 queries; DescribeAlarms ≤ 100 names a page) */
const QUERY_LIMIT = 500;
const ALARM_PAGE = 100;
const ALARM_PAGE_DEFAULT = 50;

/**
 * Metrics and alarms. Each whole minute the sources (services that measure) put what they saw in the minute that
 * ended; then every alarm is evaluated.
 */
export class CloudWatch implements Service {
  readonly client = 'client-cloudwatch';
  readonly alarms: Alarms;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #metrics: MetricStore;
  readonly #sources: ((minuteStartMs: number) => void)[] = [];

  constructor(parts: { world: World; events: EventSink; place: Place }) {
    this.#metrics = new MetricStore(parts.world);
    this.alarms = new Alarms({ ...parts, metrics: this.#metrics });
    this.operations = this.#operations();
    parts.world.every(60_000, 'CloudWatch minute', () => {
      const minuteStartMs = parts.world.nowMs() - 60_000;
      for (const source of this.#sources) source(minuteStartMs);
      this.alarms.evaluate();
    });
  }

  /** Is called at each whole minute, before alarms are evaluated, with the start of the minute that ended. */
  addSource(source: (minuteStartMs: number) => void): void {
    this.#sources.push(source);
  }

  /** What a service measured; dropped when nobody could read it. */
  put(datum: Datum): void {
    this.#metrics.emit(datum);
  }

  /** What an agent on an instance publishes: kept like what callers put. */
  publish(datum: Datum): void {
    this.#metrics.put(datum);
  }

  wants(namespace: string, dimensions: Dimensions): boolean {
    return this.#metrics.wants(namespace, dimensions);
  }

  /** Whether any metric of a namespace would be kept. */
  reads(namespace: string): boolean {
    return this.#metrics.reads(namespace);
  }

  /** Keeps every metric from now on, for callers of GetMetricData. */
  keepMetrics(keep: boolean): void {
    this.#metrics.keepAll(keep);
  }

  stateOf(alarmName: string): StateValue | undefined {
    return this.alarms.find(alarmName)?.state.value;
  }

  onAlarm(listener: (alarmName: string, state: StateValue) => void): void {
    this.alarms.onChange(listener);
  }

  #operations() {
    return {
      PutMetricData: operation<PutMetricDataCommandInput, PutMetricDataCommandOutput>({
        authorize: (input) => [
          {
            action: 'cloudwatch:PutMetricData',
            resource: '*',
            context: { 'cloudwatch:namespace': input.Namespace ?? '' },
          },
        ],
        run: (input) => this.#putMetricData(input),
      }),
      GetMetricData: operation<GetMetricDataCommandInput, GetMetricDataCommandOutput>({
        authorize: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
        run: (input) => this.#getMetricData(input),
      }),
      PutMetricAlarm: operation<PutMetricAlarmCommandInput, PutMetricAlarmCommandOutput>({
        authorize: (input) => this.#permission('cloudwatch:PutMetricAlarm', input.AlarmName),
        run: (input) => {
          this.alarms.putMetricAlarm(input);
          return {};
        },
      }),
      PutCompositeAlarm: operation<PutCompositeAlarmCommandInput, PutCompositeAlarmCommandOutput>({
        authorize: (input) => this.#permission('cloudwatch:PutCompositeAlarm', input.AlarmName),
        run: (input) => {
          this.alarms.putCompositeAlarm(input);
          return {};
        },
      }),
      DescribeAlarms: operation<DescribeAlarmsCommandInput, DescribeAlarmsCommandOutput>({
        authorize: (input) => this.#describePermissions(input),
        run: (input) => this.#describeAlarms(input),
      }),
      DeleteAlarms: operation<DeleteAlarmsCommandInput, DeleteAlarmsCommandOutput>({
        authorize: (input) =>
          (input.AlarmNames ?? []).flatMap((name) =>
            this.#permission('cloudwatch:DeleteAlarms', name),
          ),
        run: (input) => {
          this.alarms.delete(input.AlarmNames ?? []);
          return {};
        },
      }),
      SetAlarmState: operation<SetAlarmStateCommandInput, SetAlarmStateCommandOutput>({
        authorize: (input) => this.#permission('cloudwatch:SetAlarmState', input.AlarmName),
        run: (input) => this.#setAlarmState(input),
      }),
    };
  }

  #permission(action: string, name: string | undefined): readonly Permission[] {
    const alarm = this.alarms.find(name ?? '');
    return [
      { action, resource: this.alarms.arnOf(name ?? ''), context: tagContext(alarm?.tags ?? {}) },
    ];
  }

  /** Composite alarms are seen only with a permission on `*`. @see aws-facts "CloudWatch" [BC:cloudwatch] */
  #describePermissions(input: DescribeAlarmsCommandInput): readonly Permission[] {
    const action = 'cloudwatch:DescribeAlarms';
    const everything =
      input.AlarmTypes?.includes('CompositeAlarm') === true || !input.AlarmNames?.length;
    if (everything) return [{ action, resource: '*' }];
    return (input.AlarmNames ?? []).flatMap((name) => this.#permission(action, name));
  }

  #putMetricData(input: PutMetricDataCommandInput): Record<string, never> {
    for (const datum of input.MetricData ?? []) {
      const values = datum.Values ?? (datum.Value === undefined ? [] : [datum.Value]);
      if (values.length === 0)
        throw new AwsError(
          'InvalidParameterValue',
          `The metric ${datum.MetricName} has neither Value nor Values; StatisticValues are not supported by this simulator`,
        );
      values.forEach((value, index) => {
        for (let count = datum.Counts?.[index] ?? 1; count > 0; count -= 1)
          this.#metrics.put({
            namespace: input.Namespace ?? '',
            name: datum.MetricName ?? '',
            dimensions: dimensionRecord(datum.Dimensions),
            value,
            atMs: datum.Timestamp?.getTime(),
          });
      });
    }
    return {};
  }

  /** Points carry the start of their period; the end is exclusive. */
  #getMetricData(
    input: GetMetricDataCommandInput,
  ): Pick<GetMetricDataCommandOutput, 'MetricDataResults' | 'Messages'> {
    const queries = input.MetricDataQueries ?? [];
    if (queries.length > QUERY_LIMIT)
      throw new AwsError(
        'ValidationError',
        `MetricDataQueries may hold at most ${QUERY_LIMIT} queries`,
      );
    const { StartTime, EndTime } = input;
    if (StartTime === undefined || EndTime === undefined || StartTime >= EndTime)
      throw new AwsError('ValidationError', 'The parameter StartTime must be less than EndTime');
    const periods = queries.flatMap(({ MetricStat }) =>
      MetricStat ? [periodOf(MetricStat.Period)] : [],
    );
    const results = queries
      .filter((query) => query.ReturnData !== false)
      .map((query) => {
        const seconds = query.MetricStat?.Period ?? query.Period ?? Math.max(60, ...periods);
        const points = pointsOf(
          evaluatorOf(query, queries, this.#metrics),
          StartTime.getTime(),
          EndTime.getTime(),
          seconds * 1000,
        );
        if (input.ScanBy !== 'TimestampAscending') points.reverse();
        return {
          Id: query.Id,
          Label: query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id,
          Timestamps: points.map(({ atMs }) => new Date(atMs)),
          Values: points.map(({ value }) => value),
          StatusCode: 'Complete' as const,
        };
      });
    return { MetricDataResults: results, Messages: [] };
  }

  /** Metric alarms only, unless composite ones are asked for. @see aws-facts "CloudWatch" [BC:cloudwatch] */
  #describeAlarms(
    input: DescribeAlarmsCommandInput,
  ): Pick<DescribeAlarmsCommandOutput, 'MetricAlarms' | 'CompositeAlarms' | 'NextToken'> {
    if ((input.AlarmNames?.length ?? 0) > ALARM_PAGE)
      throw new AwsError(
        'ValidationError',
        `1 validation error detected: Value at 'alarmNames' failed to satisfy constraint: Member must have length less than or equal to ${ALARM_PAGE}`,
      );
    if (input.AlarmNames?.length && input.AlarmNamePrefix !== undefined)
      throw new AwsError(
        'ValidationError',
        'AlarmNamePrefix and AlarmNames are mutually exclusive',
      );
    const types = input.AlarmTypes?.length ? input.AlarmTypes : (['MetricAlarm'] as const);
    const named = input.AlarmNames?.length
      ? [...new Set(input.AlarmNames)].flatMap((name) => this.alarms.find(name) ?? [])
      : this.alarms.all();
    const wanted = named
      .filter((alarm) => matches(alarm, input, types))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    // Asking by name shows them all at once, however small the page is by default.
    const size = input.MaxRecords ?? (input.AlarmNames?.length ? ALARM_PAGE : ALARM_PAGE_DEFAULT);
    const { page, nextToken } = pageOf(
      wanted,
      input.NextToken,
      size,
      () => new AwsError('InvalidNextToken', 'The next token specified is invalid.'),
    );
    return {
      MetricAlarms: page.flatMap((alarm) =>
        alarm.kind === 'metric' ? [metricAlarmShown(alarm)] : [],
      ),
      CompositeAlarms: page.flatMap((alarm) =>
        alarm.kind === 'composite' ? [compositeAlarmShown(alarm)] : [],
      ),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    };
  }

  /** Lasts until the next evaluation, as in AWS. */
  #setAlarmState(input: SetAlarmStateCommandInput): Record<string, never> {
    const alarm = this.alarms.find(input.AlarmName ?? '');
    if (alarm === undefined) throw new AwsError('ResourceNotFound', 'Unknown alarm name', 404);
    const data =
      input.StateReasonData === undefined ? undefined : JSON.parse(input.StateReasonData);
    this.alarms.enter(alarm, input.StateValue ?? 'OK', input.StateReason ?? '', data);
    return {};
  }
}

function matches(
  alarm: AlarmRecord,
  input: DescribeAlarmsCommandInput,
  types: readonly string[],
): boolean {
  return (
    types.includes(alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm') &&
    (input.AlarmNamePrefix === undefined || alarm.name.startsWith(input.AlarmNamePrefix)) &&
    (input.StateValue === undefined || alarm.state.value === input.StateValue)
  );
}

function pointsOf(
  valueOver: (fromMs: number, toMs: number) => number | undefined,
  startMs: number,
  endMs: number,
  periodMs: number,
): { atMs: number; value: number }[] {
  const points: { atMs: number; value: number }[] = [];
  for (let atMs = Math.floor(startMs / periodMs) * periodMs; atMs < endMs; atMs += periodMs) {
    const value = valueOver(atMs, atMs + periodMs);
    if (value !== undefined) points.push({ atMs, value });
  }
  return points;
}
