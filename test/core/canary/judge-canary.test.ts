import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCanary } from '../../../lambdas/core/canary/judge-canary.ts';
import type { CanaryMetric, CanaryPolicy } from '../../../lambdas/core/canary/policy.ts';

const POLICY: CanaryPolicy = { pass: 95, marginal: 75, confidence: 0.98, minimumSamples: 5 };
const STEADY = [10, 11, 12, 13, 14, 15, 16, 17];
const CANARY = {
  pass: STEADY,
  high: STEADY.map((value) => value + 100),
  low: STEADY.map((value) => value - 100),
  'no-data': [],
} as const;
type Classification = keyof typeof CANARY;

const aMetric = (is: Classification, changed: Partial<CanaryMetric> = {}): CanaryMetric => ({
  name: `m-${is}`,
  baseline: STEADY,
  canary: CANARY[is],
  direction: 'either',
  ...changed,
});
const times = (count: number, is: Classification, changed: Partial<CanaryMetric> = {}) =>
  Array.from({ length: count }, () => aMetric(is, changed));
const judged = (metrics: readonly CanaryMetric[], changed: Partial<CanaryPolicy> = {}) =>
  judgeCanary(metrics, { ...POLICY, ...changed });

describe('a verdict', () => {
  const critical = { critical: true };
  const rows: readonly [string, readonly CanaryMetric[], string, number, string][] = [
    [
      'is green when all pass',
      times(3, 'pass'),
      'green',
      100,
      'score 100 >= pass 95; 3 of 3 metrics pass, score 100',
    ],
    [
      'is green at exactly the score that passes',
      [...times(19, 'pass'), aMetric('high')],
      'green',
      95,
      'score 95 >= pass 95; 19 of 20 metrics pass, score 95; m-high high: shift 100',
    ],
    [
      'is inconclusive one past it',
      [...times(18, 'pass'), ...times(2, 'low')],
      'inconclusive',
      90,
      'score 90 < pass 95; 18 of 20 metrics pass, score 90; m-low low: ',
    ],
    [
      'is inconclusive at exactly the marginal score',
      [...times(3, 'pass'), aMetric('high')],
      'inconclusive',
      75,
      'score 75 < pass 95; 3 of 4 metrics pass',
    ],
    [
      'is red below it',
      [...times(2, 'pass'), aMetric('high')],
      'red',
      66.666666667,
      'score at best 66.67 < marginal 75; 2 of 3 metrics pass, score 66.67',
    ],
    [
      'is red for one critical metric among many',
      [...times(99, 'pass'), aMetric('high', critical)],
      'red',
      0,
      'critical m-high is high; 99 of 100 metrics pass, score 0',
    ],
    [
      'is inconclusive while a critical metric has no data, whatever the others say',
      [...times(99, 'pass'), aMetric('no-data', critical)],
      'inconclusive',
      0,
      'no data for critical m-no-data; 99 of 100 metrics pass, score 0; m-no-data no-data: no value in 0 periods of the canary',
    ],
    [
      'is red when what is missing could not help',
      [aMetric('pass'), ...times(2, 'high'), aMetric('no-data')],
      'red',
      25,
      'score at best 50 < marginal 75',
    ],
    [
      'is inconclusive when what is missing decides',
      [...times(3, 'pass'), ...times(2, 'no-data')],
      'inconclusive',
      60,
      'score 60 < marginal 75, 100 at best; 3 of 5 metrics pass, score 60; m-no-data no-data: no value',
    ],
    [
      'is green when what is missing decides nothing',
      [...times(19, 'pass'), aMetric('no-data')],
      'green',
      95,
      'score 95 >= pass 95',
    ],
    ['is inconclusive without any metric', [], 'inconclusive', 0, 'no metric to judge; 0 of 0'],
  ];
  it.each(rows)('%s', (_, metrics, verdict, score, reason) => {
    const found = judged(metrics);
    expect(found).toMatchObject({ verdict, score });
    expect(found.reason.slice(0, reason.length)).toBe(reason);
  });

  it('names three exceptions, what failed first, and counts the others', () => {
    const { reason } = judged([...times(3, 'no-data'), ...times(2, 'high')]);
    expect(reason.match(/m-[a-z-]+ (high|no-data):/g)).toEqual([
      ...['m-high high:', 'm-high high:', 'm-no-data no-data:'],
    ]);
    expect(reason).toMatch(/; and 2 more$/);
  });
});

