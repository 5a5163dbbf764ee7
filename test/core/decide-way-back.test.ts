import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideWayBack } from '../../lambdas/core/decide-way-back.ts';
import type { WayBackDecision } from '../../lambdas/core/decision.ts';
import type { FleetObservation } from '../../lambdas/core/observation.ts';
import type { FleetPolicy } from '../../lambdas/core/policy.ts';
import { pauseSeconds, wayBackLadder } from '../../lambdas/core/way-back-ladder.ts';
import { nextProgress } from '../../lambdas/core/way-back-view.ts';
import {
  aFleetObservation,
  aFleetPolicy,
  aGroup,
  aHold,
  aMix,
  aRefresh,
  at,
  aWayBack,
  GREEN,
  HELD,
  INCONCLUSIVE,
  instances,
  isoAt,
  LOOK,
  NEW,
  OLD,
  OWNER,
  RED,
  UNREADABLE,
} from '../builders.ts';

const POLICY = aFleetPolicy();
const HOLD = aHold(10, 400);
const decide = (
  changed: Partial<FleetObservation>,
  seconds: number,
  policy: FleetPolicy = POLICY,
): WayBackDecision =>
  decideWayBack(
    aFleetObservation({ rollout: aWayBack(), ...changed }),
    policy,
    LOOK,
    OWNER,
    at(seconds),
  );

type Row = readonly [
  name: string,
  changed: Partial<FleetObservation>,
  seconds: number,
  kind: WayBackDecision['kind'],
  reason: string,
];
const check = (rows: readonly Row[]) =>
  it.each(rows)('%s', (_, changed, seconds, kind, reason) => {
    const { kind: got, reason: why } = decide(changed, seconds);
    expect({ kind: got, reason: why }).toEqual({ kind, reason });
  });

const back = aRefresh({
  instanceRefreshId: 'back-1',
  desiredLaunchTemplateVersion: OLD,
  startedAtMs: at(1_100),
});
const foreign = aRefresh({
  instanceRefreshId: 'theirs',
  desiredLaunchTemplateVersion: '9',
  startedAtMs: at(1_100),
});
const cancelled = aRefresh({ status: 'Cancelled', endedAtMs: at(1_050) });

