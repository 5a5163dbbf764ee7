import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeMetric } from '../../../lambdas/core/canary/judge-metric.ts';
import type { CanaryMetric, Sample } from '../../../lambdas/core/canary/policy.ts';
import { meanOf, medianOf, pooled, sampleSet } from '../../../lambdas/core/canary/samples.ts';

const POLICY = { confidence: 0.98, minimumSamples: 10 } as const;
/** Twelve samples with the median 100. */
const USUAL = [101, 99, 103, 98, 100, 102, 97, 104, 100, 99, 101, 96];
const plus = (shift: number): readonly number[] => USUAL.map((value) => value + shift);
const all = (value: Sample, length = 12): readonly Sample[] => Array.from({ length }, () => value);
const aMetric = (changed: Partial<CanaryMetric> = {}): CanaryMetric => ({
  name: 'latency',
  baseline: USUAL,
  canary: USUAL,
  direction: 'either',
  ...changed,
});
const judged = (
  changed: Partial<CanaryMetric>,
  policy: Partial<Parameters<typeof judgeMetric>[1]> = {},
) => judgeMetric(aMetric(changed), { ...POLICY, ...policy });

describe('a metric', () => {
  // The interval of samples that are moved by s is s - 3 to s + 3.
  const rows: readonly [string, Partial<CanaryMetric>, string, string][] = [
    [
      'passes when both sides are the same',
      {},
      'pass',
      "shift 0, 98 % interval -3 to 3 not wholly beyond tolerance 0 (0 % of the baseline's median 100); 12 samples against 12, p 1",
    ],
    [
      'passes while the interval touches the tolerance',
      { canary: plus(8), tolerance: 0.05 },
      'pass',
      "shift 8, 98 % interval 5 to 11 not wholly beyond tolerance 5 (5 % of the baseline's median 100); 12 samples against 12, p 0.00004035",
    ],
    [
      'is high when the interval is wholly beyond it',
      { canary: plus(9), tolerance: 0.05 },
      'high',
      "shift 9, 98 % interval 6 to 12 wholly above tolerance 5 (5 % of the baseline's median 100); 12 samples against 12, p 0.00003574",
    ],
    [
      'is low when it falls as far',
      { canary: plus(-9), tolerance: 0.05 },
      'low',
      "shift -9, 98 % interval -12 to -6 wholly below tolerance 5 (5 % of the baseline's median 100); 12 samples against 12, p 0.00003574",
    ],
    [
      'says that a change within the tolerance was seen',
      { canary: plus(4), tolerance: 0.1 },
      'pass',
      "shift 4, 98 % interval 1 to 7 within tolerance 10 (10 % of the baseline's median 100); 12 samples against 12, p 0.00143",
    ],
    [
      'passes when the change is the other way',
      { canary: plus(-9), direction: 'increase' },
      'pass',
      "shift -9, 98 % interval -12 to -6 wholly below tolerance 0 (0 % of the baseline's median 100), which direction increase does not mind; 12 samples against 12, p 0.00003574",
    ],
    [
      'is high at exactly the threshold of the effect size',
      { canary: plus(25), effectSize: { measure: 'meanRatio', high: 1.25 } },
      'high',
      "shift 25, 98 % interval 22 to 28 wholly above tolerance 0 (0 % of the baseline's median 100), meanRatio 1.25 >= 1.25; 12 samples against 12, p 0.00003574",
    ],
    [
      'passes one past it',
      { canary: plus(24), effectSize: { measure: 'meanRatio', high: 1.25 } },
      'pass',
      "shift 24, 98 % interval 21 to 27 wholly above tolerance 0 (0 % of the baseline's median 100), meanRatio 1.24 < 1.25; 12 samples against 12, p 0.00003574",
    ],
    [
      'passes a significant change of little effect',
      { canary: plus(-4), effectSize: { measure: 'cles', low: 0.1 } },
      'pass',
      "shift -4, 98 % interval -7 to -1 wholly below tolerance 0 (0 % of the baseline's median 100), cles 0.1146 > 0.1; 12 samples against 12, p 0.00143",
    ],
  ];
  it.each(rows)('%s', (_, changed, classification, reason) => {
    expect(judged(changed)).toMatchObject({ classification, reason });
  });

  it('answers every number of its contract, in its order', () => {
    const found = judged({ canary: plus(9), critical: true });
    expect(Object.keys(found)).toEqual([
      ...['name', 'classification', 'critical', 'u', 'pValue', 'interval', 'shift'],
      ...['effectSize', 'reason'],
    ]);
    expect(found).toMatchObject({ name: 'latency', critical: true, u: 144, interval: [6, 12] });
    expect(found.effectSize).toBeCloseTo(1.09, 12);
    expect(Object.keys(judged({ canary: [] }))).toEqual(Object.keys(found));
  });

  it('measures the tolerance by the shift where asked, as Kayenta does', () => {
    const policy = { toleranceOf: 'shift' } as const;
    expect(judged({ canary: plus(5), tolerance: 0.25 }, policy)).toMatchObject({
      classification: 'high',
      reason: expect.stringContaining('2 to 8 wholly above tolerance 1.25 (25 % of the shift 5)'),
    });
    expect(judged({ canary: plus(5), tolerance: 0.4 }, policy).classification).toBe('pass');
  });

  it('of the shift lets a worse canary pass, of the baseline it does not', () => {
    const worse = { canary: USUAL.map((value, at) => value + (at % 2 === 0 ? 100 : 5)) };
    expect(judged({ canary: plus(5), tolerance: 0.25 }, { toleranceOf: 'shift' })).toMatchObject({
      classification: 'high',
    });
    expect(judged({ ...worse, tolerance: 0.25 }, { toleranceOf: 'shift' })).toMatchObject({
      classification: 'pass',
    });
    for (const changed of [{ canary: plus(5) }, worse]) {
      expect(judged({ ...changed, tolerance: 0.015 }).classification).toBe('high');
    }
  });

  it('judges samples without any variance by what they differ by', () => {
    const changed = { baseline: all(5), canary: all(7) };
    expect(judged({ ...changed, tolerance: 0.39 }).classification).toBe('high');
    expect(judged({ ...changed, tolerance: 0.41 }).classification).toBe('pass');
    expect(judged({ baseline: all(5), canary: all(5) })).toMatchObject({
      ...{ classification: 'pass', pValue: 1, interval: [0, 0] },
      reason: expect.stringContaining('interval 0 to 0 within tolerance 0'),
    });
  });

  it('is not moved by an outlier, which no one removes either', () => {
    expect(judged({ canary: [...USUAL.slice(1), 1e12] }).classification).toBe('pass');
    const burst = [...USUAL.slice(6), ...all(900, 6)];
    expect(judged({ canary: burst, effectSize: { measure: 'cles' } }).effectSize).toBeGreaterThan(
      0.7,
    );
  });

  it('says so when equal values hide a difference from the shift', () => {
    const errors = (count: number) => [...all(1, count), ...all(0, 60 - count)];
    const found = judged({ baseline: errors(1), canary: errors(15) });
    expect(found).toMatchObject({ classification: 'pass', interval: [0, 0] });
    expect(found.reason).toContain('too many equal values for a shift');
  });
});

