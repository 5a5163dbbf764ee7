import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, nthDifference } from '../../../lambdas/core/canary/differences.ts';

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();
const allDifferences = (canary: Float64Array, baseline: Float64Array): Float64Array =>
  sorted([...canary].flatMap((value) => [...baseline].map((other) => difference(value, other))));

const samplesOf = (value: fc.Arbitrary<number>) =>
  fc.array(value, { minLength: 1, maxLength: 25 }).map(sorted);
const kinds: readonly (readonly [string, fc.Arbitrary<number>])[] = [
  ['any finite numbers', fc.double({ noNaN: true, noDefaultInfinity: true })],
  ['numbers with many ties', fc.integer({ min: -3, max: 3 })],
  ['everyday numbers', fc.double({ min: 0, max: 1000, noNaN: true })],
  ['one number', fc.constant(0.1)],
  ['the largest and smallest numbers', fc.constantFrom(-1.7e308, -5e-324, 0, 5e-324, 1.7e308)],
];

describe('the n-th difference', () => {
  it.each(kinds)('of %s is what sorting all of them finds', (_, value) => {
    const cases = fc.record({
      canary: samplesOf(value),
      baseline: samplesOf(value),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ canary, baseline, place }) => {
        const all = allDifferences(canary, baseline);
        const index = Math.floor(place * all.length);
        expect(nthDifference(canary, baseline, index + 1)).toBe((all[index] ?? 0) + 0);
      }),
    );
  });

  it('of samples that span all magnitudes still ends', () => {
    const powers = sorted(Array.from({ length: 2_000 }, (_, index) => 2 ** (index - 1_000)));
    const pairs = powers.length ** 2;
    expect(nthDifference(powers, powers, pairs / 2)).toBe(0);
    expect(nthDifference(powers, powers, pairs)).toBe(2 ** 999 - 2 ** -1_000);
  });
});

it('a difference is never infinite and never -0', () => {
  expect(difference(1.7e308, -1.7e308)).toBe(Number.MAX_VALUE);
  expect(difference(-1.7e308, 1.7e308)).toBe(-Number.MAX_VALUE);
  expect(difference(-0, 0)).toBe(0);
});
