import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideForward } from '../../lambdas/core/decide-rollout.ts';
import type { ForwardDecision } from '../../lambdas/core/decision.ts';
import { forwardView } from '../../lambdas/core/forward-view.ts';
import type { FleetObservation, RefreshStatus } from '../../lambdas/core/observation.ts';
import type { FleetPolicy } from '../../lambdas/core/policy.ts';
import {
  aFleetObservation,
  aFleetPolicy,
  aGroup,
  aHold,
  aMix,
  anInstance,
  aRefresh,
  aRollout,
  at,
  GREEN,
  HELD,
  INCONCLUSIVE,
  instances,
  isoAt,
  LOCK,
  LOOK,
  NEW,
  OLD,
  OWNER,
  RED,
  UNREADABLE,
} from '../builders.ts';

const POLICY = aFleetPolicy();
const decide = (
  changed: Partial<FleetObservation>,
  seconds: number,
  policy: FleetPolicy = POLICY,
): ForwardDecision =>
  decideForward(forwardView(aFleetObservation(changed), policy, LOOK, at(seconds)), OWNER);

type Row = readonly [
  name: string,
  changed: Partial<FleetObservation>,
  seconds: number,
  kind: ForwardDecision['kind'],
  reason: string,
];
const check = (rows: readonly Row[]) =>
  it.each(rows)('%s', (_, changed, seconds, kind, reason) => {
    const { kind: got, reason: why } = decide(changed, seconds);
    expect({ kind: got, reason: why }).toEqual({ kind, reason });
  });

const atTen = { group: aMix(1), refreshes: [aRefresh({ percentageComplete: 16 })] };
const heldAtTen = (changed: Partial<FleetObservation> = {}): Partial<FleetObservation> => ({
  group: aMix(1, HELD),
  refreshes: [aRefresh({ percentageComplete: 16 })],
  rollout: aRollout({ hold: aHold(10, 400) }),
  ...changed,
});
const done = (changed: Partial<FleetObservation> = {}): Partial<FleetObservation> => ({
  group: aMix(6, { launchTemplate: { id: 'lt-0123456789abcdef0', version: NEW } }),
  refreshes: [aRefresh({ status: 'Successful', percentageComplete: 100, endedAtMs: at(2_000) })],
  rollout: aRollout({ judgedPercent: 50 }),
  ...changed,
});

const sick = 'red: 1 of 1 alarms in ALARM: web-5xx (7 > 5)';
const noNews = 'inconclusive: 1 of 1 alarms tell nothing: web-5xx INSUFFICIENT_DATA';
const fine = (of: number) =>
  `green: 1 of 1 alarms OK; group web-prod-group: of ${of} instances of version 7 ${of} healthy, 0 unhealthy, 0 undecided; healthyPercentMin 100`;