describe('a refresh under way', () => {
  check([
    [
      'is left to whoever holds the lock',
      { lock: { generation: 6 } },
      1_010,
      'refuse',
      `outbid: the lock of fleet web-prod is at generation 6 and belongs to nobody; this is ${OWNER.executionArn} at generation 4`,
    ],
    [
      'forward is cancelled',
      { group: aMix(1) },
      1_010,
      'cancel',
      'refresh refresh-1 is InProgress at 0 %, forward to version 7',
    ],
    [
      'forward is cancelled before our hold is lifted',
      { rollout: aWayBack({}, HOLD), group: aMix(1, HELD) },
      1_010,
      'cancel',
      'refresh refresh-1 is InProgress at 0 %, forward to version 7',
    ],
    [
      'forward is cancelled even past the deadline',
      { group: aMix(1) },
      9_099,
      'cancel',
      'refresh refresh-1 is InProgress at 0 %, forward to version 7',
    ],
    [
      'forward that cannot be cancelled for a quarter of an hour past the deadline is a person’s',
      { group: aMix(1) },
      9_100,
      'escalate',
      'on the way back for 2 h 15 min >= wayBackSeconds 7200; refresh refresh-1 is InProgress at 0 %, forward to version 7, could not be cancelled; 5 on version 3, 1 on version 7',
    ],
    [
      'that is being cancelled gets our hold lifted: a suspension may freeze the cancel',
      { rollout: aWayBack({}, HOLD), refreshes: [aRefresh({ status: 'Cancelling' })] },
      1_010,
      'lift-hold',
      "refresh refresh-1 is Cancelling at 0 %; Kiln's hold at checkpoint 10 % is still recorded",
    ],
    [
      'of ours whose hold cannot be lifted is a person’s at the deadline',
      { rollout: aWayBack({}, HOLD), refreshes: [back] },
      8_200,
      'escalate',
      "on the way back for 2 h >= wayBackSeconds 7200; refresh back-1 is InProgress at 0 %, back to version 3: 6 of 6 healthy on it; Kiln's hold at checkpoint 10 % is still recorded; 6 on version 3",
    ],
    [
      'that is being cancelled and held is a person’s at the deadline',
      { rollout: aWayBack({}, HOLD), refreshes: [aRefresh({ status: 'Cancelling' })] },
      8_200,
      'escalate',
      "on the way back for 2 h >= wayBackSeconds 7200; refresh refresh-1 is Cancelling at 0 %; Kiln's hold at checkpoint 10 % is still recorded; 6 on version 3",
    ],
    [
      'that is being cancelled is waited for',
      { refreshes: [aRefresh({ status: 'Cancelling' })] },
      1_010,
      'wait',
      'refresh refresh-1 is Cancelling at 0 %',
    ],
    [
      'that cannot be cancelled in time is a person’s',
      { refreshes: [aRefresh({ status: 'Cancelling' })] },
      8_200,
      'escalate',
      'on the way back for 2 h >= wayBackSeconds 7200; refresh refresh-1 is Cancelling at 0 %; 6 on version 3',
    ],
    [
      'that Auto Scaling rolls back itself is adopted',
      {
        group: aMix(2),
        refreshes: [aRefresh({ status: 'RollbackInProgress', percentageComplete: 33 })],
      },
      1_010,
      'wait',
      'refresh refresh-1 is RollbackInProgress at 33 %, back to version 3: 4 of 6 healthy on it',
    ],
    [
      'that Auto Scaling rolls back itself gets our hold lifted',
      { rollout: aWayBack({}, HOLD), refreshes: [aRefresh({ status: 'RollbackInProgress' })] },
      1_010,
      'lift-hold',
      "refresh refresh-1 is RollbackInProgress at 0 %, back to version 3: 6 of 6 healthy on it; Kiln's hold at checkpoint 10 % is still recorded",
    ],
    [
      'back is adopted',
      { group: aMix(2), refreshes: [back] },
      1_200,
      'wait',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it',
    ],
    [
      'back goes on until it has stalled',
      { group: aMix(2), refreshes: [back] },
      2_299,
      'wait',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it',
    ],
    [
      'back is cancelled when it has stalled',
      { group: aMix(2), refreshes: [back] },
      2_300,
      'cancel',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it; not one more for 20 min >= wayBackStallSeconds 1200: the next attempt is gentler',
    ],
    [
      'back has not stalled while one more instance came within the time',
      {
        group: aMix(2),
        refreshes: [back],
        rollout: aWayBack({ progress: { instances: 4, since: isoAt(1_101) } }),
      },
      2_300,
      'wait',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it',
    ],
    [
      'back has not stalled when this look sees one more',
      {
        group: aMix(2),
        refreshes: [back],
        rollout: aWayBack({ progress: { instances: 3, since: isoAt(1_001) } }),
      },
      9_999 - 2_000,
      'wait',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it',
    ],
    [
      'back at the last attempt is left to its end: nothing gentler is left',
      {
        group: aMix(2),
        refreshes: [back],
        rollout: aWayBack({ attempts: wayBackLadder(POLICY).length }),
      },
      8_199,
      'wait',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it; the last attempt',
    ],
    [
      'back that a person keeps from moving is waited for, never resumed',
      { group: aMix(2, HELD), refreshes: [back] },
      2_300,
      'wait',
      'refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it; suspended, and not by Kiln: InstanceRefresh (User suspended at …)',
    ],
    [
      'of somebody else is waited for, never fought',
      { refreshes: [foreign] },
      4_699,
      'wait',
      'refresh theirs is InProgress at 0 %, not ours, to version 9',
    ],
    [
      'of somebody else is a person’s past the limit',
      { refreshes: [foreign] },
      4_700,
      'escalate',
      'refresh theirs is InProgress at 0 %, not ours, to version 9, waited for 1 h >= foreignRefreshSeconds 3600; 6 on version 3',
    ],
    [
      'of somebody else is not kept by our hold',
      { rollout: aWayBack({}, HOLD), refreshes: [foreign] },
      1_200,
      'lift-hold',
      "refresh theirs is InProgress at 0 %, not ours, to version 9; Kiln's hold at checkpoint 10 % is still recorded",
    ],
  ]);
});

