import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSamples, smallestPValue } from '../../../lambdas/core/canary/mann-whitney.ts';
import { references } from './references.ts';

const compare = (baseline: readonly number[], canary: readonly number[], confidence = 0.98) =>
  compareSamples(Float64Array.from(baseline).sort(), Float64Array.from(canary).sort(), confidence);

const near = (value: number, expected: number, share = 1e-9) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(
    share * Math.max(1e-300, Math.abs(expected)) + 1e-12 * Number(expected === 0),
  );

describe('compared with R', () => {
  it.each(references)('$name', ({ baseline, canary, confidence, ...expected }) => {
    const found = compare(baseline, canary, confidence);
    expect(found.u).toBe(expected.u);
    near(found.pValue, expected.pValue);
    near(found.shift, expected.shift);
    near(found.interval[0], expected.interval[0]);
    near(found.interval[1], expected.interval[1]);
  });

  const made = (count: number, make: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => make(index + 1));
  const i = (index: number) => (index * 7919) % 1009;
  const j = (index: number) => (index * 104_729) % 997;
  /** As above, of samples that a formula makes, 300 against 200. */
  const large = [
    {
      name: 'without ties within a sample',
      baseline: made(300, (n) => i(n) / 10),
      canary: made(200, (n) => j(n) / 10 + 5),
      confidence: 0.98,
      expected: [31_877, 0.235772625277728, -3.2, 9.5, 3.2],
    },
    {
      // R's own search answers 1.9e-13 for the lower end, or 1.7e-5 at its usual tolerance.
      name: 'of seven values: the lower end is 0',
      baseline: made(300, (n) => (n * 7919) % 7),
      canary: made(200, (n) => ((n * 104_729) % 6) + 1),
      confidence: 0.98,
      expected: [34_372, 0.00522496724328555, 0, 1, 1],
    },
    {
      name: 'with a long tail',
      baseline: made(300, (n) => Math.exp(i(n) / 200)),
      canary: made(200, (n) => 1.1 * Math.exp(j(n) / 200)),
      confidence: 0.99,
      expected: [30_093, 0.953395189001597, -2.6869133547, 2.57866532729, 0.0266743305864],
    },
    {
      name: 'negative and large',
      baseline: made(300, (n) => -(i(n) ** 2)),
      canary: made(200, (n) => -(j(n) ** 2) + 1e5),
      confidence: 0.95,
      expected: [38_042.5, 3.75198363837984e-7, 78_020, 151_888, 110_000],
    },
  ] as const;
  it.each(large)('$name', ({ baseline, canary, confidence, expected }) => {
    const { u, pValue, interval, shift } = compare(baseline, canary, confidence);
    for (const [at, value] of [u, pValue, ...interval, shift].entries()) {
      near(value, expected[at] ?? Number.NaN);
    }
  });
});

/** The documentation of scipy.stats.mannwhitneyu: ages at which diabetes was found, `method="asymptotic"`. */
it('compared with the example of SciPy', () => {
  const { u, pValue } = compare([20, 11, 17, 12], [19, 22, 16, 29, 24]);
  expect(u).toBe(17);
  near(pValue, 0.11134688653314041, 1e-13);
});

/** Kayenta's MannWhitneySuite, "returns expected values". */
it('compared with the example of Kayenta', () => {
  expect(compare([1, 2, 3, 4], [10, 20, 30, 40], 0.95)).toMatchObject({
    interval: [6, 39],
    shift: 22.5,
  });
});

describe('where R has no answer', () => {
  it('samples that are all tied do not differ', () => {
    const same = { u: 18, pValue: 1, shift: 0, interval: [0, 0] };
    expect(compare([5, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 5])).toEqual(same);
  });

  it('samples without variance differ by what they differ by', () => {
    const { u, pValue, shift, interval } = compare(Array(10).fill(5), Array(10).fill(7));
    expect({ u, shift, interval }).toEqual({ u: 100, shift: 2, interval: [2, 2] });
    // R answers this p-value, and NaN for the interval.
    near(pValue, 1.593791168806627e-5);
  });

  it('the smallest numbers are told apart', () => {
    const tiny = compare(Array(9).fill(5e-324), Array(9).fill(1e-323));
    expect(tiny).toMatchObject({ shift: 5e-324, interval: [5e-324, 5e-324] });
  });

  it('the largest numbers give numbers', () => {
    const { pValue, shift, interval } = compare([1.7e308, -1.7e308, 0], [1.7e308, -1.7e308]);
    for (const value of [pValue, shift, ...interval]) expect(Number.isFinite(value)).toBe(true);
  });
});

