import { describe, expect, it } from 'vitest';
import {
  type ApprovalView,
  approvalView,
  judgeApprovalGate,
  needsApproval,
} from '../../lambdas/core/approval-view.ts';
import { decideForward } from '../../lambdas/core/decide-rollout.ts';
import { forwardView } from '../../lambdas/core/forward-view.ts';
import type { ApprovalGate } from '../../lambdas/core/gate-policy.ts';
import type { Approval } from '../../lambdas/core/ledger.ts';
import type { FleetObservation, GateReading } from '../../lambdas/core/observation.ts';
import {
  aFleetObservation,
  aFleetPolicy,
  aGroup,
  aHold,
  aMix,
  aRefresh,
  aRollout,
  at,
  GREEN,
  HELD,
  INCONCLUSIVE,
  instances,
  isoAt,
  LOOK,
  NEW,
  OWNER,
  RED,
} from '../builders.ts';

const HOUR = 3600;
const GATE: ApprovalGate = {
  kind: 'approval',
  mode: 'enforce',
  checkpoints: [10],
  expiresSeconds: HOUR,
};
const POLICY = aFleetPolicy({ gates: [...aFleetPolicy().gates, GATE] });
const ASKED: Approval = {
  fleet: 'web-prod',
  checkpointPercent: 10,
  askedAt: isoAt(1_000),
  expiresSeconds: HOUR,
  heldSince: isoAt(400),
};
const answered = (decision: 'approve' | 'reject', seconds: number): Approval => ({
  ...ASKED,
  ...{ decision, by: 'Ann', why: 'because', answeredAt: isoAt(seconds) },
});

const view = (asked: Approval | undefined, seconds: number, judgedPercent = 0, step = 10) =>
  approvalView(GATE, aRollout({ judgedPercent }), step, asked, at(seconds));

/** Held at 10 % since 400 s, for 600 s at least. */
const decide = (
  approval: ApprovalView | undefined,
  seconds: number,
  gates: GateReading = GREEN,
  changed: Partial<FleetObservation> = {},
) => {
  const seen = aFleetObservation({
    group: aMix(1, HELD),
    refreshes: [aRefresh({ percentageComplete: 16 })],
    rollout: aRollout({ hold: aHold(10, 400) }),
    gates: { ...gates, approval },
    ...changed,
  });
  return decideForward(forwardView(seen, POLICY, LOOK, at(seconds)), OWNER);
};

describe('an approval is needed', () => {
  it.each([
    ['at its checkpoint', [10], 0, 10, true],
    ['not before it', [50], 0, 10, false],
    ['not once it was judged', [10], 10, 50, false],
    ['at the next one where it was passed unheld', [10], 0, 50, true],
    ['in the soak where all were passed unheld', [10], 0, 100, true],
    ['not in the soak where it was judged', [10, 50], 50, 100, false],
  ] as const)('%s', (_, checkpoints, judgedPercent, step, needed) => {
    expect(needsApproval({ ...GATE, checkpoints: [...checkpoints] }, { judgedPercent }, step)).toBe(
      needed,
    );
  });
});

describe('a gate that was not looked up', () => {
  it('is no approval', () => {
    expect(judgeApprovalGate(undefined).kind).toBe('inconclusive');
    expect(decide(undefined, 1_001).kind).toBe('wait');
    expect(decide(undefined, 2_200)).toMatchObject({ kind: 'roll-back' });
  });
});

