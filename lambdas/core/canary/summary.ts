import type { Sample } from './policy.ts';
import { medianOf, sampleSet } from './samples.ts';

/** The samples of one side in so few numbers that the ledger can keep them: quartiles are those of Tukey, by halves. */
export interface SampleSummary {
  readonly samples: number;
  /** Periods without a value. */
  readonly gaps: number;
  /** Least, lower quartile, median, upper quartile, most; absent without a value. */
  readonly five?: readonly [number, number, number, number, number] | undefined;
}

/** Four figures are as many as a person compares. */
const rounded = (value: number): number => Number(value.toPrecision(4));

export function summaryOf(samples: readonly Sample[]): SampleSummary {
  const { values, periods } = sampleSet(samples);
  const gaps = periods - values.length;
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) return { samples: 0, gaps };
  const half = Math.ceil(values.length / 2);
  const five = [
    least,
    medianOf(values.subarray(0, half)),
    medianOf(values),
    medianOf(values.subarray(values.length - half)),
    most,
  ] as const;
  const [a, b, c, d, e] = five;
  return {
    samples: values.length,
    gaps,
    five: [rounded(a), rounded(b), rounded(c), rounded(d), rounded(e)],
  };
}
