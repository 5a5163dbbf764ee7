import { expect, test } from 'vitest';
import { everyCallIsAllowed } from '../../../simulator/invariants/every-call-is-allowed.ts';
import { noCauseIsLost } from '../../../simulator/invariants/no-cause-is-lost.ts';
import { nobodyOversleeps } from '../../../simulator/invariants/nobody-oversleeps.ts';
import { nothingIsLeftBehind } from '../../../simulator/invariants/nothing-is-left-behind.ts';
import { oneOwnerAtATime } from '../../../simulator/invariants/one-owner-at-a-time.ts';
import { redLeadsBack } from '../../../simulator/invariants/red-leads-back.ts';
import type { WitnessedDenial } from '../../../simulator/invariants/witness.ts';
import {
  aGroup,
  anExecution,
  aRelease,
  aRollout,
  releaseArn,
  rolloutArn,
  START_MS,
  watching,
} from './doctored.ts';

const entered = (state: string, execution = rolloutArn('prod-1')) => ({
  kind: 'state',
  phase: 'entered',
  execution,
  machine: 'kiln-main-rollout',
  state,
});
const act = (operation: string, more: object = {}) => ({
  kind: 'call',
  caller: 'kiln-start-refresh',
  role: 'start-refresh-role',
  service: 'client-auto-scaling',
  operation,
  input: { AutoScalingGroupName: 'prod-group' },
  output: {},
  ...more,
});
const lockOf = (owner: string | undefined, generation = 1) => ({
  of: 'fleet' as const,
  name: 'prod',
  generation,
  ...(owner === undefined ? {} : { executionArn: owner }),
});

test('4: two open releases of one image break it', () => {
  const watched = watching(oneOwnerAtATime);
  watched.ledger({ releases: [aRelease(), aRelease({ id: 'web-2', outcome: 'merged' })] });
  watched.minutes(1);
  expect(watched.broken).toEqual([]);
  watched.ledger({ releases: [aRelease(), aRelease({ id: 'web-2' })] });
  watched.minutes(1);
  expect(watched.broken).toEqual(['image web has 2 releases: web-1, web-2']);
});

test('4: a lock that changes hands without a higher generation breaks it', () => {
  const watched = watching(oneOwnerAtATime);
  watched.ledger({ locks: [lockOf('a', 1)] });
  watched.minutes(1);
  watched.ledger({ locks: [lockOf('b', 2)] });
  watched.minutes(1);
  watched.ledger({ locks: [lockOf(undefined, 2)] });
  watched.minutes(1);
  expect(watched.broken).toEqual([]);
  watched.ledger({ locks: [lockOf('c', 2)] });
  watched.minutes(1);
  expect(watched.broken).toEqual([
    'the lock of fleet prod went from nobody at generation 2 to c at 2',
  ]);
});

test('4: two refreshes of one fleet break it', () => {
  const watched = watching(oneOwnerAtATime);
  const refreshes = ['r-1', 'r-2'].map((id) => ({ id, status: 'InProgress', percent: 0 }));
  watched.world.group = aGroup({ refreshes });
  watched.line(act('StartInstanceRefresh', { role: '' }));
  expect(watched.broken).toEqual(['fleet prod has 2 refreshes: r-1, r-2']);
});

test('4: only the owner of the lock moves a fleet', () => {
  const watched = watching(oneOwnerAtATime);
  watched.world.executions = [aRollout(), aRollout({ arn: rolloutArn('prod-2'), name: 'prod-2' })];
  watched.ledger({ locks: [lockOf(rolloutArn('prod-1'))] });
  watched.line(entered('Start the instance refresh'));
  watched.line(act('StartInstanceRefresh'));
  expect(watched.broken).toEqual([]);
  watched.line(entered('Supervise the rollout'));
  watched.line(entered('Hold the fleet', rolloutArn('prod-2')));
  watched.line(act('SuspendProcesses'));
  expect(watched.broken).toEqual([
    `kiln-start-refresh made SuspendProcesses on prod-group for prod-2 while the lock of fleet prod is ${rolloutArn('prod-1')}'s`,
  ]);
});

