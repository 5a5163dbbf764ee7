import type { EffectSizePolicy } from './policy.ts';
import { meanOf } from './samples.ts';

/**
 * How large a difference is, in a measure without units. Null where a mean ratio says nothing: to a mean of 0, unless both
 * are 0, and to a negative one, whose ratio falls when the canary rises.
 */
export function effectSizeOf(
  measure: EffectSizePolicy['measure'],
  baseline: Float64Array,
  canary: Float64Array,
  u: number,
): number | null {
  if (measure === 'cles') return u / (baseline.length * canary.length);
  const [before, now] = [meanOf(baseline), meanOf(canary)];
  if (before === 0 && now === 0) return 1;
  if (before <= 0) return null;
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, now / before)) + 0;
}

/**
 * Whether an effect is large enough to call a metric high or low. One that has no number does not stand in the way: the
 * interval alone decides then, since a baseline of no errors at all must not excuse the canary's.
 */
export function effectPasses(
  effect: number | null,
  { high, low }: Pick<EffectSizePolicy, 'high' | 'low'>,
  side: 'high' | 'low',
): boolean {
  if (effect === null) return true;
  if (side === 'high') return high === undefined || effect >= high;
  return low === undefined || effect <= low;
}