describe('with no refresh active', () => {
  const mixed = { group: aMix(2), refreshes: [cancelled] };
  const left = '2 instances are not on version 3: 4 on version 3, 2 on version 7';
  const failed = aRefresh({
    instanceRefreshId: 'back-1',
    desiredLaunchTemplateVersion: OLD,
    status: 'Failed',
    statusReason: 'no capacity',
    startedAtMs: at(1_100),
    endedAtMs: at(2_000),
  });
  check([
    [
      'lifts our hold first',
      { ...mixed, rollout: aWayBack({}, HOLD) },
      1_100,
      'lift-hold',
      "no refresh is active; Kiln's hold at checkpoint 10 % is still recorded",
    ],
    [
      'lifts our hold until the deadline',
      { ...mixed, rollout: aWayBack({}, HOLD) },
      8_199,
      'lift-hold',
      "no refresh is active; Kiln's hold at checkpoint 10 % is still recorded",
    ],
    [
      'leaves a hold that cannot be lifted to a person at the deadline',
      { ...mixed, rollout: aWayBack({}, HOLD) },
      8_200,
      'escalate',
      "on the way back for 2 h >= wayBackSeconds 7200; no refresh is active; Kiln's hold at checkpoint 10 % is still recorded; 4 on version 3, 2 on version 7",
    ],
    [
      'is complete when group and instances are of the recorded version',
      { refreshes: [cancelled] },
      1_100,
      'complete',
      'the group and all 6 instances are on version 3, 6 of 6 healthy',
    ],
    [
      'is not complete while the group would launch the new version',
      { refreshes: [cancelled], group: aGroup({ launchTemplate: { id: 'lt', version: NEW } }) },
      1_100,
      'start-back',
      "the group's saved launch template version is 7, not 3; attempt 1 of 6, 100 to 200 % healthy",
    ],
    [
      'starts back at once, in bulk',
      mixed,
      1_051,
      'start-back',
      `${left}; attempt 1 of 6, 100 to 200 % healthy`,
    ],
    [
      'gives an attempt a minute to show',
      { ...mixed, rollout: aWayBack({ attempts: 1, lastAttemptAt: isoAt(1_060) }) },
      1_119,
      'wait',
      left,
    ],
    [
      'counts an attempt that never showed',
      { ...mixed, rollout: aWayBack({ attempts: 1, lastAttemptAt: isoAt(1_060) }) },
      1_120,
      'start-back',
      `${left}; attempt 2 of 6, 100 to 150 % healthy`,
    ],
    [
      'pauses between attempts',
      {
        group: aMix(2),
        refreshes: [failed],
        rollout: aWayBack({ attempts: 2, lastAttemptAt: isoAt(1_100) }),
      },
      2_119,
      'wait',
      `${left}; pause of 2 min before attempt 3 of 6, 100 to 100 % healthy`,
    ],
    [
      'then tries more gently',
      {
        group: aMix(2),
        refreshes: [failed],
        rollout: aWayBack({ attempts: 2, lastAttemptAt: isoAt(1_100) }),
      },
      2_120,
      'start-back',
      `${left}; attempt 3 of 6, 100 to 100 % healthy`,
    ],
    [
      'gives a successful refresh back a minute to show',
      {
        group: aMix(2),
        refreshes: [{ ...failed, status: 'Successful' }],
        rollout: aWayBack({ attempts: 1, lastAttemptAt: isoAt(1_100) }),
      },
      2_059,
      'wait',
      left,
    ],
    [
      'calls a person when the attempts are used up',
      {
        group: aMix(2),
        refreshes: [failed],
        rollout: aWayBack({ attempts: 6, lastAttemptAt: isoAt(1_100) }),
      },
      2_500,
      'escalate',
      `6 of 6 attempts to go back; ${left}; 4 on version 3, 2 on version 7`,
    ],
    [
      'calls a person at the deadline',
      mixed,
      8_200,
      'escalate',
      `on the way back for 2 h >= wayBackSeconds 7200; ${left}; 4 on version 3, 2 on version 7`,
    ],
    [
      'waits while a person keeps instances from launching',
      {
        refreshes: [cancelled],
        group: aMix(2, { suspendedProcesses: [{ name: 'Launch', reason: 'by me' }] }),
      },
      1_100,
      'wait',
      `${left}; suspended, and not by Kiln: Launch (by me)`,
    ],
    [
      'is complete past the deadline when it has converged',
      { refreshes: [cancelled] },
      99_999,
      'complete',
      'the group and all 6 instances are on version 3, 6 of 6 healthy',
    ],
  ]);

  const unseen = { ...aWayBack(), refreshRequestedAt: isoAt(980) };
  const awaited =
    'no refresh is active; the forward refresh that was asked for at 2026-11-23T10:16:20.000Z does not show yet';
  const one = 'the group and all 6 instances are on version 3, 6 of 6 healthy';
  const another = (startedAt: number) => [
    aRefresh({ status: 'Cancelled', startedAtMs: at(startedAt) }),
  ];
  const notAsked = { ...unseen, refreshRequestedAt: undefined };
  check([
    [
      'is not complete while a forward refresh that was asked for may still show',
      { refreshes: [], rollout: unseen },
      1_069,
      'wait',
      awaited,
    ],
    [
      'is complete when none shows for a minute and a half',
      { refreshes: [], rollout: unseen },
      1_070,
      'complete',
      one,
    ],
    [
      'starts nothing while a forward refresh that was asked for may still show',
      { group: aMix(2), refreshes: [], rollout: unseen },
      1_069,
      'wait',
      awaited,
    ],
    [
      'starts back when none shows for a minute and a half',
      { group: aMix(2), refreshes: [], rollout: unseen },
      1_070,
      'start-back',
      `${left}; attempt 1 of 6, 100 to 200 % healthy`,
    ],
    [
      'does not take an earlier refresh to the same version for it',
      { refreshes: another(979), rollout: unseen },
      1_069,
      'wait',
      awaited,
    ],
    [
      'waits no longer once it shows',
      { refreshes: another(980), rollout: unseen },
      1_051,
      'complete',
      one,
    ],
    [
      'waits for none that was not asked for',
      { refreshes: [], rollout: notAsked },
      1_001,
      'complete',
      one,
    ],
    [
      'lifts our hold first all the same',
      { refreshes: [], rollout: { ...unseen, hold: HOLD } },
      1_001,
      'lift-hold',
      "no refresh is active; Kiln's hold at checkpoint 10 % is still recorded",
    ],
  ]);
  it('looks again when a forward refresh must have shown', () => {
    expect(decide({ refreshes: [], rollout: unseen }, 1_001)).toMatchObject({
      lookAgainAtMs: at(1_070),
    });
  });

  const short = aGroup({
    instances: [...instances(5, OLD), ...instances(1, OLD, { healthy: false })],
  });
  check([
    [
      'waits for one version to be healthy',
      { refreshes: [cancelled], group: short },
      1_949,
      'wait',
      'the group and all 6 instances are on version 3, 5 of 6 healthy',
    ],
    [
      'does not wait for ever: one version is what it promises',
      { refreshes: [cancelled], group: short },
      1_950,
      'complete',
      'the group and all 6 instances are on version 3, 5 of 6 healthy, not waited for longer than 15 min or the deadline of the way back: Auto Scaling replaces what is unhealthy',
    ],
  ]);

  const empty = aGroup({ instances: [] });
  check([
    [
      'waits for the first instance of a fleet of which nothing runs',
      { refreshes: [cancelled], group: empty },
      1_949,
      'wait',
      'the group and all 0 instances are on version 3, 0 of 6 healthy',
    ],
    [
      'calls a person for a fleet of which nothing runs: it is of no version',
      { refreshes: [cancelled], group: empty },
      1_950,
      'escalate',
      'nothing runs, of 6 instances, for longer than 15 min; no instance',
    ],
  ]);

  it('tells a person exactly what to look at', () => {
    const group = aMix(2, { suspendedProcesses: [{ name: 'Terminate', reason: 'by me' }] });
    const decision = decide(
      {
        group,
        refreshes: [failed],
        rollout: aWayBack({ attempts: 6, lastAttemptAt: isoAt(1_100) }),
      },
      2_500,
    );
    expect(decision).toMatchObject({
      kind: 'escalate',
      whatToDo:
        'Auto Scaling group web-prod-group should run image version 2026.11.01-1 (launch template lt-0123456789abcdef0 version 3) and nothing else. ' +
        'now: 4 on version 3, 2 on version 7, 4 healthy of 6 desired; saved launch template version 3. ' +
        'newest: refresh back-1 is Failed at 0 %: no capacity. suspended processes: Terminate (by me). ' +
        "Look at the group's activity history for why instances do not launch or end, mend that, start an instance refresh to version 3 if it is not of one version by then, " +
        'and when it is start Rollout with {"fleet":"web-prod","unblock":true,"reason":"…"}.',
    });
  });

  it('never asks gates', () => {
    for (const seconds of [1_051, 2_120, 8_200]) {
      const all = [GREEN, RED, INCONCLUSIVE, UNREADABLE].map((gates) =>
        decide({ ...mixed, gates }, seconds),
      );
      for (const one of all) expect(one).toEqual(all[0]);
    }
  });
});