describe('an effect without a number', () => {
  it.each([
    ['a baseline of no errors', all(0), all(3)],
    ['a negative baseline', all(-3), all(-1)],
  ])('of %s excuses nothing', (_, baseline, canary) => {
    const effectSize = { measure: 'meanRatio', high: 1.5, low: 0.5 } as const;
    expect(judged({ baseline, canary, effectSize })).toMatchObject({
      ...{ classification: 'high', effectSize: null },
      reason: expect.stringContaining('meanRatio has no number: not asked'),
    });
  });

  it('is none when both means are 0', () => {
    expect(judged({ baseline: all(0), canary: all(0) }).effectSize).toBe(1);
  });
});

describe('too little to tell is no data', () => {
  const rows: readonly [string, Partial<CanaryMetric>, string][] = [
    ['no sample at all', { canary: [] }, 'no value in 0 periods of the canary'],
    ['no baseline', { baseline: [null] }, 'no value in 1 period of the baseline'],
    ['gaps alone', { canary: all(null) }, 'no value in 12 periods of the canary'],
    [
      'gaps alone, though gaps count as zeros',
      { canary: all(null), nanStrategy: 'zero' },
      'no value in 12 periods of the canary',
    ],
    [
      'one sample less than asked for',
      { canary: USUAL.slice(0, 9) },
      '9 samples of the canary < minimumSamples 10; 9 samples against 12, p 0.7203',
    ],
    [
      'samples that are no numbers',
      { canary: [...USUAL, Number.POSITIVE_INFINITY] },
      '1 sample of the canary infinite; 12 samples against 12, p 1',
    ],
  ];
  it.each(rows)('%s', (_, changed, reason) => {
    expect(judged(changed)).toMatchObject({ classification: 'no-data', reason });
  });

  it('as many samples as asked for are enough', () => {
    expect(judged({ canary: USUAL.slice(0, 10) }).classification).toBe('pass');
  });

  it('so few samples that nothing could be seen in them, whatever minimum was asked for', () => {
    const few = { baseline: all(1, 4), canary: all(9, 4) };
    expect(judged(few, { minimumSamples: 1 })).toMatchObject({
      classification: 'no-data',
      reason:
        'so few samples cannot tell anything with confidence 0.98: their p-value is at least 0.03038; 4 samples against 4, p 0.01312',
    });
    expect(judged(few, { minimumSamples: 1, confidence: 0.95 }).classification).toBe('high');
    const one = { baseline: all(1, 1_000), canary: [9] };
    expect(judged(one, { minimumSamples: 1 }).classification).toBe('no-data');
  });
});

