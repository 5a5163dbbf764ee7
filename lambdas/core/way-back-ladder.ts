import type { FleetPolicy, HealthyPercents } from './policy.ts';

/** How often the gentlest percentages are tried once more: capacity comes back. */
const REPEATS = 2;
const FIRST_PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 900;

/**
 * The percentages of the attempts to go back, in their order. First as the policy says, in bulk; then fewer instances
 * beside what runs (half of what was above 100, then none but one at a time); last, where the policy of either
 * direction allows less than `back.min`, terminating first. Never below the lower minimum of the two: that is the
 * share that the fleet keeps whatever happens. The last one is repeated.
 */
export function wayBackLadder(policy: FleetPolicy): readonly HealthyPercents[] {
  const { min, max } = policy.back;
  const lowestMin = Math.min(min, policy.forward.min);
  const steps: HealthyPercents[] = [
    { min, max },
    { min, max: 100 + Math.floor((max - 100) / 2) },
    { min, max: 100 },
    { min: lowestMin, max: 100 },
  ];
  const different = steps.filter((step, index) => {
    const before = steps[index - 1];
    return before === undefined || before.min !== step.min || before.max !== step.max;
  });
  const gentlest = different.at(-1) ?? { min, max };
  return [...different, ...Array.from({ length: REPEATS }, () => gentlest)];
}

/** The pause before an attempt (the first has none): doubling from one minute up to fifteen. */
export function pauseSeconds(attempts: number): number {
  if (attempts === 0) return 0;
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1));
}
