/**
 * The differences canary - baseline of all pairs, without ever making them: there are as many as the product of the
 * sample sizes. Both samples are sorted, so that counting the differences up to some number is one walk through both.
 */

/** Of finite numbers; one that is too large to be a number is the largest there is. Never -0. */
export function difference(canary: number, baseline: number): number {
  const exact = canary - baseline + 0;
  if (exact > Number.MAX_VALUE) return Number.MAX_VALUE;
  return exact < -Number.MAX_VALUE ? -Number.MAX_VALUE : exact;
}

interface Around {
  readonly atMostCount: number;
  /** The nearest differences on both sides of the pivot: infinite where there is none. */
  readonly atMost: number;
  readonly above: number;
}

function around(canary: Float64Array, baseline: Float64Array, pivot: number): Around {
  let atMostCount = 0;
  let atMost = Number.NEGATIVE_INFINITY;
  let above = Number.POSITIVE_INFINITY;
  // The first baseline value whose difference is at most the pivot. It never falls, since canary values rise.
  let first = 0;
  for (const value of canary) {
    while (first < baseline.length && difference(value, baseline[first] ?? 0) > pivot) first += 1;
    if (first < baseline.length) {
      atMost = Math.max(atMost, difference(value, baseline[first] ?? 0));
      atMostCount += baseline.length - first;
    }
    if (first > 0) above = Math.min(above, difference(value, baseline[first - 1] ?? 0));
  }
  return { atMostCount, atMost, above };
}

/**
 * The n-th smallest (from 1) of all differences; exactly one of them, nothing is rounded or sampled. Each round halves
 * the range in which it lies and moves both ends onto differences, so that it ends after about as many rounds as a double
 * has bits: O((n + m) · 60) for samples of one magnitude, where sorting all differences takes O(n·m·log(n·m)).
 */
export function nthDifference(canary: Float64Array, baseline: Float64Array, nth: number): number {
  let low = difference(canary[0] ?? 0, baseline.at(-1) ?? 0);
  let high = difference(canary.at(-1) ?? 0, baseline[0] ?? 0);
  while (low < high) {
    const middle = low / 2 + high / 2;
    const pivot = middle >= low && middle < high ? middle : low;
    const { atMostCount, atMost, above } = around(canary, baseline, pivot);
    if (atMostCount >= nth) high = atMost;
    else low = above;
  }
  return low;
}
