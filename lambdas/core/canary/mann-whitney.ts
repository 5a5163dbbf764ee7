import { nthDifference } from './differences.ts';
import { upperQuantile, upperTail } from './normal.ts';
import { midpoint } from './samples.ts';

/**
 * The Mann-Whitney U test and the confidence interval of the Hodges-Lehmann shift that comes of inverting it: the
 * normal approximation with tie and continuity corrections, as `wilcox.test(canary, baseline, conf.int = TRUE,
 * exact = FALSE)` of R defines them, for samples of every size. Where R searches the ends of the interval with a
 * tolerance of 1e-4, these are the very differences at which the test's answer changes.
 * @see https://stat.ethz.ch/R-manual/R-devel/library/stats/html/wilcox.test.html
 */
export interface Comparison {
  /** Pairs in which the canary is the larger one; a tie is half a pair. */
  readonly u: number;
  /** Two-sided. 1 when all values are the same. */
  readonly pValue: number;
  /** Median of all differences canary - baseline. */
  readonly shift: number;
  /** Of the shift. Samples so few that the test could not reject any shift have all differences in it, as in R. */
  readonly interval: readonly [number, number];
}

/** Both samples sorted, finite and not empty. `confidence` between 0 and 1. */
export function compareSamples(
  baseline: Float64Array,
  canary: Float64Array,
  confidence: number,
): Comparison {
  const pairs = baseline.length * canary.length;
  const u = pairsAbove(baseline, canary);
  const end = Math.max(1, lowerRank(baseline, canary, confidence));
  const [upperMiddle, lowerMiddle] = [Math.floor(pairs / 2) + 1, Math.ceil(pairs / 2)];
  const differenceAt = (nth: number): number => nthDifference(canary, baseline, nth);
  const lower = differenceAt(lowerMiddle);
  const upper = upperMiddle === lowerMiddle ? lower : differenceAt(upperMiddle);
  return {
    u,
    pValue: pValueOf(u, baseline, canary),
    shift: midpoint(lower, upper),
    interval: [differenceAt(end), differenceAt(pairs + 1 - end)],
  };
}

/**
 * The smallest p-value that samples of these sizes can have, ties aside. Ties shrink the approximation's deviation, so
 * that even a single sample beside constant ones would seem to prove something: sizes alone must be enough.
 */
export function smallestPValue(baselineCount: number, canaryCount: number): number {
  const farthest = (baselineCount * canaryCount) / 2 - 0.5;
  return Math.min(1, 2 * upperTail(farthest / deviationOfU(baselineCount, canaryCount, 0)));
}

function pairsAbove(baseline: Float64Array, canary: Float64Array): number {
  let [below, notAbove, count] = [0, 0, 0];
  for (const value of canary) {
    while (below < baseline.length && (baseline[below] ?? 0) < value) below += 1;
    while (notAbove < baseline.length && (baseline[notAbove] ?? 0) <= value) notAbove += 1;
    count += (below + notAbove) / 2;
  }
  return count;
}

function pValueOf(u: number, baseline: Float64Array, canary: Float64Array): number {
  const distance = Math.abs(u - (baseline.length * canary.length) / 2);
  const all = new Float64Array(baseline.length + canary.length);
  all.set(baseline);
  all.set(canary, baseline.length);
  const deviation = deviationOfU(baseline.length, canary.length, tieTerm(all.sort()));
  if (deviation === 0 || distance === 0) return 1;
  return Math.min(1, 2 * upperTail((distance - 0.5) / deviation));
}

/**
 * Which of the sorted differences is the lower end of the interval; below 1 when the test cannot reject any shift. With
 * k differences below a shift, U is `pairs - k` there and the shift is rejected as too small while
 * `pairs / 2 - k - 0.5 > z · deviation`. Between differences only ties within a sample are ties.
 */
function lowerRank(baseline: Float64Array, canary: Float64Array, confidence: number): number {
  const [n, m] = [baseline.length, canary.length];
  const deviation = deviationOfU(n, m, tieTerm(baseline) + tieTerm(canary));
  const z = upperQuantile((1 - confidence) / 2);
  return Math.ceil((n * m) / 2 - 0.5 - z * deviation);
}

function deviationOfU(n: number, m: number, ties: number): number {
  const all = n + m;
  return Math.sqrt(Math.max(0, ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)))));
}

/** Sum of t³ - t over the runs of equal values, t their lengths. */
function tieTerm(sorted: Float64Array): number {
  let [sum, run] = [0, 0];
  for (let index = 0; index < sorted.length; index += 1) {
    run += 1;
    if (sorted[index] !== sorted[index + 1]) {
      sum += run ** 3 - run;
      run = 0;
    }
  }
  return sum;
}