test('4: what an execution has called before its end may still begin after its redrive, for ten seconds', () => {
  const redriven = (afterMs: number, state = 'Hold the fleet') => {
    const watched = watching(oneOwnerAtATime);
    const execution = rolloutArn('prod-1');
    watched.world.executions = [aRollout()];
    watched.ledger({ locks: [lockOf(execution)] });
    watched.minutes(1);
    watched.line(entered(state));
    const line = { kind: 'execution', execution, machine: 'm' };
    watched.line({ ...line, phase: 'ended', status: 'ABORTED' });
    watched.line({ ...line, phase: 'started' });
    watched.world.nowMs += afterMs;
    const functionName = 'kiln-start-refresh';
    watched.line({ kind: 'invocation', phase: 'started', functionName, requestId: 'r' });
    watched.line(act('SuspendProcesses'));
    return watched.broken;
  };
  expect(redriven(10_000)).toEqual([]);
  expect(redriven(10_001)).toEqual([expect.stringContaining('made SuspendProcesses')]);
  expect(redriven(0, 'Supervise the rollout')).toHaveLength(1);
});

test('4: a fleet that goes forward while nobody has its image claimed breaks it', () => {
  const forward = aRollout({ input: { fleet: 'prod', direction: 'forward' } });
  const moved = (claim: object) => {
    const watched = watching(oneOwnerAtATime);
    watched.world.executions = [forward];
    watched.ledger({ locks: [{ of: 'image', name: 'web', generation: 2, ...claim }] });
    const state = 'Start the instance refresh';
    watched.line({ kind: 'state', phase: 'entered', execution: forward.arn, state });
    return watched.broken;
  };
  expect(moved({})).toEqual([
    `${forward.arn} moves fleet prod forward while nobody has image web claimed`,
  ]);
  expect(moved({ executionArn: releaseArn('web-1') })).toEqual([]);
});

test('4: acts without any lock break it, those of a dead owner and of people do not', () => {
  const watched = watching(oneOwnerAtATime);
  watched.line(act('SuspendProcesses', { role: '' }));
  watched.world.executions = [aRollout({ status: 'ABORTED' })];
  watched.ledger({ locks: [lockOf(rolloutArn('prod-1'))] });
  watched.line(act('StartInstanceRefresh'));
  expect(watched.broken).toEqual([]);
  watched.ledger({ locks: [] });
  watched.line(act('StartInstanceRefresh'));
  expect(watched.broken).toEqual([expect.stringContaining('the lock of fleet prod is free')]);
});

test('5: a base image that moved and that no release knows of after a check breaks it', () => {
  const watched = watching(noCauseIsLost);
  watched.minutes(1);
  watched.world.parameter = 'ami-base-2';
  watched.minutes(1);
  watched.minutes(60);
  watched.end();
  expect(watched.broken).toEqual([]);
  watched.minutes(10);
  watched.end();
  expect(watched.broken).toEqual([
    'base image /aws/service/base of web moved to ami-base-2, and no release has seen to it',
  ]);
});

test('5: a release of its own, or a merged one that names its cause, tells of a moved base image', () => {
  const watched = watching(noCauseIsLost);
  watched.minutes(1);
  watched.world.parameter = 'ami-base-2';
  watched.minutes(120);
  const cause = { kind: 'base-image', id: 'base-2', to: 'ami-base-2' };
  watched.ledger({ releases: [aRelease({ cause, outcome: 'promoted' })] });
  watched.end();
  watched.ledger({
    releases: [
      aRelease({ cause: { kind: 'merged', id: 'm', causes: ['base-2'] }, outcome: 'failed' }),
    ],
    causes: [
      {
        image: 'web',
        causeId: 'base-2',
        text: '{"to":"ami-base-2"}',
        releaseId: 'x',
        at: undefined,
      },
    ],
  });
  watched.end();
  expect(watched.broken).toEqual([]);
});

test('5: a Release that ends without an outcome, as no duplicate and not merged, breaks it', () => {
  const caused = { image: 'web', cause: { kind: 'person', id: 'by-hand-1' } };
  const watched = watching(noCauseIsLost);
  watched.ledger({ releases: [aRelease()] });
  watched.world.executions = [
    anExecution({ status: 'FAILED' }),
    anExecution({ arn: 'b', name: 'b', status: 'FAILED', error: 'InvalidInput' }),
    anExecution({ arn: 'c', name: 'c', status: 'SUCCEEDED', output: { kind: 'duplicate' } }),
    anExecution({ arn: 'd', name: 'd', status: 'FAILED', error: 'States.Runtime', input: caused }),
    // Whoever started it by hand sees how it ended.
    anExecution({ arn: 'e', name: 'e', status: 'FAILED', error: 'States.Runtime' }),
    anExecution({ arn: 'f', name: 'f', status: 'FAILED', error: 'ImageBusy', input: caused }),
  ];
  watched.end();
  expect(watched.broken).toEqual([
    'Release web-1 ended FAILED, and its release has no outcome',
    'Release d ended FAILED, and the ledger does not know of it',
  ]);
});

