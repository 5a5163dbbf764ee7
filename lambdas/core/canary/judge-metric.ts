import { effectPasses, effectSizeOf } from './effect-size.ts';
import { type Comparison, compareSamples, smallestPValue } from './mann-whitney.ts';
import type { CanaryMetric, CanaryPolicy, EffectSizePolicy, MetricFinding } from './policy.ts';
import { medianOf, type SampleSet, sampleSet } from './samples.ts';
import { count, percent, short } from './showing.ts';

type JudgedBy = Pick<CanaryPolicy, 'toleranceOf' | 'confidence' | 'minimumSamples'>;

/** What a metric is reported by where its policy asks for no effect size. */
const REPORTED: EffectSizePolicy = { measure: 'meanRatio' };

/**
 * Judges one metric: `high` or `low` when the interval of its shift lies wholly beyond the tolerance and its effect size
 * reaches its threshold; `no-data` when there is too little to tell; else `pass`. Deterministic, in whatever order the
 * samples come; every number in the answer is finite.
 */
export function judgeMetric(metric: CanaryMetric, policy: JudgedBy): MetricFinding {
  const { name, critical = false } = metric;
  const baseline = sampleSet(metric.baseline, metric.nanStrategy);
  const canary = sampleSet(metric.canary, metric.nanStrategy);
  if (baseline.values.length === 0 || canary.values.length === 0) {
    return {
      ...{ name, classification: 'no-data', critical },
      ...{ u: null, pValue: null, interval: null, shift: null, effectSize: null },
      reason: lacking(baseline, canary, policy) ?? '',
    };
  }
  const comparison = compareSamples(baseline.values, canary.values, policy.confidence);
  const effect = metric.effectSize ?? REPORTED;
  const measured = {
    comparison,
    effectSize: effectSizeOf(effect.measure, baseline.values, canary.values, comparison.u),
    tolerance: toleranceOf(metric, policy, baseline, comparison),
  };
  const lack = lacking(baseline, canary, policy);
  const { classification, reason } =
    lack === undefined
      ? classify(metric, policy, measured)
      : ({ classification: 'no-data', reason: lack } as const);
  const { u, pValue, interval, shift } = comparison;
  return {
    ...{ name, classification, critical, u, pValue, interval, shift },
    effectSize: measured.effectSize,
    reason: `${reason}; ${count(canary.values.length, 'sample')} against ${baseline.values.length}, p ${short(pValue)}`,
  };
}

interface Measured {
  readonly comparison: Comparison;
  readonly effectSize: number | null;
  readonly tolerance: Tolerance;
}

/** Why there is too little evidence; undefined when there is enough. */
function lacking(
  baseline: SampleSet,
  canary: SampleSet,
  { confidence, minimumSamples }: JudgedBy,
): string | undefined {
  for (const [side, { values, periods, infinite }] of [
    ['canary', canary],
    ['baseline', baseline],
  ] as const) {
    if (infinite > 0) return `${count(infinite, 'sample')} of the ${side} infinite`;
    if (values.length === 0) return `no value in ${count(periods, 'period')} of the ${side}`;
    if (values.length < minimumSamples) {
      return `${count(values.length, 'sample')} of the ${side} < minimumSamples ${minimumSamples}`;
    }
  }
  const [n, m] = [baseline.values.length, canary.values.length];
  const smallest = smallestPValue(n, m);
  if (smallest < 1 - confidence) return undefined;
  return `so few samples cannot tell anything with confidence ${confidence}: their p-value is at least ${short(smallest)}`;
}

interface Tolerance {
  readonly width: number;
  readonly text: string;
}

function toleranceOf(
  { tolerance = 0 }: CanaryMetric,
  { toleranceOf: of = 'baseline' }: JudgedBy,
  baseline: SampleSet,
  { shift }: Comparison,
): Tolerance {
  const whole = Math.abs(of === 'shift' ? shift : medianOf(baseline.values));
  const width = Math.min(Number.MAX_VALUE, tolerance * whole);
  const what = of === 'shift' ? 'the shift' : "the baseline's median";
  return {
    width,
    text: `tolerance ${short(width)} (${percent(tolerance)} of ${what} ${short(whole)})`,
  };
}

function classify(
  metric: CanaryMetric,
  { confidence }: JudgedBy,
  { comparison, effectSize, tolerance }: Measured,
): Pick<MetricFinding, 'classification' | 'reason'> {
  const { interval, shift } = comparison;
  const [lower, upper] = interval;
  const effect = metric.effectSize ?? REPORTED;
  const seen = `shift ${short(shift)}, ${percent(confidence)} interval ${short(lower)} to ${short(upper)}`;
  const side = beyond(interval, tolerance.width);
  if (side === undefined) {
    const within = -tolerance.width <= lower && upper <= tolerance.width;
    return {
      classification: 'pass',
      reason: `${seen} ${within ? 'within' : 'not wholly beyond'} ${tolerance.text}${tiesNote(comparison, confidence)}`,
    };
  }
  const where = `${seen} wholly ${side === 'high' ? 'above' : 'below'} ${tolerance.text}`;
  if (!harmful(metric.direction, side)) {
    return {
      classification: 'pass',
      reason: `${where}, which direction ${metric.direction} does not mind`,
    };
  }
  const passes = effectPasses(effectSize, effect, side);
  return {
    classification: passes ? side : 'pass',
    reason: `${where}${effectNote(effect, effectSize, side, passes)}`,
  };
}

function beyond([lower, upper]: readonly [number, number], width: number) {
  if (lower > width) return 'high';
  return upper < -width ? 'low' : undefined;
}

const harmful = (direction: CanaryMetric['direction'], side: 'high' | 'low'): boolean =>
  direction === 'either' || direction === (side === 'high' ? 'increase' : 'decrease');

function effectNote(
  effect: EffectSizePolicy,
  size: number | null,
  side: 'high' | 'low',
  passes: boolean,
): string {
  const threshold = effect[side];
  if (threshold === undefined) return '';
  if (size === null) return `, ${effect.measure} has no number: not asked`;
  const sign = side === 'high' ? (passes ? '>=' : '<') : passes ? '<=' : '>';
  return `, ${effect.measure} ${short(size)} ${sign} ${threshold}`;
}

/** A difference that the ranks see while the median of all differences does not move: too many equal values. */
function tiesNote({ pValue, interval: [lower, upper] }: Comparison, confidence: number): string {
  if (pValue >= 1 - confidence || lower > 0 || upper < 0) return '';
  return ', though the samples differ: too many equal values for a shift, a finer metric would show it';
}
