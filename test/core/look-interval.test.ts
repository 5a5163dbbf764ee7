import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideForward } from '../../lambdas/core/decide-rollout.ts';
import { forwardView } from '../../lambdas/core/forward-view.ts';
import { lookSeconds } from '../../lambdas/core/look-interval.ts';
import {
  aFleetObservation,
  aFleetPolicy,
  aHold,
  aMix,
  aRefresh,
  aRollout,
  at,
  GREEN,
  HELD,
  INCONCLUSIVE,
  OWNER,
  UNREADABLE,
} from '../builders.ts';

const HOUR = 3600;
const LOOK = { refreshSeconds: 300, bakeSeconds: 900, waitingSeconds: 1800 };

describe('a wait for a clock or a person is looked at ever less often', () => {
  it.each([
    // The table of docs/gates.md, with its boundaries.
    [0, 300],
    [2 * HOUR - 1, 300],
    [2 * HOUR, 600],
    [4 * HOUR - 1, 600],
    [4 * HOUR, 1200],
    [8 * HOUR - 1, 1200],
    [8 * HOUR, 1800],
    [168 * HOUR, 1800],
  ])('%i s old: every %i s', (age, seconds) => {
    expect(lookSeconds(LOOK, age)).toBe(seconds);
  });

  it.each([
    ['as often as ever where the catalogue says so', { ...LOOK, waitingSeconds: 300 }, 300],
    [
      'as often as ever where a catalogue of old says nothing',
      { refreshSeconds: 300, bakeSeconds: 900 },
      300,
    ],
    ['up to a bound that no doubling meets', { ...LOOK, waitingSeconds: 420 }, 420],
    ['up to an hour', { ...LOOK, waitingSeconds: 3600 }, 3600],
  ])('%s', (_, look, seconds) => {
    expect(lookSeconds(look, 100 * HOUR)).toBe(seconds);
  });

  it('within a twelfth of its age or the usual look, within the bound, and never more often with age', () => {
    const minutes = fc.integer({ min: 1, max: 120 }).map((count) => count * 60);
    fc.assert(
      fc.property(
        minutes,
        minutes,
        fc.nat(40 * 24 * HOUR),
        fc.nat(HOUR),
        (usual, more, age, on) => {
          const look = { refreshSeconds: usual, bakeSeconds: 60, waitingSeconds: usual + more };
          const seconds = lookSeconds(look, age);
          expect(seconds).toBeLessThanOrEqual(Math.max(usual, age / 12));
          expect(seconds).toBeLessThanOrEqual(usual + more);
          expect(lookSeconds(look, age + on)).toBeGreaterThanOrEqual(seconds);
        },
      ),
    );
  });
});

describe('a rollout', () => {
  const POLICY = aFleetPolicy({
    checkpoints: [
      { percent: 10, holdSeconds: 40 * HOUR },
      { percent: 100, holdSeconds: 0 },
    ],
    soakSeconds: 48 * HOUR,
    limits: { ...aFleetPolicy().limits, rolloutSeconds: 200 * HOUR },
  });
  const held = { group: aMix(1, HELD), refreshes: [aRefresh({ percentageComplete: 16 })] };
  const soaking = {
    group: aMix(6, { launchTemplate: { id: 'lt-1', version: '7' } }),
    refreshes: [aRefresh({ status: 'Successful', percentageComplete: 100, endedAtMs: at(0) })],
    rollout: aRollout({ judgedPercent: 10 }),
  };
  const since = (seconds: number, changed: Parameters<typeof aFleetObservation>[0]) => {
    const decision = decideForward(
      forwardView(aFleetObservation({ gates: GREEN, ...changed }), POLICY, LOOK, at(seconds)),
      OWNER,
    );
    if (decision.kind !== 'wait') throw new Error(`expected a wait, got ${decision.reason}`);
    return (decision.lookAgainAtMs - at(seconds)) / 1000;
  };
  const hold = { ...held, rollout: aRollout({ hold: aHold(10, 0) }) };

  it('that is held is looked at by the age of the hold', () => {
    expect([HOUR, 3 * HOUR, 10 * HOUR].map((age) => since(age, hold))).toEqual([300, 600, 1800]);
  });
  it('that soaks is looked at by the age of the soak', () => {
    expect([HOUR, 3 * HOUR, 10 * HOUR].map((age) => since(age, soaking))).toEqual([300, 600, 1800]);
  });
  it('is looked at when the hold ends, however calm it was', () => {
    expect(since(40 * HOUR - 60, hold)).toBe(60);
  });
  it('whose gates cannot be read is looked at as usual: they may be well again before their limit', () => {
    expect(since(10 * HOUR, { ...hold, gates: UNREADABLE })).toBe(300);
  });
  it('whose gates are inconclusive past the end is looked at as usual', () => {
    expect(since(40 * HOUR + 60, { ...hold, gates: INCONCLUSIVE })).toBe(300);
  });
  it('that is replaced is looked at as usual, however old it is', () => {
    const moving = { group: aMix(0), refreshes: [aRefresh({ percentageComplete: 0 })] };
    expect(since(10 * HOUR, { ...moving, rollout: aRollout() })).toBe(300);
  });
});
