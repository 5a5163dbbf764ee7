import type { MetricDataQuery, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../contract.ts';
import type { AlarmRuleset } from './cloudwatch-evaluation.ts';
import { parseMetricMath } from './cloudwatch-math.ts';
import { isStatistic, type MetricName, type MetricStore } from './cloudwatch-metrics.ts';

/** What an alarm reads: its metrics and its value over a time. */
export interface AlarmInput {
  readonly metrics: readonly MetricName[];
  readonly periodSeconds: number;
  valueOver(fromMs: number, toMs: number): number | undefined;
  /** False only when none of the metrics has a value from then on. */
  hasValueSince(fromMs: number): boolean;
}

/** An alarm that is evaluated each minute looks back a day at most. @see CW-UG/alarm-evaluation */
const RANGE_LIMIT_SECONDS = 86_400;

/** @throws ValidationError for what CloudWatch refuses, and for what is not modelled, by name */
export function alarmInputOf(
  definition: PutMetricAlarmCommandInput,
  store: MetricStore,
): { input: AlarmInput; rules: AlarmRuleset } {
  const evaluationPeriods = definition.EvaluationPeriods ?? 0;
  const datapointsToAlarm = definition.DatapointsToAlarm ?? evaluationPeriods;
  const { ComparisonOperator: comparison, Threshold: threshold } = definition;
  if (evaluationPeriods < 1) throw invalid('EvaluationPeriods must be at least 1');
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods)
    throw invalid('DatapointsToAlarm must be between 1 and EvaluationPeriods');
  if (comparison === undefined || !/^(Greater|Less)Than(OrEqualTo)?Threshold$/.test(comparison))
    throw invalid(`ComparisonOperator ${comparison} is not supported by this simulator`);
  if (threshold === undefined) throw invalid('Threshold must be specified');
  const treatment = definition.TreatMissingData ?? 'missing';
  if (!isTreatment(treatment))
    throw invalid(
      `TreatMissingData ${treatment} is not one of breaching, notBreaching, ignore, missing`,
    );
  const input =
    definition.Metrics === undefined ? plain(definition, store) : math(definition.Metrics, store);
  if (input.periodSeconds * evaluationPeriods > RANGE_LIMIT_SECONDS)
    throw invalid(
      'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)',
    );
  const rules = {
    evaluationPeriods,
    datapointsToAlarm,
    comparison,
    threshold,
    treatMissingData: treatment,
  };
  return { input, rules };
}

type Treatment = AlarmRuleset['treatMissingData'];
function isTreatment(text: string): text is Treatment {
  return ['missing', 'ignore', 'breaching', 'notBreaching'].includes(text);
}

function plain(definition: PutMetricAlarmCommandInput, store: MetricStore): AlarmInput {
  const stat = definition.Statistic ?? definition.ExtendedStatistic;
  if (definition.MetricName === undefined || definition.Namespace === undefined)
    throw invalid('MetricName and Namespace must be specified');
  if (stat === undefined || !isStatistic(stat))
    throw invalid(`Statistic ${stat} is not supported by this simulator`);
  const metric = {
    namespace: definition.Namespace,
    name: definition.MetricName,
    dimensions: dimensionRecord(definition.Dimensions),
  };
  return {
    metrics: [metric],
    periodSeconds: periodOf(definition.Period),
    valueOver: store.reader(metric, stat),
    hasValueSince: store.watcher([metric]),
  };
}

/** Metric math: one query returns data, the others feed it. @see CW-UG/alarm-limits (10 metrics) */
function math(queries: readonly MetricDataQuery[], store: MetricStore): AlarmInput {
  const returning = queries.filter((query) => query.ReturnData !== false);
  const [result] = returning;
  if (result === undefined || returning.length > 1)
    throw invalid('Exactly one element of the metrics list should return data');
  const metrics = queries.flatMap((query) =>
    query.MetricStat === undefined ? [] : [metricOfQuery(query)],
  );
  const periods = queries.flatMap((query) =>
    query.MetricStat === undefined ? [] : [periodOf(query.MetricStat.Period)],
  );
  return {
    metrics,
    periodSeconds: periods.length === 0 ? periodOf(result.Period) : Math.max(...periods),
    valueOver: evaluatorOf(result, queries, store),
    hasValueSince: store.watcher(metrics),
  };
}

/** The value of one query over a time, following the ids that its expression names. */
export function evaluatorOf(
  query: MetricDataQuery,
  queries: readonly MetricDataQuery[],
  store: MetricStore,
  above: readonly string[] = [],
): (fromMs: number, toMs: number) => number | undefined {
  if (query.MetricStat !== undefined) {
    const metric = metricOfQuery(query);
    const stat = query.MetricStat.Stat ?? '';
    if (!isStatistic(stat)) throw invalid(`Statistic ${stat} is not supported by this simulator`);
    return store.reader(metric, stat);
  }
  if (above.includes(query.Id ?? '')) throw invalid(`Circular reference to id ${query.Id}`);
  const { evaluate, ids } = parseMetricMath(query.Expression ?? '');
  const parts = new Map(
    ids.map((id) => {
      const other = queries.find((candidate) => candidate.Id === id);
      if (other === undefined)
        throw invalid(`Undefined id ${id} in expression ${query.Expression}`);
      return [id, evaluatorOf(other, queries, store, [...above, query.Id ?? ''])] as const;
    }),
  );
  return (fromMs, toMs) => evaluate((id) => parts.get(id)?.(fromMs, toMs));
}

export function metricOfQuery(query: MetricDataQuery): MetricName {
  const metric = query.MetricStat?.Metric;
  return {
    namespace: metric?.Namespace ?? '',
    name: metric?.MetricName ?? '',
    dimensions: dimensionRecord(metric?.Dimensions),
  };
}

export function dimensionRecord(
  dimensions: readonly { Name?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']));
}

/** High-resolution periods (10, 20, 30 s) are not modelled: metrics here have one value a minute. */
export function periodOf(period: number | undefined): number {
  if (period === undefined || period < 60 || period % 60 !== 0)
    throw invalid(`Period ${period} is not a multiple of 60`);
  return period;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
