import { type CanaryGate, IMAGE, INSTANCE, type MetricSource } from '../gate-policy.ts';
import type { Comparison } from '../ledger.ts';
import type { AskedWindow } from './comparison.ts';
import type { Sample } from './policy.ts';

/** One query of GetMetricData, in plain data. */
export interface SeriesQuery {
  /** Unique in all that a gate asks. */
  readonly id: string;
  readonly metric?:
    | {
        readonly namespace: string;
        readonly name: string;
        readonly stat: string;
        readonly dimensions: Readonly<Record<string, string>>;
      }
    | undefined;
  readonly expression?: string | undefined;
  /** False where it only feeds an expression. */
  readonly returned: boolean;
}

/** One series of one side of a metric, and the queries that it takes: the last one answers it. */
export interface Series {
  /** Of the last query. */
  readonly id: string;
  /** Which metric of the gate, from 0. */
  readonly metric: number;
  readonly side: 'baseline' | 'canary';
  /** Whether what it is of still runs: then a period without a value is a gap to its end. */
  readonly present: boolean;
  readonly queries: readonly SeriesQuery[];
}

/** What is compared: instances by id, images for metrics that are published by image. */
export interface ComparedSides {
  readonly comparison: Comparison;
  readonly images: { readonly baseline: string; readonly canary: string };
  /** Ids of all instances of the group that have not left. */
  readonly present: ReadonlySet<string>;
}

const SIDES = ['baseline', 'canary'] as const;

/** All series that a gate compares, in the order of its metrics: one for each instance, or one for each image. */
export function seriesOf(gate: CanaryGate, sides: ComparedSides): readonly Series[] {
  return gate.metrics.flatMap(({ from }, metric) =>
    SIDES.flatMap((side) =>
      subjectsOf(from, side, sides).map(({ values, present }, index): Series => {
        const id = `m${metric}${side[0]}${index}`;
        return { id, metric, side, present, queries: queriesOf(from, id, values) };
      }),
    ),
  );
}

type From = CanaryGate['metrics'][number]['from'];

const sourcesOf = (from: From): readonly MetricSource[] =>
  'expression' in from ? Object.values(from.of) : [from];

const DEFAULT_DIMENSIONS = { InstanceId: INSTANCE };

function subjectsOf(from: From, side: Series['side'], sides: ComparedSides) {
  const ids = sides.comparison[side];
  const image = sides.images[side];
  const byInstance = sourcesOf(from).some(({ dimensions = DEFAULT_DIMENSIONS }) =>
    Object.values(dimensions).some((value) => value.includes(INSTANCE)),
  );
  if (byInstance) {
    return ids.map((id) => ({
      values: { [INSTANCE]: id, [IMAGE]: image },
      present: sides.present.has(id),
    }));
  }
  // An image has no instance to be compared by before there is one of each side.
  return ids.length === 0
    ? []
    : [{ values: { [IMAGE]: image }, present: ids.some((id) => sides.present.has(id)) }];
}

function queriesOf(
  from: From,
  id: string,
  values: Readonly<Record<string, string>>,
): readonly SeriesQuery[] {
  if (!('expression' in from)) {
    return [{ id, metric: metricOf(from, values), returned: true }];
  }
  const parts = Object.entries(from.of).map(([name, source]) => ({
    id: `${id}_${name}`,
    metric: metricOf(source, values),
    returned: false,
  }));
  const expression = from.expression.replace(NAMES, (name) =>
    Object.hasOwn(from.of, name) ? `${id}_${name}` : name,
  );
  return [...parts, { id, expression, returned: true }];
}

/** Of metric math: ids begin with a small letter, functions are written large. @see CW-UG/using-metric-math */
const NAMES = /\b[a-z][A-Za-z0-9_]*\b/g;

const metricOf = (
  { namespace, name, stat, dimensions = DEFAULT_DIMENSIONS }: MetricSource,
  values: Readonly<Record<string, string>>,
): SeriesQuery['metric'] => ({
  ...{ namespace, name, stat },
  dimensions: Object.fromEntries(
    Object.entries(dimensions).map(([key, value]) => [key, filledIn(value, values)]),
  ),
});

const filledIn = (text: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((filled, [name, value]) => filled.replaceAll(name, value), text);

/** GetMetricData takes so many queries, and answers so many values, in one call (CloudWatch API reference). */
const QUERIES_MAX = 500;
const VALUES_MAX = 100_800;

/** The series in as few calls as they fit in; what belongs to one series is asked in one call. */
export function inCalls(
  series: readonly Series[],
  periods: number,
): readonly (readonly Series[])[] {
  const most = Math.min(QUERIES_MAX, Math.floor(VALUES_MAX / Math.max(1, periods)));
  const calls: { series: Series[]; queries: number }[] = [];
  for (const one of series) {
    const last = calls.at(-1);
    if (last !== undefined && last.queries + one.queries.length <= most) {
      last.series.push(one);
      last.queries += one.queries.length;
    } else {
      calls.push({ series: [one], queries: one.queries.length });
    }
  }
  return calls.map((call) => call.series);
}

/** What CloudWatch answered for one series: values by the start of their period. */
export type SeriesValues = ReadonlyMap<number, number>;

export interface ComparedSamples {
  readonly baseline: readonly Sample[];
  readonly canary: readonly Sample[];
}

export interface Pooled {
  /** In the order of the gate's metrics. */
  readonly samples: readonly ComparedSamples[];
  /** When the first new instance had published: what old ones published before is of another time. */
  readonly fromMs: number;
}

/** Pools what was answered into samples, metric by metric. */
export function pooledSamples(
  gate: CanaryGate,
  series: readonly Series[],
  { fromMs, toMs }: AskedWindow,
  values: ReadonlyMap<string, SeriesValues>,
): Pooled {
  const periodMs = gate.periodSeconds * 1000;
  const all = series.map((one) => {
    const samples: Sample[] = [];
    const known = values.get(one.id);
    for (let ms = fromMs; ms < toMs; ms += periodMs) samples.push(known?.get(ms) ?? null);
    return { ...one, samples, first: samples.findIndex((sample) => sample !== null) };
  });
  const published = all.filter(({ side, first }) => side === 'canary' && first >= 0);
  const begin = published.length === 0 ? 0 : Math.min(...published.map(({ first }) => first));
  const pooled = gate.metrics.map(() => ({ baseline: [] as Sample[], canary: [] as Sample[] }));
  for (const one of all) {
    // A loop: a spread of so many arguments would be too many.
    for (const sample of counted(gate, one, begin)) pooled[one.metric]?.[one.side].push(sample);
  }
  return { samples: pooled, fromMs: fromMs + begin * periodMs };
}

/**
 * A new instance has no gap before its first value, for it was not there, and one that has left none after its last. What
 * a new one publishes while it settles is left out: one whose first value is in the window has come in it.
 */
function counted(
  { periodSeconds, settleSeconds }: CanaryGate,
  { side, present, samples, first }: Series & { samples: readonly Sample[]; first: number },
  begin: number,
): readonly Sample[] {
  if (first < 0) return [];
  const settled = first > 0 ? Math.ceil(settleSeconds / periodSeconds) : 0;
  const end = present ? samples.length : samples.findLastIndex((sample) => sample !== null) + 1;
  return samples.slice(side === 'canary' ? first + settled : begin, end);
}