describe('samples', () => {
  it('gaps are left out, or count as zeros', () => {
    const gappy = [3, null, Number.NaN, 1];
    expect([...sampleSet(gappy).values]).toEqual([1, 3]);
    expect([...sampleSet(gappy, 'zero').values]).toEqual([0, 0, 1, 3]);
  });

  it('of several instances are pooled in whatever order', () => {
    const [one, two] = [USUAL.slice(0, 5), USUAL.slice(5)];
    expect(judged({ canary: pooled([two, one]) })).toEqual(judged({ canary: pooled([one, two]) }));
    expect(sampleSet(pooled([[1, null], [], [2]])).values).toHaveLength(2);
  });

  it('have a median and a mean that no sum spoils', () => {
    const large = Float64Array.from([1.5e308, 1.7e308]);
    expect(medianOf(large)).toBe(1.6e308);
    expect(meanOf(large)).toBe(1.6e308);
    expect(medianOf(Float64Array.from([1, 2, 9]))).toBe(2);
  });
});

describe('laws', () => {
  const sample = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -20, max: 20 }) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.double() },
  );
  const samples = fc.array(sample, { maxLength: 40 });
  const metrics: fc.Arbitrary<CanaryMetric> = fc.record({
    name: fc.constant('any'),
    baseline: samples,
    canary: samples,
    direction: fc.constantFrom('increase', 'decrease', 'either'),
    tolerance: fc.constantFrom(0, 0.05, 0.5),
    effectSize: fc.constantFrom(
      undefined,
      { measure: 'meanRatio', high: 1.1, low: 0.9 } as const,
      { measure: 'cles', high: 0.6, low: 0.4 } as const,
    ),
    nanStrategy: fc.constantFrom(undefined, 'remove', 'zero'),
  });
  const policies = fc.record({
    confidence: fc.constantFrom(0.8, 0.95, 0.98),
    minimumSamples: fc.constantFrom(1, 5),
    toleranceOf: fc.constantFrom(undefined, 'baseline', 'shift'),
  });
  const numbersOf = ({ u, pValue, shift, effectSize, interval }: ReturnType<typeof judgeMetric>) =>
    [u, pValue, shift, effectSize, ...(interval ?? [])].filter((value) => value !== null);

  it('whatever the samples, there is an answer of finite numbers and a reason', () => {
    fc.assert(
      fc.property(metrics, policies, (metric, policy) => {
        const found = judgeMetric(metric, policy);
        for (const value of numbersOf(found)) expect(value).toSatisfy(Number.isFinite);
        expect(found.reason).not.toMatch(/NaN|undefined/);
        expect(found.reason.length).toBeGreaterThan(10);
        expect(judgeMetric(metric, policy)).toEqual(found);
      }),
    );
  });

  it('symmetry: what is high the one way round is low the other, where no side sets the measure', () => {
    fc.assert(
      fc.property(
        samples,
        samples,
        policies,
        (baseline, canary, { confidence, minimumSamples }) => {
          const policy = { confidence, minimumSamples };
          const one = judgeMetric(aMetric({ baseline, canary }), policy).classification;
          const other = judgeMetric(aMetric({ baseline: canary, canary: baseline }), policy);
          const opposite = {
            high: 'low',
            low: 'high',
            pass: 'pass',
            'no-data': 'no-data',
          } as const;
          expect(other.classification).toBe(opposite[one]);
        },
      ),
    );
  });

  it('scale: another unit changes no classification', () => {
    const finite = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(metrics, finite, finite, policies, (metric, baseline, canary, policy) => {
        const one = judgeMetric({ ...metric, baseline, canary }, policy);
        const scaled = {
          baseline: baseline.map((v) => v * 1024),
          canary: canary.map((v) => v * 1024),
        };
        const other = judgeMetric({ ...metric, ...scaled }, policy);
        expect(other.classification).toBe(one.classification);
        expect(other.effectSize).toBe(one.effectSize);
      }),
    );
  });

  it('monotony: a canary that is moved further up is never high no more', () => {
    const order = ['low', 'pass', 'high'];
    const finite = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(metrics, finite, finite, fc.nat(40), (metric, baseline, canary, rise) => {
        const either = { ...metric, baseline, direction: 'either' } as const;
        const policy = { confidence: 0.95, minimumSamples: 1 };
        const before = judgeMetric({ ...either, canary }, policy).classification;
        const moved = canary.map((value) => value + rise);
        const after = judgeMetric({ ...either, canary: moved }, policy).classification;
        expect(order.indexOf(after)).toBeGreaterThanOrEqual(order.indexOf(before));
      }),
    );
  });
});
