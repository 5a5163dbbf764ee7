/** What a canary analysis is asked and answers. A type alone: the edges check, the hot part does not. */

/** `null` and NaN: a period without a value. */
export type Sample = number | null;

export interface EffectSizePolicy {
  /** `meanRatio`: canary's mean / baseline's. `cles`: share of the pairs in which the canary is the larger one. */
  readonly measure: 'meanRatio' | 'cles';
  /** A metric is high only from here on, and low only down to there. Absent: whatever the effect. */
  readonly high?: number | undefined;
  readonly low?: number | undefined;
}

export interface MetricPolicy {
  readonly name: string;
  /** Which change does harm. A change the other way passes. */
  readonly direction: 'increase' | 'decrease' | 'either';
  /** One critical metric that is not a pass makes the score 0. Absent: not critical. */
  readonly critical?: boolean | undefined;
  /** Absent: `default`. */
  readonly group?: string | undefined;
  /** The shift that does not matter, as a share: 0.05 is 5 %. Absent: 0, every shift matters. */
  readonly tolerance?: number | undefined;
  readonly effectSize?: EffectSizePolicy | undefined;
  /** `remove`: periods without a value are left out. `zero`: they count as 0. Absent: `remove`. */
  readonly nanStrategy?: 'remove' | 'zero' | undefined;
}

export interface CanaryMetric extends MetricPolicy {
  readonly baseline: readonly Sample[];
  readonly canary: readonly Sample[];
}

export interface CanaryPolicy {
  /** Weights, of which only the proportion matters. A group that is not named here weighs 1. */
  readonly groups?: Readonly<Record<string, number>> | undefined;
  /** What a tolerance is a share of: the baseline's median, or the estimated shift. Absent: `baseline`. */
  readonly toleranceOf?: 'baseline' | 'shift' | undefined;
  /** Scores, 0 to 100, from which on the verdict is green, and below which it is red. */
  readonly pass: number;
  readonly marginal: number;
  /** Of the two-sided interval of each metric, between 0 and 1. */
  readonly confidence: number;
  /** Fewer samples on either side are no data. */
  readonly minimumSamples: number;
}

export interface MetricFinding {
  readonly name: string;
  readonly classification: 'pass' | 'high' | 'low' | 'no-data';
  readonly critical: boolean;
  /** The numbers are null where there are no samples to work them out from. */
  readonly u: number | null;
  readonly pValue: number | null;
  readonly interval: readonly [number, number] | null;
  readonly shift: number | null;
  /** Null also for a mean ratio to a baseline's mean of 0 or less. */
  readonly effectSize: number | null;
  readonly reason: string;
}