describe('bad news comes first', () => {
  check([
    [
      'refuses when another execution took the lock',
      { lock: { executionArn: 'arn:other', generation: 5 }, gates: RED },
      100,
      'refuse',
      `outbid: the lock of fleet web-prod is at generation 5 and belongs to arn:other; this is ${OWNER.executionArn} at generation 4`,
    ],
    [
      'refuses when the same execution holds it at a later generation',
      { lock: { ...LOCK, generation: 5 } },
      100,
      'refuse',
      `outbid: the lock of fleet web-prod is at generation 5 and belongs to ${OWNER.executionArn}; this is ${OWNER.executionArn} at generation 4`,
    ],
    [
      'is never forward again once it goes back',
      {
        ...atTen,
        rollout: aRollout({
          direction: 'back',
          wayBack: { since: isoAt(90), reason: 'red', attempts: 0 },
        }),
      },
      100,
      'roll-back',
      'the way back was decided before: red',
    ],
    [
      'goes back when the refresh failed, with the words of AWS',
      {
        refreshes: [
          aRefresh({ status: 'Failed', statusReason: 'no  capacity', percentageComplete: 16 }),
        ],
      },
      100,
      'roll-back',
      'refresh refresh-1 is Failed at 16 %: no capacity',
    ],
    [
      'goes back when a foreign refresh is active instead of ours',
      { refreshes: [aRefresh({ instanceRefreshId: 'x', desiredLaunchTemplateVersion: '9' })] },
      100,
      'roll-back',
      'a refresh that is not ours is under way to version 9: refresh x is InProgress at 0 %',
    ],
    ['goes back on red before any instance moved', { gates: RED }, 100, 'roll-back', sick],
    ['goes back on red in the middle of a hold', heldAtTen({ gates: RED }), 401, 'roll-back', sick],
    ['goes back on red before the soak is over', done({ gates: RED }), 2_001, 'roll-back', sick],
    [
      'goes back when more instances are exposed than the checkpoint and its tolerance allow',
      { group: aMix(3), refreshes: [aRefresh({ percentageComplete: 50 })] },
      500,
      'roll-back',
      'overexposed: 3 instances of version 7 > 2 (10 % and tolerance 10 % of 6) before checkpoint 10 % was judged',
    ],
    [
      'counts new instances that are still on their way in as exposed',
      {
        group: aGroup({
          instances: [...instances(4, OLD), ...instances(3, NEW, { lifecycleState: 'Pending' })],
        }),
      },
      500,
      'roll-back',
      'overexposed: 3 instances of version 7 > 2 (10 % and tolerance 10 % of 6) before checkpoint 10 % was judged',
    ],
    [
      'goes back when the gates were unreadable for as long as the limit',
      { ...atTen, gates: UNREADABLE, rollout: aRollout({ unreadableSince: isoAt(400) }) },
      1_000,
      'roll-back',
      'gates unreadable for 10 min >= unreadableSeconds 600: alarms could not be read: throttled',
    ],
    [
      'goes back when the rollout is as old as it may be',
      heldAtTen({ rollout: aRollout({ hold: aHold(10, 14_000) }) }),
      14_400,
      'roll-back',
      'rollout is 4 h old >= rolloutSeconds 14400',
    ],
  ]);

  it.each([
    'Failed',
    'Cancelling',
    'Cancelled',
    'RollbackInProgress',
    'RollbackFailed',
    'RollbackSuccessful',
  ] as const)('goes back when our refresh is %s', (status: RefreshStatus) => {
    expect(decide({ refreshes: [aRefresh({ status })] }, 100).kind).toBe('roll-back');
  });

  it('does not take a refresh from before this rollout for its own', () => {
    const old = aRefresh({ status: 'Failed', startedAtMs: at(-3_600) });
    expect(decide({ refreshes: [old] }, 100).kind).toBe('wait');
    expect(decide({ refreshes: [aRefresh(), old] }, 100).kind).toBe('wait');
  });

  it('takes a start time in whole seconds for its own', () => {
    const rollout = aRollout({ startedAt: new Date(at(60) + 900).toISOString() });
    expect(decide({ rollout, refreshes: [aRefresh({ status: 'Failed' })] }, 100).kind).toBe(
      'roll-back',
    );
  });
});

describe('until the refresh is visible', () => {
  const none = { refreshes: [] };
  check([
    [
      'waits at first',
      none,
      359,
      'wait',
      'no refresh to version 7 is visible, 4 min 59 s after it was asked for',
    ],
    [
      'goes back past the bound',
      none,
      360,
      'roll-back',
      'no refresh to version 7 is visible, 5 min after it was asked for >= 5 min',
    ],
    [
      'counts from the start of the rollout where the request has no time',
      { refreshes: [], rollout: aRollout({ refreshRequestedAt: undefined }) },
      300,
      'roll-back',
      'no refresh to version 7 is visible, 5 min after it was asked for >= 5 min',
    ],
  ]);
});

