import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { askedWindow } from '../core/canary/comparison.ts';
import {
  type ComparedSides,
  inCalls,
  pooledSamples,
  type Series,
  type SeriesQuery,
  type SeriesValues,
  seriesOf,
} from '../core/canary/series.ts';
import type { CanaryGate, GatePolicy } from '../core/gate-policy.ts';
import type { CanaryReading, GateReading } from '../core/observation.ts';
import { inTurns } from './in-turns.ts';

type Refresh = Parameters<typeof askedWindow>[0];

/** Calls under way at a time: GetMetricData is throttled by what it answers, too (CloudWatch user guide, quotas). */
const CALLS_AT_A_TIME = 4;

/**
 * Reads what canary gates compare. One that cannot be read is named, and is no verdict; one that has nothing to compare yet
 * has no reading.
 *
 * @param refresh when it was asked for, and when the last old instance had left, where that is over
 */
export async function readCanaries(
  client: CloudWatchClient,
  gates: readonly GatePolicy[],
  sides: ComparedSides | undefined,
  refresh: Refresh,
  nowMs: number,
): Promise<Pick<GateReading, 'canaries' | 'unreadable'>> {
  const compare = gates.flatMap((gate, index) => (gate.kind === 'canary' ? { gate, index } : []));
  if (sides === undefined || compare.length === 0) return { unreadable: [] };
  try {
    const readings = await Promise.all(
      compare.map(({ gate, index }) => readOne(client, gate, index, sides, refresh, nowMs)),
    );
    return { canaries: readings.flatMap((one) => one ?? []), unreadable: [] };
  } catch (error) {
    return { unreadable: [{ source: 'canary', error: String(error) }] };
  }
}

async function readOne(
  client: CloudWatchClient,
  gate: CanaryGate,
  index: number,
  sides: ComparedSides,
  refresh: Refresh,
  nowMs: number,
): Promise<CanaryReading | undefined> {
  const window = askedWindow(refresh, gate, nowMs);
  if (window === undefined) return undefined;
  const series = seriesOf(gate, sides);
  const calls = inCalls(series, (window.toMs - window.fromMs) / (gate.periodSeconds * 1000));
  const answers = await inTurns(calls, CALLS_AT_A_TIME, (call) =>
    readSeries(client, call, gate.periodSeconds, window),
  );
  const values = new Map(answers.flatMap((one) => [...one]));
  const { baseline, canary } = sides.comparison;
  return {
    gate: index,
    ...pooledSamples(gate, series, window, values),
    instances: { baseline: baseline.length, canary: canary.length },
    toMs: window.toMs,
  };
}

/** Points carry the start of their period, the end is exclusive (CloudWatch API reference, GetMetricData). */
async function readSeries(
  client: CloudWatchClient,
  series: readonly Series[],
  periodSeconds: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadonlyMap<string, SeriesValues>> {
  const values = new Map<string, Map<number, number>>();
  const status = new Map<string, string>();
  const queries = series.flatMap((one) => one.queries.map((query) => asked(query, periodSeconds)));
  let next: string | undefined;
  do {
    const { MetricDataResults: results = [], NextToken } = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries: queries,
        StartTime: new Date(fromMs),
        EndTime: new Date(toMs),
        ...(next === undefined ? {} : { NextToken: next }),
      }),
    );
    for (const { Id: id = '', Timestamps: times = [], Values = [], StatusCode } of results) {
      const known = values.get(id) ?? new Map<number, number>();
      times.forEach((time, at) => {
        const value = Values[at];
        if (value !== undefined) known.set(time.getTime(), value);
      });
      values.set(id, known);
      status.set(id, StatusCode ?? 'without a status');
    }
    next = NextToken;
  } while (next !== undefined);
  const failed = [...status].find(([, code]) => code !== 'Complete');
  if (failed !== undefined) throw new Error(`GetMetricData answered ${failed[1]} for ${failed[0]}`);
  return values;
}

const asked = (
  { id, metric, expression, returned }: SeriesQuery,
  Period: number,
): MetricDataQuery => ({
  Id: id,
  ReturnData: returned,
  ...(expression === undefined ? {} : { Expression: expression, Period }),
  ...(metric === undefined
    ? {}
    : {
        MetricStat: {
          Metric: {
            Namespace: metric.namespace,
            MetricName: metric.name,
            Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period,
          Stat: metric.stat,
        },
      }),
});