describe('groups', () => {
  const inGroup = (group: string) => ({ group });
  const metrics = [
    ...times(2, 'pass', inGroup('latency')),
    ...times(3, 'pass', inGroup('errors')),
    aMetric('high', inGroup('errors')),
  ];

  it('weigh the same where no weights are given', () => {
    const { groups, score } = judged(metrics);
    expect(groups).toEqual({
      latency: { score: 100, weight: 1, metrics: 2, passed: 2, noData: 0 },
      errors: { score: 75, weight: 1, metrics: 4, passed: 3, noData: 0 },
    });
    expect(score).toBe(87.5);
  });

  it('count by the proportion of their weights', () => {
    for (const scale of [1, 20, 1e300, 1e-300]) {
      const weights = { latency: scale, errors: 4 * scale };
      expect(judged(metrics, { groups: weights }).score).toBe(80);
    }
  });

  it('of weight 0 count nothing, except for what is critical in them', () => {
    const groups = { latency: 1, errors: 0 };
    expect(judged(metrics, { groups })).toMatchObject({ score: 100, verdict: 'green' });
    const all = [...metrics, aMetric('low', { group: 'errors', critical: true })];
    expect(judged(all, { groups })).toMatchObject({ score: 0, verdict: 'red' });
    const none = judged(metrics, { groups: { latency: 0, errors: 0 } });
    expect(none.score).toBe(0);
  });

  it('may be called like anything', () => {
    const names = ['__proto__', 'constructor', 'toString', 'default'];
    const odd = names.map((group) => aMetric('pass', { group }));
    const { groups, score } = judged([...odd, aMetric('pass')]);
    expect(Object.keys(groups)).toEqual(names);
    expect(groups['default']).toMatchObject({ metrics: 2 });
    expect(score).toBe(100);
  });
});

it('thousands of metrics are judged like a few', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => aMetric('pass', { group: `g${at}` }));
  expect(judged(many)).toMatchObject({ score: 100, verdict: 'green' });
});

describe('laws', () => {
  const metric = fc
    .record({
      is: fc.constantFrom<Classification>('pass', 'high', 'low', 'no-data'),
      critical: fc.boolean(),
      group: fc.constantFrom(undefined, 'a', 'b'),
    })
    .map(({ is, critical, group }) => aMetric(is, { critical: critical && is !== 'pass', group }));
  const metrics = fc.array(metric, { minLength: 1, maxLength: 12 });
  const policy = fc.record({
    pass: fc.constantFrom(60, 95, 100),
    marginal: fc.constantFrom(0, 40, 60),
    groups: fc.constantFrom(undefined, { a: 3, b: 1, default: 2 }),
  });
  const check = (
    law: (metrics: readonly CanaryMetric[], policy: Partial<CanaryPolicy>, at: number) => void,
  ) =>
    fc.assert(
      fc.property(metrics, policy, fc.nat(), (all, by, place) => law(all, by, place % all.length)),
    );
  const BADNESS = ['green', 'inconclusive', 'red'] as const;

  it.each([
    ['nothing', { canary: [] }],
    ['gaps', { canary: [null, null, null, null, null, null] }],
    ['gaps that count as zeros', { canary: [null, null, null, null, null], nanStrategy: 'zero' }],
    ['a baseline of nothing', { baseline: [] }],
    ['a single sample', { canary: [10] }],
    ['infinite samples', { canary: [...STEADY, Number.NEGATIVE_INFINITY] }],
  ] as const)('%s in place of any data raises no score and makes nothing green', (_, absence) => {
    check((all, by, at) => {
      const before = judged(all, by);
      const after = judged(
        all.map((one, index) => (index === at ? { ...one, ...absence } : one)),
        by,
      );
      expect(after.score).toBeLessThanOrEqual(before.score);
      if (after.verdict === 'green') expect(before.verdict).toBe('green');
    });
  });

  it('a metric that fails instead of passing raises no score and mends no verdict', () => {
    check((all, by, at) => {
      const set = (is: Classification) =>
        judged(
          all.map((one, index) => (index === at ? { ...one, canary: CANARY[is] } : one)),
          by,
        );
      const [good, bad] = [set('pass'), set('high')];
      expect(bad.score).toBeLessThanOrEqual(good.score);
      expect(BADNESS.indexOf(bad.verdict)).toBeGreaterThanOrEqual(BADNESS.indexOf(good.verdict));
    });
  });

  it('the order of the metrics decides nothing', () => {
    check((all, by) => {
      const { score, verdict } = judged(all, by);
      expect(judged(all.toReversed(), by)).toMatchObject({ score, verdict });
    });
  });

  it('a score is from 0 to 100, and green means that it passes', () => {
    check((all, by) => {
      const { score, verdict } = judged(all, by);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      if (verdict === 'green') expect(score).toBeGreaterThanOrEqual(by.pass ?? 0);
    });
  });
});