test('5: a cause that is told again may be forgotten when a release of it has ended, and not before', () => {
  const again = { image: 'web', cause: { kind: 'person', id: 'by-hand-1' } };
  const told = (outcome: string | undefined, causeId: string) => {
    const watched = watching(noCauseIsLost);
    const cause = { kind: 'person', id: causeId };
    const release = aRelease({ cause, ...(outcome !== undefined && { outcome }) });
    watched.ledger({ releases: [release] });
    watched.world.executions = [
      anExecution({ arn: 'd', name: 'd', status: 'FAILED', error: 'Transient', input: again }),
    ];
    watched.end();
    return watched.broken;
  };
  const lost = ['Release d ended FAILED, and the ledger does not know of it'];
  expect(told('promoted', 'by-hand-1')).toEqual([]);
  expect(told(undefined, 'by-hand-1')).toEqual(lost);
  expect(told('promoted', 'by-hand-2')).toEqual(lost);
});

const parked = (deadlineMs: number) => ({
  executionArn: rolloutArn('prod-1'),
  supervisor: 'rollout' as const,
  input: '{}',
  deadline: new Date(deadlineMs).toISOString(),
});

test('6: a parked execution that is not parked anew after its deadline breaks it', () => {
  const watched = watching(nobodyOversleeps);
  watched.world.executions = [aRollout()];
  watched.ledger({ parked: [parked(START_MS + 60_000)] });
  watched.minutes(4);
  expect(watched.broken).toEqual([]);
  watched.minutes(1);
  expect(watched.broken).toEqual([
    `${rolloutArn('prod-1')} sleeps (rollout) past its deadline 2026-11-23T09:01:00.000Z`,
  ]);
});

const announced = {
  kind: 'event',
  source: 'aws.autoscaling',
  detailType: 'EC2 Auto Scaling Instance Refresh Succeeded',
  delivered: ['arn:aws:lambda:eu-west-1:111122223333:function:Kiln-main-Hub-KilnFunctionsWake1-ab'],
  event: { detail: { AutoScalingGroupName: 'prod-group' } },
};

test('6: an execution that has gone on since the event is awake, another is not', () => {
  const goesOn = (execution: string) => {
    const watched = watching(nobodyOversleeps);
    watched.world.executions = [aRollout()];
    watched.ledger({ parked: [parked(START_MS + 3_600_000)] });
    watched.line(announced);
    watched.line({ kind: 'state', phase: 'entered', state: 'What was decided?', execution });
    watched.minutes(3);
    return watched.broken.length;
  };
  expect(goesOn(rolloutArn('prod-1'))).toBe(0);
  expect(goesOn(rolloutArn('prod-2'))).toBe(1);
});

test('6: what a wake announced must be looked at within two minutes', () => {
  const watched = watching(nobodyOversleeps);
  watched.world.executions = [aRollout()];
  watched.ledger({ parked: [parked(START_MS + 3_600_000)] });
  watched.line(announced);
  watched.line({
    kind: 'invocation',
    phase: 'started',
    functionName: 'Kiln-main-Hub-KilnFunctionsSuperviseRollout2-cd',
  });
  watched.minutes(3);
  expect(watched.broken).toEqual([]);
  watched.line(announced);
  watched.minutes(2);
  expect(watched.broken).toEqual([]);
  watched.minutes(1);
  expect(watched.broken).toEqual([
    expect.stringContaining(
      'was not looked at within 120 s of EC2 Auto Scaling Instance Refresh Succeeded',
    ),
  ]);
});

/** In minutes: a way back, a sweep, and half an hour. */
const MINUTES_OF_GRACE = 4 * 60 + 10 + 30;

