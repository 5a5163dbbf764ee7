import { expect, it } from 'vitest';
import { decideForward } from '../../lambdas/core/decide-rollout.ts';
import { forwardView } from '../../lambdas/core/forward-view.ts';
import type { FleetPolicy } from '../../lambdas/core/policy.ts';
import {
  aFleetObservation,
  aFleetPolicy,
  aMix,
  aRefresh,
  aRollout,
  at,
  GREEN,
  INCONCLUSIVE,
  LOOK,
  NEW,
  OWNER,
  RED,
} from '../builders.ts';

const evidence: FleetPolicy['soakEvidence'] = {
  what: 'requests',
  min: 100,
  soakSecondsMax: 3_600,
  metric: { namespace: 'Web', name: 'Requests', dimensions: {} },
};

/** Replaced at 2000 s, soaked for 900 s at least and 3600 s at most. */
const decide = (seconds: number, soakSeen: number | undefined, gates = GREEN) =>
  decideForward(
    forwardView(
      aFleetObservation({
        group: aMix(6, { launchTemplate: { id: 'lt-0123456789abcdef0', version: NEW } }),
        refreshes: [
          aRefresh({ status: 'Successful', percentageComplete: 100, endedAtMs: at(2_000) }),
        ],
        rollout: aRollout({ judgedPercent: 50 }),
        gates: { ...gates, soakSeen },
      }),
      aFleetPolicy({ soakEvidence: evidence }),
      LOOK,
      at(seconds),
    ),
    OWNER,
  );

it.each([
  ['waits for the time when the evidence is there first', 2_899, 500, 'wait'],
  ['is over by time with the evidence', 2_900, 100, 'complete'],
  ['waits for the evidence when the time is over', 2_900, 99, 'wait'],
  ['waits while it cannot be read', 5_599, undefined, 'wait'],
  ['is over with the evidence at any time within the bound', 5_599, 100, 'complete'],
  ['goes back at the bound without it', 5_600, 99, 'roll-back'],
  ['goes back at the bound when it could not be read', 5_600, undefined, 'roll-back'],
  ['is over at the bound with it', 5_600, 100, 'complete'],
] as const)('a soak %s', (_, seconds, seen, kind) => {
  expect(decide(seconds, seen).kind).toBe(kind);
});

it('says what is awaited, and what was seen', () => {
  expect(decide(3_000, 40)).toMatchObject({
    awaiting: '100 requests are seen; at 2026-11-23T11:33:20Z at the latest the fleet is judged',
    reason: expect.stringContaining('soaked for 16 min 40 s (soakSeconds 900), 40 requests of 100'),
  });
  expect(decide(5_600, 40).reason).toContain('40 requests of 100 at its bound of 1 h');
});

it('gates that say nothing have their limit from the bound on, and red ends it at once', () => {
  expect(decide(5_600, 100, INCONCLUSIVE).kind).toBe('wait');
  expect(decide(6_799, 100, INCONCLUSIVE).kind).toBe('wait');
  expect(decide(6_800, 100, INCONCLUSIVE).kind).toBe('roll-back');
  expect(decide(2_100, 0, RED).kind).toBe('roll-back');
});
