import { describe, expect, it } from 'vitest';
import { judgeSoak, type SoakPolicy } from '../../lambdas/core/judge-soak.ts';
import { at } from '../builders.ts';

const byTime: SoakPolicy = { soakSeconds: 900 };
const byBoth: SoakPolicy = {
  soakSeconds: 900,
  evidence: { what: 'requests', min: 1_000, soakSecondsMax: 3_600 },
};

describe('a soak', () => {
  const rows: readonly [string, SoakPolicy, number | undefined, number, object][] = [
    [
      'by time lasts its time',
      byTime,
      undefined,
      899,
      {
        ...{ kind: 'soaking', untilMs: at(900) },
        reason: 'soaked for 14 min 59 s (soakSeconds 900); until 2026-11-23T10:15:00Z',
      },
    ],
    [
      'by time ends with it',
      byTime,
      undefined,
      900,
      { kind: 'soaked', reason: 'soaked for 15 min (soakSeconds 900)' },
    ],
    [
      'by evidence lasts its time all the same',
      byBoth,
      1_000_000,
      899,
      {
        ...{ kind: 'soaking', untilMs: at(900) },
        reason:
          'soaked for 14 min 59 s (soakSeconds 900), 1000000 requests >= 1000; until 2026-11-23T10:15:00Z',
      },
    ],
    [
      'ends when time and evidence are both there',
      byBoth,
      1_000,
      900,
      { kind: 'soaked', reason: 'soaked for 15 min (soakSeconds 900), 1000 requests >= 1000' },
    ],
    [
      'goes on while the evidence is not',
      byBoth,
      999,
      900,
      {
        ...{ kind: 'soaking', untilMs: at(3_600) },
        reason:
          'soaked for 15 min (soakSeconds 900), 999 requests of 1000; until 2026-11-23T11:00:00Z',
      },
    ],
    [
      'starves at its bound',
      byBoth,
      999,
      3_600,
      {
        kind: 'starved',
        reason: 'soaked for 1 h (soakSeconds 900), 999 requests of 1000 at its bound of 1 h',
      },
    ],
    [
      'takes what could not be read for no evidence',
      byBoth,
      undefined,
      3_600,
      {
        kind: 'starved',
        reason: 'soaked for 1 h (soakSeconds 900), unreadable requests of 1000 at its bound of 1 h',
      },
    ],
  ];
  it.each(rows)('%s', (_, policy, seen, seconds, expected) => {
    expect(judgeSoak(policy, at(0), seen, at(seconds))).toEqual(expected);
  });

  it('is not ended by a bound that is shorter than itself', () => {
    const policy = {
      soakSeconds: 900,
      evidence: { what: 'samples', min: 1, soakSecondsMax: 60 },
    } as const;
    expect(judgeSoak(policy, at(0), 0, at(899)).kind).toBe('soaking');
    expect(judgeSoak(policy, at(0), 0, at(900)).kind).toBe('starved');
  });

  it('that goes on has its end ahead, so that no one waits for nothing', () => {
    for (let seconds = 0; seconds <= 4_000; seconds += 1) {
      for (const seen of [undefined, 0, 1_000]) {
        const state = judgeSoak(byBoth, at(0), seen, at(seconds));
        if (state.kind === 'soaking') expect(state.untilMs).toBeGreaterThan(at(seconds));
        if (seconds >= 3_600) expect(state.kind).not.toBe('soaking');
      }
    }
  });
});