describe('at its checkpoint a rollout', () => {
  const unasked = view(undefined, 1_000);

  it('asks nobody before the hold is over', () => {
    expect(decide(unasked, 999).kind).toBe('wait');
  });

  it('asks a person once all else is green', () => {
    expect(decide(unasked, 1_000)).toEqual({
      kind: 'ask',
      checkpointPercent: 10,
      expiresSeconds: HOUR,
      expiresAt: isoAt(1_000 + HOUR),
      otherwise: 'the fleet goes back',
      parkSeconds: LOOK.refreshSeconds,
      reason: expect.stringMatching(
        /^held at checkpoint 10 % for 10 min .*; green: 1 of 1 alarms OK; .*; a person is asked$/,
      ),
    });
  });

  it('asks nobody while another gate is not green, and goes back for that in its time', () => {
    expect(decide(unasked, 1_001, INCONCLUSIVE).kind).toBe('wait');
    expect(decide(unasked, 2_200, INCONCLUSIVE).kind).toBe('roll-back');
  });

  it('waits for the answer far past the limit of what is inconclusive, to the end of the question', () => {
    const waiting = decide(view(ASKED, 4_000), 4_000);
    expect(waiting).toMatchObject({ kind: 'wait', lookAgainAtMs: at(4_300) });
    expect(waiting).toHaveProperty(
      'awaiting',
      `a person answers (web-prod at checkpoint 10 %: asked at 2026-11-23T10:16:40Z, nobody has answered for 50 min); at 2026-11-23T11:16:40Z at the latest the fleet goes back`,
    );
  });

  it('waits on while another gate says nothing, and goes back when one is red', () => {
    expect(decide(view(ASKED, 4_000), 4_000, INCONCLUSIVE).kind).toBe('wait');
    expect(decide(view(ASKED, 4_000), 4_000, RED).kind).toBe('roll-back');
  });

  it('holds again what somebody let go while a person is asked', () => {
    const loose = { group: aMix(1) };
    expect(decide(view(ASKED, 4_000), 4_000, GREEN, loose).kind).toBe('hold');
  });

  it('goes on when approved, and back when rejected or when the question has expired', () => {
    expect(decide(view(answered('approve', 3_000), 4_000), 4_000).kind).toBe('resume');
    const rejected = decide(view(answered('reject', 3_000), 4_000), 4_000);
    expect(rejected).toMatchObject({ kind: 'roll-back' });
    expect(rejected.reason).toContain('rejected by Ann at 2026-11-23T10:50:00Z: because');
    expect(decide(view(ASKED, 1_000 + HOUR), 1_000 + HOUR)).toMatchObject({
      kind: 'roll-back',
      reason: expect.stringContaining('nobody had answered by 2026-11-23T11:16:40Z'),
    });
  });

  it('gives gates that say nothing their whole limit after a late answer', () => {
    const late = view(answered('approve', 4_000), 4_100);
    expect(decide(late, 4_100, INCONCLUSIVE).kind).toBe('wait');
    expect(decide(late, 5_199, INCONCLUSIVE).kind).toBe('wait');
    expect(decide(late, 5_200, INCONCLUSIVE).kind).toBe('roll-back');
  });

  it('is held, not passed, when Auto Scaling went on by itself', () => {
    const passed = {
      group: aMix(1),
      refreshes: [aRefresh({ percentageComplete: 50 })],
      rollout: aRollout(),
    };
    expect(decide({ kind: 'not-needed' }, 600, GREEN, passed).kind).toBe('resume');
    expect(decide(unasked, 600, GREEN, passed).kind).toBe('hold');
  });
});

it('a fleet that was never held is asked about in its soak', () => {
  const soaked = {
    group: aGroup({
      desiredCapacity: 1,
      instances: instances(1, NEW),
      launchTemplate: { id: 'lt-0123456789abcdef0', version: NEW },
    }),
    refreshes: [aRefresh({ status: 'Successful', endedAtMs: at(2_000) })],
    rollout: aRollout(),
  };
  const unasked = view(undefined, 2_900, 0, 100);
  expect(decide(unasked, 2_899, GREEN, soaked).kind).toBe('wait');
  expect(decide(unasked, 2_900, GREEN, soaked)).toMatchObject({
    kind: 'ask',
    checkpointPercent: 100,
  });
  const asked = { ...answered('approve', 3_000), checkpointPercent: 100, heldSince: undefined };
  const approved = view(asked, 3_100, 0, 100);
  expect(decide(approved, 3_100, GREEN, soaked).kind).toBe('complete');
});
