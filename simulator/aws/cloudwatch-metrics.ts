import type { World } from '../contract.ts';
import { AwsError } from '../contract.ts';

export type Dimensions = Readonly<Record<string, string>>;

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

export interface Datum extends MetricName {
  readonly value: number;
  /** Epoch ms; absent: now. */
  readonly atMs?: number | undefined;
}

const MINUTE_MS = 60_000;
/** Minutes that a series keeps: a day, the longest range of an alarm that is evaluated each minute. */
const KEPT_MINUTES = 1440;

/** The values of one metric by minute, in a ring of a day. */
class Series {
  readonly #minutes = new Map<number, number[]>();
  #newest = 0;

  /** Whether there may be a value from then on. */
  since(fromMs: number): boolean {
    return this.#newest >= Math.floor(fromMs / MINUTE_MS);
  }

  put(minute: number, value: number): void {
    const values = this.#minutes.get(minute);
    if (values === undefined) this.#minutes.set(minute, [value]);
    else values.push(value);
    if (minute <= this.#newest) return;
    this.#newest = minute;
    if (this.#minutes.size <= KEPT_MINUTES) return;
    for (const old of this.#minutes.keys())
      if (old <= minute - KEPT_MINUTES) this.#minutes.delete(old);
  }

  values(fromMs: number, toMs: number): readonly number[] {
    const first = Math.floor(fromMs / MINUTE_MS);
    const end = Math.ceil(toMs / MINUTE_MS);
    if (end - first === 1) return this.#minutes.get(first) ?? [];
    const found: number[] = [];
    for (let minute = Math.max(first, this.#newest - KEPT_MINUTES); minute < end; minute += 1) {
      const values = this.#minutes.get(minute);
      if (values !== undefined) found.push(...values);
    }
    return found;
  }
}

/**
 * Metric values by minute. What services emit is kept only where somebody could read it: an alarm watches that very
 * metric, or all are kept. What callers put is always kept.
 */
export class MetricStore {
  readonly #world: World;
  readonly #series = new Map<string, Series>();
  /** Key → how many alarms read it. */
  readonly #readers = new Map<string, number>();
  /** Namespace and dimension set, without the name → how many alarms read one of it. */
  readonly #setReaders = new Map<string, number>();
  readonly #namespaceReaders = new Map<string, number>();
  #keepAll = false;

  constructor(world: World) {
    this.#world = world;
  }

  keepAll(keep: boolean): void {
    this.#keepAll = keep;
  }

  /** One more (or less) alarm that reads the metric. */
  read(metric: MetricName, by: 1 | -1): void {
    const count = (readers: Map<string, number>, key: string) =>
      readers.set(key, (readers.get(key) ?? 0) + by);
    count(this.#readers, metricKey(metric));
    count(this.#setReaders, setKey(metric.namespace, metric.dimensions));
    count(this.#namespaceReaders, metric.namespace);
  }

  /** Whether any metric of the namespace would be kept. */
  reads(namespace: string): boolean {
    return this.#keepAll || (this.#namespaceReaders.get(namespace) ?? 0) > 0;
  }

  /** Whether any metric with these dimensions would be kept: lets emitters skip the work. */
  wants(namespace: string, dimensions: Dimensions): boolean {
    return this.#keepAll || (this.#setReaders.get(setKey(namespace, dimensions)) ?? 0) > 0;
  }

  /** What a service emits. */
  emit(datum: Datum): void {
    if (this.#keepAll || (this.#readers.get(metricKey(datum)) ?? 0) > 0) this.put(datum);
  }

  put(datum: Datum): void {
    const key = metricKey(datum);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new Series();
      this.#series.set(key, series);
    }
    series.put(Math.floor((datum.atMs ?? this.#world.nowMs()) / MINUTE_MS), datum.value);
  }

  /** Reads the statistic over [from, to); `undefined` when there is no value. */
  reader(metric: MetricName, stat: string): (fromMs: number, toMs: number) => number | undefined {
    const find = this.#finder(metric);
    return (fromMs, toMs) => {
      const values = find()?.values(fromMs, toMs) ?? [];
      return values.length === 0 ? undefined : statisticOf(values, stat);
    };
  }

  /** Tells whether any of the metrics may have a value from then on. */
  watcher(metrics: readonly MetricName[]): (fromMs: number) => boolean {
    const finders = metrics.map((metric) => this.#finder(metric));
    return (fromMs) => finders.some((find) => find()?.since(fromMs) === true);
  }

  /** A series stays where it is once it is there. */
  #finder(metric: MetricName): () => Series | undefined {
    const key = metricKey(metric);
    let series: Series | undefined;
    return () => {
      series ??= this.#series.get(key);
      return series;
    };
  }
}

/** @throws ValidationError for a statistic that is not modelled (trimmed means and the like). */
export function statisticOf(values: readonly number[], stat: string): number {
  const sum = () => values.reduce((total, value) => total + value, 0);
  switch (stat) {
    case 'Average':
      return sum() / values.length;
    case 'Sum':
      return sum();
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    case 'SampleCount':
      return values.length;
    default:
      return percentileOf(values, percentOf(stat));
  }
}

/** Whether the statistic is one that `statisticOf` knows. */
export function isStatistic(stat: string): boolean {
  if (['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'].includes(stat)) return true;
  return /^p(\d{1,2}(\.\d+)?|100)$/.test(stat);
}

function percentOf(stat: string): number {
  if (!isStatistic(stat))
    throw new AwsError('ValidationError', `Statistic ${stat} is not supported by this simulator`);
  return Number(stat.slice(1));
}

/** Linear between the closest ranks. */
function percentileOf(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}

function setKey(namespace: string, dimensions: Dimensions): string {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  return `${namespace}|${names.map((name) => `${name}=${dimensions[name]}`).join('|')}`;
}

function metricKey({ namespace, name, dimensions }: MetricName): string {
  return `${setKey(namespace, dimensions)}#${name}`;
}
