import { judgeCanary } from '../../lambdas/core/canary/judge-canary.ts';
import type { CanaryMetric, CanaryPolicy } from '../../lambdas/core/canary/policy.ts';
import { makeRandom } from '../../simulator/random.ts';
import { type Measurement, median } from './measurement.ts';

/**
 * Invented releases whose truth is known: how often is a good one not let through, and how often is a bad one? An hour
 * of five metrics, a sample a minute from the canary and from the baseline; in a bad release the latency is so much higher.
 */

const MINUTES = 60;
const SEED = 1;
export const RELEASES = 1_000;

/** Standard normal, by Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** How often something of which `mean` are expected happens, by Knuth's multiplication. */
function poisson(random: () => number, mean: number): number {
  const limit = Math.exp(-mean);
  let [count, product] = [0, random()];
  while (product > limit) {
    count += 1;
    product *= random();
  }
  return count;
}

const minutes = (sample: (minute: number) => number): readonly number[] =>
  Array.from({ length: MINUTES }, (_, minute) => sample(minute));

/** A value that remembers most of its last one, as memory does: neighbouring samples are alike. */
function drifting(random: () => number, mean: number, spread: number): readonly number[] {
  const memory = 0.5;
  let away = normal(random);
  return minutes(() => {
    away = memory * away + Math.sqrt(1 - memory ** 2) * normal(random);
    return mean + spread * away;
  });
}

/** `slower`: by what share the canary's latency is higher. `run`: which release of a kind it is. */
export function inventedRelease(
  run: number,
  slower: number,
  tolerance: number,
): readonly CanaryMetric[] {
  const random = makeRandom(SEED, `canary-${run}`);
  // Traffic rises and falls, for both alike: they are watched over the same hour.
  const day = 1 + 0.2 * Math.sin(random() * 2 * Math.PI);
  const pair = (one: (share: number) => readonly number[]) => ({
    baseline: one(0),
    canary: one(slower),
  });
  const increase = { direction: 'increase', tolerance } as const;
  return [
    {
      ...{ name: 'latency', group: 'latency', ...increase },
      ...pair((share) => minutes(() => 100 * day * (1 + share) * Math.exp(0.15 * normal(random)))),
    },
    {
      ...{ name: 'latency-p99', group: 'latency', ...increase },
      ...pair((share) => minutes(() => 400 * day * (1 + share) * Math.exp(0.35 * normal(random)))),
    },
    {
      ...{ name: 'errors', group: 'errors', ...increase },
      ...pair(() => minutes(() => poisson(random, 4 * day))),
    },
    {
      ...{ name: 'cpu', group: 'machine', ...increase },
      ...pair(() => minutes(() => 40 * day + 4 * normal(random))),
    },
    {
      ...{ name: 'memory', group: 'machine', ...increase },
      ...pair(() => drifting(random, 55, 2)),
    },
  ];
}

export interface Rule {
  readonly name: string;
  readonly tolerance: number;
  readonly toleranceOf: 'baseline' | 'shift';
}

export const RULES: readonly Rule[] = [
  { name: 'tolerance 0', tolerance: 0, toleranceOf: 'baseline' },
  { name: 'tolerance 0.05', tolerance: 0.05, toleranceOf: 'baseline' },
  { name: 'tolerance 0.1', tolerance: 0.1, toleranceOf: 'baseline' },
  { name: '0.25 of the shift', tolerance: 0.25, toleranceOf: 'shift' },
];
export const SLOWER = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3] as const;

const POLICY = { pass: 95, marginal: 75, confidence: 0.98, minimumSamples: 30 } as const;

/** Of so many releases those that are not green: false alarms where nothing is slower, else what is caught. */
export function heldBack(rule: Rule, slower: number, releases: number = RELEASES): number {
  const policy: CanaryPolicy = { ...POLICY, toleranceOf: rule.toleranceOf };
  let held = 0;
  for (let run = 0; run < releases; run += 1) {
    const { verdict } = judgeCanary(inventedRelease(run, slower, rule.tolerance), policy);
    if (verdict !== 'green') held += 1;
  }
  return held;
}

/** As the gate looks, every five minutes: from the least samples that it takes on. */
const LOOKS = Array.from({ length: 11 }, (_, look) => 10 + 5 * look);

/** Of so many releases those that are red at one look or more, which ends a rollout at once. */
export function redAtSomeLook(rule: Rule, slower: number, releases: number = RELEASES): number {
  const policy: CanaryPolicy = { ...POLICY, minimumSamples: 10, toleranceOf: rule.toleranceOf };
  let red = 0;
  for (let run = 0; run < releases; run += 1) {
    const whole = inventedRelease(run, slower, rule.tolerance);
    const seen = LOOKS.some((minute) => {
      const metrics = whole.map((metric) => ({
        ...metric,
        baseline: metric.baseline.slice(0, minute),
        canary: metric.canary.slice(0, minute),
      }));
      return judgeCanary(metrics, policy).verdict === 'red';
    });
    if (seen) red += 1;
  }
  return red;
}

/** For the bench: the rule that the documentation advises, without any regression and with one of a fifth. */
export async function measureCanaryVerdicts(): Promise<readonly Measurement[]> {
  const [, advised] = RULES;
  if (advised === undefined) throw new Error('expected a second rule');
  const detail = `of ${RELEASES} invented releases, five metrics of ${MINUTES} samples on each side, tolerance 0.05, confidence ${POLICY.confidence}`;
  return [
    {
      name: 'canary analysis: false alarms, noise alone',
      value: (heldBack(advised, 0) * 100) / RELEASES,
      unit: '%',
      limit: { atMost: 1 },
      detail,
    },
    {
      name: 'canary analysis: misses, latency 20 % higher',
      value: 100 - (heldBack(advised, 0.2) * 100) / RELEASES,
      unit: '%',
      limit: { atMost: 1 },
      detail,
    },
    ...measureJudge(),
  ];
}

const RUNS = 200;

/** 20 metrics, 60 samples, two sides. */
function measureJudge(): readonly Measurement[] {
  const metrics = [0, 1, 2, 3].flatMap((run) => inventedRelease(run, 0, 0.05));
  const times: number[] = [];
  for (let run = 0; run < 2 * RUNS; run += 1) {
    const begunMs = performance.now();
    judgeCanary(metrics, POLICY);
    times.push(performance.now() - begunMs);
  }
  return [
    {
      name: `canary analysis of ${metrics.length} metrics`,
      value: median(times.slice(RUNS)),
      unit: 'ms',
      limit: { atMost: 10 },
      detail: `median of ${RUNS} after ${RUNS}; ${MINUTES} samples on each side of a metric`,
    },
  ];
}