describe('the ladder of attempts', () => {
  const ladder = (min: number, max: number, forwardMin: number) =>
    wayBackLadder(aFleetPolicy({ back: { min, max }, forward: { min: forwardMin, max: 110 } })).map(
      (step) => `${step.min}/${step.max}`,
    );
  it('launches fewer beside, then terminates first, never below the lower minimum', () => {
    expect(ladder(100, 200, 90)).toEqual([
      '100/200',
      '100/150',
      '100/100',
      '90/100',
      '90/100',
      '90/100',
    ]);
    expect(ladder(100, 200, 100)).toEqual(['100/200', '100/150', '100/100', '100/100', '100/100']);
    expect(ladder(50, 100, 90)).toEqual(['50/100', '50/100', '50/100']);
  });
  it('keeps within what StartInstanceRefresh takes', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.nat(100), (min, beside, forwardMin) => {
        const max = Math.max(100, min + beside);
        for (const step of wayBackLadder(
          aFleetPolicy({ back: { min, max }, forward: { min: forwardMin, max: 100 } }),
        )) {
          expect(step.max).toBeGreaterThanOrEqual(100);
          expect(step.max).toBeLessThanOrEqual(max);
          expect(step.min).toBeGreaterThanOrEqual(Math.min(min, forwardMin));
          if (max - min <= 100) expect(step.max - step.min).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
  it('pauses longer and longer, up to fifteen minutes', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 60].map(pauseSeconds)).toEqual([
      0, 60, 120, 240, 480, 900, 900, 900,
    ]);
  });
});

