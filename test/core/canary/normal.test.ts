import { expect, it } from 'vitest';
import { upperQuantile, upperTail } from '../../../lambdas/core/canary/normal.ts';

/** R 4.2.2: `pnorm(z, lower.tail = FALSE)`. */
const tails: readonly (readonly [number, number])[] = [
  [0, 0.5],
  [0.1, 0.46017216272297101],
  [0.5, 0.30853753872598694],
  [1, 0.15865525393145705],
  [1.5, 0.066807201268858071],
  [2.4, 0.0081975359245961346],
  [2.5, 0.0062096653257761349],
  [2.6, 0.0046611880237187476],
  [3, 0.0013498980316300946],
  [5, 2.8665157187919391e-7],
  [8, 6.2209605742717849e-16],
  [12, 1.776482112077679e-33],
  [20, 2.7536241186062337e-89],
  [37, 5.7255712225245771e-300],
];

it.each(tails)('above %d lies what R says', (z, tail) => {
  expect(Math.abs(upperTail(z) / tail - 1)).toBeLessThan(1e-12);
});

it('far out it is 0, never NaN', () => {
  for (const z of [39, 100, 1e300, Number.POSITIVE_INFINITY]) expect(upperTail(z)).toBe(0);
});

/** R 4.2.2: `qnorm(tail, lower.tail = FALSE)`. */
const quantiles: readonly (readonly [number, number])[] = [
  [0.5, 0],
  [0.4, 0.25334710313579978],
  [0.1, 1.2815515655446008],
  [0.05, 1.6448536269514726],
  [0.025, 1.9599639845400538],
  [0.01, 2.3263478740408408],
  [0.005, 2.5758293035488999],
  [0.0005, 3.2905267314918945],
  [1e-6, 4.7534243088228987],
  [1e-12, 7.0344838253011321],
  [1e-300, 37.047096299361201],
];

it.each(quantiles)('a tail of %d begins where R says', (tail, z) => {
  expect(Math.abs(upperQuantile(tail) - z)).toBeLessThan(1e-12 * (1 + z));
});