test('7: a lock, a token or a bake without a live owner may stay for the bound and no longer', () => {
  const watched = watching(nothingIsLeftBehind);
  watched.world.executions = [aRollout({ status: 'ABORTED' })];
  watched.world.bakes = [{ arn: 'image/1', recipeName: 'kiln-main-web', underWay: true }];
  watched.ledger({ locks: [lockOf(rolloutArn('prod-1'))], parked: [parked(START_MS)] });
  watched.minutes(MINUTES_OF_GRACE);
  expect(watched.broken).toEqual([]);
  watched.minutes(1);
  const since = 'since 2026-11-23T09:01:00.000Z';
  expect(watched.broken).toEqual([
    `the lock of fleet prod is held by ${rolloutArn('prod-1')}, which has ended, ${since}`,
    `a token of ${rolloutArn('prod-1')} is parked, which has ended, ${since}`,
    `bake image/1 goes on, and no release owns image web, ${since}`,
  ]);
});

test('7: at the end of a history nothing may be left at all', () => {
  const watched = watching(nothingIsLeftBehind);
  watched.ledger({ locks: [lockOf(rolloutArn('prod-1'))] });
  watched.end();
  expect(watched.broken).toHaveLength(1);
});

test('7: a hold and a refresh are left behind when they are Kiln’s and no rollout owns the fleet', () => {
  const watched = watching(nothingIsLeftBehind);
  watched.world.group = aGroup({
    suspended: ['InstanceRefresh'],
    refreshes: [{ id: 'r-1', status: 'InProgress', percent: 10 }],
  });
  watched.end();
  // A person's own.
  expect(watched.broken).toEqual([]);
  watched.line(act('SuspendProcesses'));
  watched.line(act('StartInstanceRefresh', { output: { InstanceRefreshId: 'r-1' } }));
  watched.world.executions = [aRollout()];
  watched.ledger({ locks: [lockOf(rolloutArn('prod-1'))] });
  watched.end();
  expect(watched.broken).toEqual([]);
  watched.ledger({ locks: [lockOf(undefined)] });
  watched.end();
  expect(watched.broken).toEqual([
    expect.stringContaining('group prod-group is held, and no rollout owns fleet prod'),
    expect.stringContaining('refresh r-1 of prod-group is InProgress, and no rollout owns'),
  ]);
});

test('7: the launch template version of a release that failed goes when nothing runs it', () => {
  const watched = watching(nothingIsLeftBehind);
  watched.world.templateVersions = [
    { version: '1', description: '' },
    { version: '2', description: 'kiln release web-1 fleet prod version 2026.11.23-1' },
  ];
  watched.ledger({ releases: [aRelease({ outcome: 'promoted' })] });
  watched.end();
  expect(watched.broken).toEqual([]);
  watched.ledger({ releases: [aRelease({ outcome: 'rolled-back' })] });
  watched.end();
  expect(watched.broken).toEqual([
    expect.stringContaining(
      'launch template version 2 of lt-1 is of release web-1, which ended rolled-back',
    ),
  ]);
});

const VERSION_OF_WEB_1 = {
  version: '2',
  description: 'kiln release web-1 fleet prod version 2026.11.23-1',
};
const asking = (to: object) => ({
  fleet: 'prod',
  releaseId: 'web-1',
  executionArn: rolloutArn('prod-1'),
  direction: 'forward' as const,
  from: { version: 'ami-old', imageId: 'ami-old' },
  to: { version: '2026.11.23-1', imageId: 'ami-new', ...to },
});

test.each([
  { what: 'nothing of it', ledger: {}, broken: 0 },
  {
    what: 'a rollout that has not asked for it yet',
    ledger: { rollouts: [asking({})] },
    broken: 0,
  },
  {
    what: 'that it was asked for',
    ledger: { rollouts: [asking({ requestedAt: '2026-11-23T09:00:00.000Z' })] },
    broken: 1,
  },
])(
  '7: a launch template version of which a restored ledger knows $what: $broken left behind',
  ({ ledger, broken }) => {
    let wentBackMs: number | undefined;
    const watched = watching(nothingIsLeftBehind, { ledgerWentBackMs: () => wentBackMs });
    watched.world.templateVersions = [VERSION_OF_WEB_1];
    watched.ledger({ releases: [aRelease()], ...ledger });
    wentBackMs = watched.world.nowMs;
    watched.minutes(1);
    watched.ledger({ releases: [aRelease({ outcome: 'failed' })], rollouts: [] });
    watched.end();
    expect(watched.broken).toHaveLength(broken);
  },
);

