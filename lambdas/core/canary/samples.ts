import type { Sample } from './policy.ts';

/** One side of a metric, ready to be compared. */
export interface SampleSet {
  /** Sorted and finite. */
  readonly values: Float64Array;
  /** Periods, with a value or without. */
  readonly periods: number;
  /** Values that are no finite number although one was there: an error, which cannot be judged. */
  readonly infinite: number;
}

/**
 * Takes the samples of one side. A zero may fill a gap in a series but not stand for all of it: a side without a single
 * value stays empty whatever the strategy, so that a canary that has gone silent looks like what it is.
 */
export function sampleSet(
  samples: readonly Sample[],
  nanStrategy: 'remove' | 'zero' = 'remove',
): SampleSet {
  const present: number[] = [];
  let infinite = 0;
  for (const sample of samples) {
    if (sample === null || Number.isNaN(sample)) continue;
    if (Number.isFinite(sample)) present.push(sample);
    else infinite += 1;
  }
  const gaps = samples.length - present.length - infinite;
  const filled = nanStrategy === 'zero' && present.length > 0 ? gaps : 0;
  // What is left of a new typed array is 0 already.
  const values = new Float64Array(present.length + filled);
  values.set(present);
  return { values: values.sort(), periods: samples.length, infinite };
}

/**
 * Pools the series of several instances into one side: their samples together, in no order. Instances count by their
 * samples, so one that reports twice as often counts twice: series of different periods must not be pooled.
 */
export const pooled = (series: readonly (readonly Sample[])[]): readonly Sample[] => series.flat();

/** Of sorted values, at least one. */
export function medianOf(sorted: Float64Array): number {
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return midpoint(lower, upper);
}

/** Halfway between two numbers: never infinite, never -0, and equal to both where they are equal. */
export const midpoint = (lower: number, upper: number): number =>
  lower === upper ? lower + 0 : lower / 2 + upper / 2;

/** Of at least one value. A sum that is too large to be a number does not hide the mean. */
export function meanOf(values: Float64Array): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (Number.isFinite(sum)) return sum / values.length;
  return values.reduce((mean, value) => mean + value / values.length, 0);
}