describe('laws', () => {
  const samples = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 });
  const confidence = fc.constantFrom(0.5, 0.8, 0.9, 0.95, 0.98, 0.99);
  const check = (
    law: (baseline: readonly number[], canary: readonly number[], confidence: number) => void,
  ) => fc.assert(fc.property(samples, samples, confidence, law));
  const negated = (value: number) => -value + 0;

  it('symmetry: exchanged sides see the opposite shift, with the same p-value', () => {
    check((baseline, canary, level) => {
      const one = compare(baseline, canary, level);
      const other = compare(canary, baseline, level);
      expect(other.u).toBe(baseline.length * canary.length - one.u);
      expect(other.pValue).toBe(one.pValue);
      expect(other.shift).toBe(negated(one.shift));
      expect(other.interval).toEqual([negated(one.interval[1]), negated(one.interval[0])]);
    });
  });

  it('permutation: the order of the samples changes nothing', () => {
    check((baseline, canary, level) => {
      const turned = compare(
        baseline.toReversed(),
        [...canary.slice(3), ...canary.slice(0, 3)],
        level,
      );
      expect(turned).toEqual(compare(baseline, canary, level));
    });
  });

  it('translation: what is added to the canary is added to the shift and its interval', () => {
    check((baseline, canary, level) => {
      const one = compare(baseline, canary, level);
      const moved = compare(
        baseline,
        canary.map((value) => value + 17),
        level,
      );
      expect(moved.shift).toBe(one.shift + 17);
      expect(moved.interval).toEqual(one.interval.map((end) => end + 17));
      expect(moved.u).toBeGreaterThanOrEqual(one.u);
    });
  });

  it('scale: both sides in another unit give the shift in that unit, with the same p-value', () => {
    check((baseline, canary, level) => {
      const one = compare(baseline, canary, level);
      const scaled = compare(
        baseline.map((value) => value * 1024),
        canary.map((value) => value * 1024),
        level,
      );
      expect(scaled.u).toBe(one.u);
      expect(scaled.pValue).toBe(one.pValue);
      expect(scaled.shift).toBe(one.shift * 1024);
      expect(scaled.interval).toEqual(one.interval.map((end) => end * 1024));
    });
  });

  it('monotony: no canary value that rises lowers U or the shift', () => {
    fc.assert(
      fc.property(samples, samples, fc.nat(), fc.nat(100), (baseline, canary, place, rise) => {
        const risen = canary.map((value, at) =>
          at === place % canary.length ? value + rise : value,
        );
        expect(compare(baseline, risen).u).toBeGreaterThanOrEqual(compare(baseline, canary).u);
        expect(compare(baseline, risen).shift).toBeGreaterThanOrEqual(
          compare(baseline, canary).shift,
        );
      }),
    );
  });

  it('the interval contains the shift and widens with the confidence', () => {
    check((baseline, canary) => {
      const levels = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99].map((level) =>
        compare(baseline, canary, level),
      );
      for (const [at, { interval, shift }] of levels.entries()) {
        const [inner] = [levels[at - 1]?.interval ?? [shift, shift]];
        expect(interval[0]).toBeLessThanOrEqual(inner[0]);
        expect(interval[1]).toBeGreaterThanOrEqual(inner[1]);
      }
    });
  });

  it('whatever the numbers, the answer is of numbers, and p is a probability', () => {
    const any = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(any, any, (baseline, canary) => {
        const { u, pValue, shift, interval } = compare(baseline, canary);
        for (const value of [u, pValue, shift, ...interval])
          expect(value).toSatisfy(Number.isFinite);
        expect(pValue).toBeGreaterThanOrEqual(0);
        expect(pValue).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the smallest p-value of so many samples', () => {
  it('is that of samples that lie wholly apart', () => {
    for (const [n, m] of [
      [3, 3],
      [5, 5],
      [4, 20],
    ] as const) {
      const low = Array.from({ length: n }, (_, index) => index);
      const high = Array.from({ length: m }, (_, index) => 100 + index);
      near(smallestPValue(n, m), compare(low, high).pValue, 1e-14);
    }
  });

  it('one sample never has one below 0.08, however many there are on the other side', () => {
    for (const m of [1, 2, 10, 1_000, 1_000_000]) {
      expect(smallestPValue(1, m)).toBeGreaterThan(0.08);
      expect(smallestPValue(m, 1)).toBe(smallestPValue(1, m));
    }
  });
});