test('7: what is made after the ledger was put back is known to it', () => {
  const watched = watching(nothingIsLeftBehind, { ledgerWentBackMs: () => START_MS });
  watched.minutes(1);
  watched.world.templateVersions = [VERSION_OF_WEB_1];
  watched.ledger({ releases: [aRelease({ outcome: 'failed' })] });
  watched.end();
  expect(watched.broken).toHaveLength(1);
});

const alarming = {
  kind: 'event',
  source: 'aws.cloudwatch',
  detailType: 'CloudWatch Alarm State Change',
  delivered: [],
  event: { detail: { alarmName: 'prod-5xx', state: { value: 'ALARM' } } },
};

/** A fleet on its way forward turns red. */
function red() {
  const watched = watching(redLeadsBack);
  watched.world.executions = [aRollout(), anExecution()];
  watched.line(entered('Start the instance refresh'));
  watched.world.alarm = { state: 'ALARM', reason: 'errors' };
  watched.line(alarming);
  return watched;
}

test('8: a red alarm that is not followed by the way back within the look interval breaks it', () => {
  const watched = red();
  // 300 s between looks and 120 s more.
  watched.minutes(7);
  expect(watched.broken).toEqual([]);
  watched.minutes(1);
  expect(watched.broken).toEqual([
    expect.stringContaining('alarm prod-5xx of fleet prod is red since 2026-11-23T09:00:00.000Z'),
  ]);
});

test('8: turning back pays the debt, and so does the end of the rollout or an alarm that was over', () => {
  const turned = red();
  turned.line(entered('Turn back'));
  turned.minutes(10);
  const over = red();
  over.world.executions = [aRollout({ status: 'SUCCEEDED' })];
  over.minutes(10);
  const flapped = red();
  flapped.world.alarm = { state: 'OK', reason: '' };
  flapped.minutes(10);
  expect([turned.broken, over.broken, flapped.broken]).toEqual([[], [], []]);
});

test('8: a wave that is soaked goes back as well', () => {
  const watched = watching(redLeadsBack);
  watched.world.executions = [anExecution()];
  watched.ledger({
    releaseFleets: [
      {
        releaseId: 'web-1',
        fleet: 'prod',
        from: 'a',
        to: 'b',
        endedOn: 'b',
        outcome: 'rolled-out',
        reason: '',
      },
    ],
  });
  watched.line(entered('Soak the wave', releaseArn('web-1')));
  watched.world.alarm = { state: 'ALARM', reason: 'errors' };
  watched.line(alarming);
  watched.minutes(8);
  expect(watched.broken).toHaveLength(1);
});

test.each([
  'AccessDeniedException',
  'AccessDenied',
  'UnauthorizedOperation',
  'AuthorizationErrorException',
])('9: %s breaks it', (name) => {
  const watched = watching(everyCallIsAllowed);
  watched.line(act('DescribeAlarms', { error: { name: 'ThrottlingException', message: 'slow' } }));
  expect(watched.broken).toEqual([]);
  watched.line(act('DescribeAlarms', { error: { name, message: 'no statement allows it' } }));
  expect(watched.broken).toEqual([
    'kiln-start-refresh may not DescribeAlarms (client-auto-scaling): no statement allows it',
  ]);
});

test('9: what is denied on behalf of a role breaks it, once and a minute later at most', () => {
  const denials: WitnessedDenial[] = [];
  const watched = watching(everyCallIsAllowed, { denials: () => denials });
  watched.minutes(2);
  const why = 'no statement allows it';
  denials.push({ who: 'KilnWakeRole', action: 'sqs:ReceiveMessage', resource: 'arn:looks', why });
  watched.minutes(1);
  expect(watched.broken).toEqual([]);
  watched.minutes(3);
  const broken = [`KilnWakeRole may not sqs:ReceiveMessage on arn:looks: ${why}`];
  expect(watched.broken).toEqual(broken);
});

test('9: a denied call is told of once, in the words of its caller', () => {
  const denials: WitnessedDenial[] = [];
  const watched = watching(everyCallIsAllowed, { denials: () => denials });
  const line = act('DescribeAlarms', { error: { name: 'AccessDenied', message: 'no' } });
  denials.push({ who: line.role, action: 'cloudwatch:DescribeAlarms', resource: '*', why: 'no' });
  watched.minutes(1);
  watched.line(line);
  watched.minutes(3);
  expect(watched.broken).toHaveLength(1);
});
