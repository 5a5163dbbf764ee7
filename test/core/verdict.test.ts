import { expect, it } from 'vitest';
import { decideForward } from '../../lambdas/core/decide-rollout.ts';
import { forwardView } from '../../lambdas/core/forward-view.ts';
import type { FleetObservation } from '../../lambdas/core/observation.ts';
import { verdictOf } from '../../lambdas/core/verdict.ts';
import {
  aFleetObservation,
  aFleetPolicy,
  aHold,
  aMix,
  aRefresh,
  aRollout,
  at,
  HELD,
  INCONCLUSIVE,
  isoAt,
  LOOK,
  NEW,
  OWNER,
  RED,
} from '../builders.ts';

const kept = (changed: Partial<FleetObservation>, seconds: number) => {
  const view = forwardView(aFleetObservation(changed), aFleetPolicy(), LOOK, at(seconds));
  const decision = decideForward(view, OWNER);
  return { decision: decision.kind, verdict: verdictOf(view, decision) };
};
const held = (changed: Partial<FleetObservation> = {}): Partial<FleetObservation> => ({
  group: aMix(1, HELD),
  refreshes: [aRefresh({ percentageComplete: 16 })],
  rollout: aRollout({ hold: aHold(10, 400) }),
  ...changed,
});

it('a checkpoint that is passed is kept with what every gate said', () => {
  const { verdict } = kept(held(), 1_000);
  expect(verdict).toEqual({
    fleet: 'web-prod',
    checkpointPercent: 10,
    at: isoAt(1_000),
    decision: 'resume',
    verdict: 'green',
    reason: expect.stringContaining('held at checkpoint 10 %'),
    gates: [
      { gate: 'alarms', mode: 'enforce', verdict: 'green', reason: '1 of 1 alarms OK' },
      {
        gate: 'instance-health',
        mode: 'enforce',
        verdict: 'green',
        reason: expect.stringContaining('1 healthy'),
      },
    ],
  });
});

it.each([
  ['at the checkpoint that it is held at', held({ gates: RED }), 10],
  ['on its way to the first checkpoint', { gates: RED }, 10],
  [
    'on its way to the second',
    { ...held({ gates: RED }), group: aMix(2), rollout: aRollout({ judgedPercent: 10 }) },
    50,
  ],
  [
    'in the soak',
    {
      gates: RED,
      group: aMix(6, { launchTemplate: { id: 'lt-0123456789abcdef0', version: NEW } }),
      refreshes: [aRefresh({ status: 'Successful', endedAtMs: at(500) })],
      rollout: aRollout({ judgedPercent: 50 }),
    },
    100,
  ],
] as const)('a way back is kept %s', (_, changed, checkpointPercent) => {
  const { decision, verdict } = kept(changed, 600);
  expect(decision).toBe('roll-back');
  expect(verdict).toMatchObject({ checkpointPercent, decision: 'roll-back', verdict: 'red' });
});

it('nothing is kept while it waits, holds, or says again what was judged before', () => {
  expect(kept(held({ gates: INCONCLUSIVE }), 1_100)).toEqual({ decision: 'wait' });
  expect(kept({ ...held(), group: aMix(1), rollout: aRollout() }, 600)).toEqual({
    decision: 'hold',
  });
  const again = held({ rollout: aRollout({ judgedPercent: 10, hold: aHold(10, 400) }) });
  expect(kept(again, 1_100)).toEqual({ decision: 'resume' });
});
