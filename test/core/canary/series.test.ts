import { describe, expect, it } from 'vitest';
import {
  type ComparedSides,
  inCalls,
  pooledSamples,
  seriesOf,
} from '../../../lambdas/core/canary/series.ts';
import type { CanaryGate } from '../../../lambdas/core/gate-policy.ts';
import { aCanaryGate, at } from '../../builders.ts';

const SIDES: ComparedSides = {
  comparison: { baseline: ['i-a', 'i-b'], canary: ['i-n'] },
  images: { baseline: 'ami-old', canary: 'ami-new' },
  present: new Set(['i-b', 'i-n']),
};
const withSource = (
  from: CanaryGate['metrics'][number]['from'],
  changed: Partial<CanaryGate> = {},
) => aCanaryGate({ metrics: [{ name: 'm', direction: 'increase', from }], ...changed });
const CPU = { namespace: 'AWS/EC2', name: 'CPUUtilization', stat: 'Average' };

describe('the series of a gate', () => {
  it('are one for each instance, by InstanceId unless it says otherwise', () => {
    const series = seriesOf(withSource(CPU), SIDES);
    expect(series.map(({ id, side, present }) => [id, side, present])).toEqual([
      ['m0b0', 'baseline', false],
      ['m0b1', 'baseline', true],
      ['m0c0', 'canary', true],
    ]);
    expect(series[2]?.queries).toEqual([
      { id: 'm0c0', metric: { ...CPU, dimensions: { InstanceId: 'i-n' } }, returned: true },
    ]);
  });

  it('fill in instance and image wherever they stand in a dimension', () => {
    const dimensions = { Host: 'web/{{instance}}', Image: '{{image}}', Stage: 'prod' };
    const [first] = seriesOf(withSource({ ...CPU, dimensions }), SIDES);
    expect(first?.queries[0]?.metric?.dimensions).toEqual({
      Host: 'web/i-a',
      Image: 'ami-old',
      Stage: 'prod',
    });
  });

  it('are one for each side where only images are told apart', () => {
    const source = { ...CPU, dimensions: { ImageId: '{{image}}' } };
    const series = seriesOf(withSource(source), SIDES);
    expect(series.map(({ queries }) => queries[0]?.metric?.dimensions['ImageId'])).toEqual([
      'ami-old',
      'ami-new',
    ]);
    const alone = { ...SIDES, comparison: { baseline: ['i-a'], canary: [] } };
    expect(seriesOf(withSource(source), alone)).toHaveLength(1);
  });

  it('work metric math out for each instance by itself, leaving functions alone', () => {
    const from = {
      expression: 'FILL(failed, 0) / (requests + failed)',
      of: { failed: { ...CPU, name: 'Failed' }, requests: { ...CPU, name: 'Requests' } },
    };
    const [first] = seriesOf(withSource(from), SIDES);
    expect(
      first?.queries.map(({ id, expression, returned }) => [id, expression, returned]),
    ).toEqual([
      ['m0b0_failed', undefined, false],
      ['m0b0_requests', undefined, false],
      ['m0b0', 'FILL(m0b0_failed, 0) / (m0b0_requests + m0b0_failed)', true],
    ]);
  });
});

describe('calls', () => {
  const many = (count: number) => ({
    ...SIDES,
    comparison: {
      baseline: Array.from({ length: count }, (_, n) => `i-${n}`),
      canary: ['i-n'],
    },
  });
  const sizes = (count: number, periods: number, gate = withSource(CPU)) =>
    inCalls(seriesOf(gate, many(count)), periods).map((call) =>
      call.reduce((sum, { queries }) => sum + queries.length, 0),
    );

  it('hold 500 queries at most', () => {
    expect(sizes(499, 60)).toEqual([500]);
    expect(sizes(500, 60)).toEqual([500, 1]);
  });

  it('answer 100,800 values at most', () =>
    expect(sizes(499, 1008)).toEqual([100, 100, 100, 100, 100]));

  it('never part what belongs together', () => {
    const of = { a: CPU, b: CPU };
    const gate = withSource({ expression: 'a / b', of });
    expect(sizes(199, 60, gate)).toEqual([498, 102]);
  });
});

describe('samples', () => {
  const MINUTE = 60;
  const window = { fromMs: at(0), toMs: at(6 * MINUTE) };
  const values = (...pattern: readonly (number | null)[]) =>
    new Map(
      pattern.flatMap((value, minute) =>
        value === null ? [] : [[at(minute * MINUTE), value] as const],
      ),
    );
  const pooled = (
    answers: Readonly<Record<string, ReturnType<typeof values>>>,
    changed: Partial<CanaryGate> = {},
  ) => {
    const gate = withSource(CPU, changed);
    const { samples, fromMs } = pooledSamples(
      gate,
      seriesOf(gate, SIDES),
      window,
      new Map(Object.entries(answers)),
    );
    return { ...samples[0], from: (fromMs - at(0)) / 1000 / MINUTE };
  };
  // m0b0 has left, m0b1 and m0c0 are there.
  it('begin when the first new instance publishes, for both sides', () => {
    const got = pooled({
      m0b0: values(1, 2, 3, 4),
      m0b1: values(1, 1, null, 1, 1, null),
      m0c0: values(null, null, 7, null, 8, null),
    });
    expect(got).toEqual({
      // Without the gaps of who has left, with those of who is there.
      baseline: [3, 4, null, 1, 1, null],
      canary: [7, null, 8, null],
      from: 2,
    });
  });

  it('leave out the beginning of a new instance, but not that of one that has been there', () => {
    const settling = { settleSeconds: 120 };
    const late = { m0b1: values(1, 1, 1, 1, 1, 1), m0c0: values(null, 9, 9, 5, 5, 5) };
    expect(pooled(late, settling).canary).toEqual([5, 5, 5]);
    const early = { m0b1: values(1, 1, 1, 1, 1, 1), m0c0: values(5, 5, 5, 5, 5, 5) };
    expect(pooled(early, settling).canary).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it('are none of who published nothing, whatever stands for a gap', () => {
    expect(pooled({ m0b1: values(1, 1) })).toEqual({
      baseline: [1, 1, null, null, null, null],
      canary: [],
      from: 0,
    });
    expect(pooled({})).toEqual({ baseline: [], canary: [], from: 0 });
  });
});