describe('between checkpoints', () => {
  check([
    [
      'waits while nothing moved',
      {},
      100,
      'wait',
      '0 of 6 healthy on version 7; refresh refresh-1 is InProgress at 0 %',
    ],
    [
      'does not call a checkpoint reached before the instances have warmed up',
      { group: aMix(1), refreshes: [aRefresh({ percentageComplete: 9 })] },
      100,
      'wait',
      '1 of 6 healthy on version 7; refresh refresh-1 is InProgress at 9 %',
    ],
    [
      'does not call a checkpoint reached by percentage alone',
      { group: aMix(0), refreshes: [aRefresh({ percentageComplete: 16 })] },
      100,
      'wait',
      '0 of 6 healthy on version 7; refresh refresh-1 is InProgress at 16 %',
    ],
    [
      'holds at the canary when it is reached',
      atTen,
      400,
      'hold',
      `checkpoint 10 % reached: 1 healthy instances of version 7 >= 1 of 6; ${fine(1)}`,
    ],
    [
      'holds first even while the gates tell nothing',
      { ...atTen, gates: INCONCLUSIVE },
      400,
      'hold',
      `checkpoint 10 % reached: 1 healthy instances of version 7 >= 1 of 6; ${noNews}`,
    ],
    [
      'holds when one instance more than the checkpoint needs is new: an old one may have died',
      { group: aMix(2), refreshes: [aRefresh({ percentageComplete: 33 })] },
      400,
      'hold',
      `checkpoint 10 % reached: 2 healthy instances of version 7 >= 1 of 6; ${fine(2)}`,
    ],
    [
      'judges at once when Auto Scaling went on by more than one instance and all is green',
      { group: aMix(2), refreshes: [aRefresh({ percentageComplete: 34 })] },
      400,
      'resume',
      `checkpoint 10 % reached: 2 healthy instances of version 7 >= 1 of 6; Auto Scaling went on (34 % replaced), judged at once: ${fine(2)}`,
    ],
    [
      'holds after a scale-out made more instances new, while no more are replaced',
      {
        group: aGroup({
          desiredCapacity: 8,
          instances: [...instances(2, NEW), ...instances(6, OLD)],
        }),
        refreshes: [aRefresh({ percentageComplete: 16 })],
      },
      400,
      'hold',
      `checkpoint 10 % reached: 2 healthy instances of version 7 >= 1 of 8; ${fine(2)}`,
    ],
    [
      'holds when Auto Scaling went on and the gates tell nothing',
      { group: aMix(2), refreshes: [aRefresh({ percentageComplete: 34 })], gates: INCONCLUSIVE },
      400,
      'hold',
      `checkpoint 10 % reached: 2 healthy instances of version 7 >= 1 of 6; ${noNews}`,
    ],
    [
      'waits for the end after the last judged checkpoint, however many are new',
      {
        group: aMix(5),
        refreshes: [aRefresh({ percentageComplete: 83 })],
        rollout: aRollout({ judgedPercent: 50 }),
      },
      400,
      'wait',
      '5 of 6 healthy on version 7; refresh refresh-1 is InProgress at 83 %',
    ],
    [
      'never lifts a suspension that a person made',
      { ...atTen, group: aMix(1, HELD) },
      400,
      'wait',
      'process InstanceRefresh is suspended, and not by Kiln (User suspended at …); refresh refresh-1 is InProgress at 16 %',
    ],
  ]);

  it('judges at once when the next checkpoint is reached by percentage, though within one instance', () => {
    const policy = aFleetPolicy({
      checkpoints: [
        { percent: 10, holdSeconds: 600 },
        { percent: 30, holdSeconds: 600 },
        { percent: 100, holdSeconds: 0 },
      ],
    });
    const decideAt = (percentageComplete: number) =>
      decide({ group: aMix(1), refreshes: [aRefresh({ percentageComplete })] }, 400, policy);
    expect(decideAt(29)).toMatchObject({ kind: 'hold', checkpointPercent: 10 });
    expect(decideAt(30)).toMatchObject({ kind: 'resume', checkpointPercent: 10 });
  });

  it('holds a small group at the highest of the checkpoints that it reaches at once', () => {
    const group = aGroup({
      desiredCapacity: 2,
      instances: [...instances(1, NEW), ...instances(1, OLD)],
    });
    expect(decide({ group, refreshes: [aRefresh({ percentageComplete: 50 })] }, 400)).toMatchObject(
      { kind: 'hold', checkpointPercent: 50 },
    );
  });

  it('waits for the next checkpoint that is not judged, and after the last one for the end', () => {
    const awaiting = (judgedPercent: number) =>
      decide({ rollout: aRollout({ judgedPercent }) }, 100);
    expect(awaiting(10)).toMatchObject({
      awaiting: expect.stringMatching(/^checkpoint 50 % \(3 inst/),
    });
    expect(awaiting(50)).toMatchObject({ awaiting: expect.stringMatching(/^the refresh ends; /) });
  });

  it('says in an operator’s words what it waits for, and until when', () => {
    expect(decide({}, 100)).toMatchObject({
      awaiting:
        'checkpoint 10 % (1 instances); at 2026-11-23T14:00:00Z at the latest the fleet goes back',
      lookAgainAtMs: at(400),
    });
  });
});

describe('a held checkpoint', () => {
  check([
    [
      'waits until the minimum hold is over, though all is green',
      heldAtTen(),
      999,
      'wait',
      `held at checkpoint 10 % for 9 min 59 s (holdSeconds 600); ${fine(1)}`,
    ],
    [
      'is resumed from when it is over and green',
      heldAtTen(),
      1_000,
      'resume',
      `held at checkpoint 10 % for 10 min (holdSeconds 600); ${fine(1)}`,
    ],
    [
      'waits on while the gates tell nothing',
      heldAtTen({ gates: INCONCLUSIVE }),
      2_199,
      'wait',
      `held at checkpoint 10 % for 29 min 59 s (holdSeconds 600); ${noNews}`,
    ],
    [
      'goes back when they told nothing for as long as the limit',
      heldAtTen({ gates: INCONCLUSIVE }),
      2_200,
      'roll-back',
      `held at checkpoint 10 % for 30 min (holdSeconds 600), 20 min past its end >= inconclusiveSeconds 1200; ${noNews}`,
    ],
    [
      'is resumed from at once when it was judged before',
      heldAtTen({
        rollout: aRollout({
          judgedPercent: 10,
          hold: aHold(10, 400),
        }),
      }),
      401,
      'resume',
      'checkpoint 10 % was judged green before',
    ],
    [
      'is held again when its suspension does not show a minute later',
      heldAtTen({ group: aMix(1) }),
      460,
      'hold',
      'held at checkpoint 10 % for 1 min (holdSeconds 600), but process InstanceRefresh is not suspended: held again',
    ],
    [
      'gives its suspension a minute to show',
      heldAtTen({ group: aMix(1) }),
      459,
      'wait',
      `held at checkpoint 10 % for 59 s (holdSeconds 600); ${fine(1)}`,
    ],
  ]);

  it('looks again when the hold ends or by the safety net, whichever is first', () => {
    expect(decide(heldAtTen(), 500)).toMatchObject({ lookAgainAtMs: at(800) });
    expect(decide(heldAtTen(), 900)).toMatchObject({ lookAgainAtMs: at(1_000) });
  });

  it('looks again when unreadable gates reach their limit', () => {
    const rollout = aRollout({
      hold: aHold(10, 400),
      unreadableSince: isoAt(450),
    });
    expect(decide(heldAtTen({ gates: UNREADABLE, rollout }), 1_000)).toMatchObject({
      kind: 'wait',
      lookAgainAtMs: at(1_050),
    });
  });

  it('over a suspension that a person made is not asked for again when that person lifts it', () => {
    const rollout = aRollout({ hold: aHold(10, 400, false) });
    expect(decide(heldAtTen({ group: aMix(1), rollout }), 999).kind).toBe('wait');
    expect(decide(heldAtTen({ group: aMix(1), rollout }), 1_000).kind).toBe('resume');
    expect(decide(heldAtTen({ group: aMix(3), rollout }), 999).kind).toBe('roll-back');
  });

  it('that the policy does not know is held as long as the longest', () => {
    const rollout = aRollout({ hold: aHold(20, 400) });
    expect(decide(heldAtTen({ rollout }), 999).kind).toBe('wait');
    expect(decide(heldAtTen({ rollout }), 1_000).kind).toBe('resume');
  });

  it('is never resumed from unless green', () => {
    for (const gates of [INCONCLUSIVE, UNREADABLE, RED]) {
      for (const seconds of [401, 1_000, 1_500, 5_000])
        expect(decide(heldAtTen({ gates }), seconds).kind).not.toBe('resume');
    }
  });

  it('parks no longer than the hold that it asks for', () => {
    const short = aFleetPolicy({
      checkpoints: [
        { percent: 10, holdSeconds: 120 },
        { percent: 100, holdSeconds: 0 },
      ],
    });
    expect(decide(atTen, 400, short)).toMatchObject({ kind: 'hold', parkSeconds: 120 });
    expect(decide(atTen, 400)).toMatchObject({ kind: 'hold', parkSeconds: 300 });
    // The deadline may be found so much late: a shorter park could end before its look.
    expect(decide(atTen, 14_390)).toMatchObject({ kind: 'hold', parkSeconds: 30 });
  });
});

describe('the soak', () => {
  check([
    [
      'lasts its whole time',
      done(),
      2_899,
      'wait',
      `soaked for 14 min 59 s (soakSeconds 900); ${fine(6)}`,
    ],
    [
      'completes at its end',
      done(),
      2_900,
      'complete',
      `soaked for 15 min (soakSeconds 900); all 6 instances on version 7; ${fine(6)}`,
    ],
    [
      'waits on while the gates tell nothing',
      done({ gates: INCONCLUSIVE }),
      4_099,
      'wait',
      `soaked for 34 min 59 s (soakSeconds 900); ${noNews}`,
    ],
    [
      'goes back when they told nothing for as long as the limit',
      done({ gates: INCONCLUSIVE }),
      4_100,
      'roll-back',
      `soaked for 35 min (soakSeconds 900), 20 min past its end >= inconclusiveSeconds 1200; ${noNews}`,
    ],
    [
      'waits for the group to save the new version',
      done({ group: aMix(6) }),
      2_900,
      'wait',
      "soaked for 15 min (soakSeconds 900); the group's saved launch template version is 3, not 7",
    ],
    [
      'lifts a hold that outlived the refresh, as in a group of one',
      done({
        group: aGroup({ desiredCapacity: 1, instances: instances(1, NEW) }),
        rollout: aRollout({ hold: aHold(50, 900) }),
      }),
      2_001,
      'resume',
      'refresh refresh-1 ended while held at checkpoint 50 %; the hold is lifted, the soak judges',
    ],
    [
      'never ends while AWS does not tell when the refresh ended',
      done({ refreshes: [aRefresh({ status: 'Successful', percentageComplete: 100 })] }),
      9_000,
      'wait',
      `soaked for 0 s (soakSeconds 900); ${fine(6)}`,
    ],
  ]);

  describe('of a group so small that a checkpoint was passed unjudged', () => {
    const impatient = aFleetPolicy({ soakSeconds: 0 });
    const one = (judgedPercent: number, more: Partial<FleetObservation['rollout']> = {}) =>
      done({
        group: aGroup({
          desiredCapacity: 1,
          instances: instances(1, NEW),
          launchTemplate: { id: 'lt-0123456789abcdef0', version: NEW },
        }),
        rollout: aRollout({ judgedPercent, ...more }),
      });
    it.each([
      { judged: 0, seconds: 2_599, kind: 'wait', says: 'for 9 min 59 s (holdSeconds of a' },
      { judged: 0, seconds: 2_600, kind: 'complete', says: 'unjudged, 600); all 1 instances' },
      { judged: 10, seconds: 2_299, kind: 'wait', says: 'unjudged, 300); green' },
      { judged: 10, seconds: 2_300, kind: 'complete', says: 'unjudged, 300); all 1 instances' },
      { judged: 50, seconds: 2_000, kind: 'complete', says: 'for 0 s (soakSeconds 0); all 1' },
    ])('makes up for its hold: $kind after $seconds s, $judged % judged', (row) => {
      const decision = decide(one(row.judged), row.seconds, impatient);
      expect(decision.kind).toBe(row.kind);
      expect(decision.reason).toContain(row.says);
    });
    it('still goes back on red', () => {
      expect(decide({ ...one(0), gates: RED }, 2_100, impatient).kind).toBe('roll-back');
    });
    it('lifts a hold that the refresh did not wait for without calling it judged', () => {
      const decision = decide(one(0, { hold: aHold(50, 1_990) }), 2_000, impatient);
      expect(decision).toMatchObject({ kind: 'resume', checkpointPercent: 0 });
    });
  });

  const straggler = {
    standby: anInstance({ lifecycleState: 'Standby' }),
    protected: anInstance({ protectedFromScaleIn: true }),
    'warm pool': anInstance({ warmPool: true, lifecycleState: 'Warmed:Stopped' }),
    unknown: anInstance({ launchTemplateVersion: undefined }),
  };
  it.each(Object.entries(straggler))(
    'waits for an old instance in %s, then goes back',
    (_, one) => {
      const saved = { launchTemplate: { id: 'lt', version: NEW } };
      const group = aGroup({ ...saved, instances: [...instances(6, NEW), one] });
      expect(decide(done({ group }), 2_900)).toMatchObject({ kind: 'wait' });
      expect(decide(done({ group }), 4_100)).toMatchObject({ kind: 'roll-back' });
      const leaving = {
        ...one,
        lifecycleState: one.warmPool ? 'Warmed:Terminating' : 'Terminating:Wait',
      };
      const going = aGroup({ ...saved, instances: [...instances(6, NEW), leaving] });
      expect(decide(done({ group: going }), 2_900)).toMatchObject({ kind: 'complete' });
    },
  );

  it('reads the saved version out of a mixed instances policy', () => {
    const policy = {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId: 'lt', Version: NEW },
        Overrides: [],
      },
    };
    const group = aMix(6, {
      launchTemplate: undefined,
      mixedInstancesPolicy: JSON.stringify(policy),
    });
    expect(decide(done({ group }), 2_900).kind).toBe('complete');
    const broken = aMix(6, { launchTemplate: undefined, mixedInstancesPolicy: '{' });
    expect(decide(done({ group: broken }), 2_900).kind).toBe('wait');
  });
});