describe('progress', () => {
  it('is written at the first look and whenever more are back', () => {
    const seen = (instances_: number | undefined) =>
      nextProgress(
        aFleetObservation({
          group: aMix(2),
          rollout: aWayBack(
            instances_ === undefined
              ? {}
              : { progress: { instances: instances_, since: isoAt(1_000) } },
          ),
        }),
        isoAt(1_500),
      );
    expect(seen(undefined)).toEqual({ instances: 4, since: isoAt(1_500) });
    expect(seen(3)).toEqual({ instances: 4, since: isoAt(1_500) });
    expect(seen(4)).toBeUndefined();
    expect(seen(5)).toBeUndefined();
  });
});

describe('of a fleet that was blocked before', () => {
  const rollout = aWayBack({ endsOnly: true });
  const nothing = 'the fleet is blocked, so that nothing more is begun';
  const mixed = { group: aMix(2), rollout };
  check([
    [
      'a refresh forward is cancelled',
      { ...mixed, refreshes: [aRefresh()] },
      1_010,
      'cancel',
      'refresh refresh-1 is InProgress at 0 %, forward to version 7',
    ],
    [
      'our hold is lifted',
      { ...mixed, refreshes: [cancelled], rollout: aWayBack({ endsOnly: true }, HOLD) },
      1_010,
      'lift-hold',
      "no refresh is active; Kiln's hold at checkpoint 10 % is still recorded",
    ],
    [
      'a refresh back is waited for, however long it makes no progress',
      { ...mixed, refreshes: [back] },
      8_199,
      'wait',
      `refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it; ${nothing}`,
    ],
    [
      'a refresh back that does not end in time is a person’s',
      { ...mixed, refreshes: [back] },
      8_200,
      'escalate',
      'on the way back for 2 h >= wayBackSeconds 7200; refresh back-1 is InProgress at 0 %, back to version 3: 4 of 6 healthy on it; 4 on version 3, 2 on version 7',
    ],
    [
      'somebody else’s refresh is theirs at once',
      { ...mixed, refreshes: [foreign] },
      1_200,
      'escalate',
      `${nothing}; refresh theirs is InProgress at 0 %, not ours, to version 9; 4 on version 3, 2 on version 7`,
    ],
    [
      'no refresh is started',
      { ...mixed, refreshes: [cancelled] },
      1_200,
      'escalate',
      `${nothing}; 2 instances are not on version 3: 4 on version 3, 2 on version 7; 4 on version 3, 2 on version 7`,
    ],
    [
      'it is complete when it is of one version after all',
      { refreshes: [cancelled], rollout },
      1_200,
      'complete',
      'the group and all 6 instances are on version 3, 6 of 6 healthy',
    ],
  ]);

  it('a refresh that goes on is named, with what to do about it', () => {
    expect(decide({ ...mixed, refreshes: [back] }, 8_200)).toMatchObject({
      whatToDo: expect.stringContaining(
        'Refresh back-1 is still under way, and Kiln watches it no longer: let it end, or cancel it, first',
      ),
    });
  });
});
