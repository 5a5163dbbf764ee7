import { describe, expect, it } from 'vitest';
import { judgeCanaryGate } from '../../lambdas/core/judge-canary-gate.ts';
import { enforcedUnreadable, judgeGates } from '../../lambdas/core/judge-gates.ts';
import type { CanaryReading } from '../../lambdas/core/observation.ts';
import { aCanaryGate, aMix, at, GREEN, NEW } from '../builders.ts';

const STEADY = [10, 11, 12, 13, 14, 10, 11, 12, 13, 14];
const times = (factor: number) => STEADY.map((value) => value * factor);
const reading = (canary: readonly (number | null)[], gate = 0): CanaryReading => ({
  gate,
  samples: [{ baseline: STEADY, canary }],
  instances: { baseline: 5, canary: 1 },
  fromMs: at(0),
  toMs: at(600),
});
const GATE = aCanaryGate();
const head =
  'canary: 1 new against 5 old instances, 2026-11-23T10:00:00Z to 2026-11-23T10:10:00Z: ';

describe('a canary gate', () => {
  it.each([
    ['green', times(1), 'score 100 >= pass 95; 1 of 1 metric pass, score 100'],
    [
      'red',
      times(3),
      'score at best 0 < marginal 75; 0 of 1 metric pass, score 0; processor high: ',
    ],
    ['inconclusive', times(3).slice(0, 9), 'score 0 < marginal 75, 100 at best; '],
    ['inconclusive', [], 'score 0 < marginal 75, 100 at best; '],
  ])('is %s, with its numbers in one line', (kind, canary, reason) => {
    const verdict = judgeCanaryGate(GATE, reading(canary));
    expect(verdict.kind).toBe(kind);
    expect(verdict.reason).toContain(`${head}${reason}`);
    expect(verdict.reason).not.toContain('\n');
  });

  it('is inconclusive while nothing can be compared', () => {
    expect(judgeCanaryGate(GATE, undefined)).toEqual({
      kind: 'inconclusive',
      reason: 'canary: no new and old instances were in service together for a whole period',
    });
  });

  it('keeps what it was made from in few numbers', () => {
    const { evidence } = judgeCanaryGate(GATE, reading([...times(3), null]));
    expect(evidence).toMatchObject({
      score: 0,
      fromMs: at(0),
      toMs: at(600),
      instances: { baseline: 5, canary: 1 },
      metrics: [
        {
          name: 'processor',
          classification: 'high',
          baseline: { samples: 10, gaps: 0, five: [10, 11, 12, 13, 14] },
          canary: { samples: 10, gaps: 1, five: [30, 33, 36, 39, 42] },
        },
      ],
    });
    expect(JSON.stringify(evidence).length).toBeLessThan(500);
  });
});

describe('among other gates', () => {
  const health = { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 } as const;
  const judged = (gates: Parameters<typeof judgeGates>[0], seen: object) =>
    judgeGates(gates, { ...GREEN, ...seen }, aMix(2), NEW);

  it('each canary gate is judged by its own reading', () => {
    const observing = aCanaryGate({ mode: 'observe', toleranceOf: 'shift' });
    const { gates, combined } = judged([health, GATE, observing], {
      canaries: [reading(times(1), 1), reading(times(3), 2)],
    });
    expect(gates.map(({ judgement }) => judgement.kind)).toEqual(['green', 'green', 'red']);
    // The one that only observes never decides.
    expect(combined.kind).toBe('green');
  });

  it('what could not be read is unreadable, and an observed one holds nothing up', () => {
    const unreadable = [{ source: 'canary', error: 'throttled' }] as const;
    expect(judged([health, GATE], { unreadable }).combined).toEqual({
      kind: 'unreadable',
      reason: 'canary could not be read: throttled',
    });
    expect(enforcedUnreadable([health, GATE], { unreadable })).toBe(true);
    const observing = aCanaryGate({ mode: 'observe' });
    expect(enforcedUnreadable([health, observing], { unreadable })).toBe(false);
  });
});