describe('whatever is observed', () => {
  const observation = fc.record({
    newOnes: fc.integer({ min: 0, max: 6 }),
    status: fc.option(
      fc.constantFrom<RefreshStatus>(
        'Pending',
        'InProgress',
        'Baking',
        'Successful',
        'Failed',
        'Cancelling',
      ),
    ),
    percentageComplete: fc.integer({ min: 0, max: 100 }),
    gates: fc.constantFrom(GREEN, RED, INCONCLUSIVE, UNREADABLE),
    judgedPercent: fc.constantFrom(0, 10, 50),
    held: fc.option(
      fc.record({
        checkpointPercent: fc.constantFrom(10, 50),
        since: fc.integer({ min: 100, max: 14_399 }),
      }),
    ),
    unreadableSince: fc.option(fc.integer({ min: 0, max: 14_399 })),
    suspended: fc.boolean(),
    endedAt: fc.option(fc.integer({ min: 100, max: 14_399 })),
    seconds: fc.integer({ min: 100, max: 20_000 }),
  });
  const build = (one: typeof observation extends fc.Arbitrary<infer T> ? T : never) => ({
    group: aMix(one.newOnes, one.suspended ? HELD : {}),
    refreshes:
      one.status === null
        ? []
        : [
            aRefresh({
              status: one.status,
              percentageComplete: one.percentageComplete,
              endedAtMs: one.endedAt === null ? undefined : at(one.endedAt),
            }),
          ],
    gates: one.gates,
    rollout: aRollout({
      judgedPercent: one.judgedPercent,
      hold: one.held === null ? undefined : aHold(one.held.checkpointPercent, one.held.since),
      unreadableSince: one.unreadableSince === null ? undefined : isoAt(one.unreadableSince),
    }),
  });

  it('no wait lasts past the deadline, and each ends in the future', () => {
    fc.assert(
      fc.property(observation, (one) => {
        const decision = decide(build(one), one.seconds);
        expect(decision.reason).not.toBe('');
        if (decision.kind === 'wait') {
          expect(decision.lookAgainAtMs).toBeGreaterThan(at(one.seconds));
          expect(decision.lookAgainAtMs).toBeLessThanOrEqual(at(14_400));
          expect(decision.lookAgainAtMs).toBeLessThanOrEqual(at(one.seconds + LOOK.refreshSeconds));
        } else expect(decision.parkSeconds).toBeGreaterThanOrEqual(30);
        if (one.seconds >= 14_400) expect(decision.kind).toBe('roll-back');
      }),
    );
  });

  it('red always leads back, and only green completes', () => {
    fc.assert(
      fc.property(observation, (one) => {
        const red = decide({ ...build(one), gates: RED }, one.seconds);
        expect(red.kind).toBe('roll-back');
        if (one.gates !== GREEN) expect(decide(build(one), one.seconds).kind).not.toBe('complete');
      }),
    );
  });
});
