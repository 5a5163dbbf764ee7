import { expect, test } from 'vitest';
import { minimumShareStaysHealthy } from '../../../simulator/invariants/minimum-share-stays-healthy.ts';
import { oneVersionPerFleet } from '../../../simulator/invariants/one-version-per-fleet.ts';
import { onlyInspectedVersionsLaunch } from '../../../simulator/invariants/only-inspected-versions-launch.ts';
import type { Witness, WitnessedExecution } from '../../../simulator/invariants/witness.ts';
import {
  aGroup,
  anInstance,
  aRelease,
  aRollout,
  aVersion,
  instances,
  START_MS,
  watching,
} from './doctored.ts';

const ended = {
  kind: 'execution',
  phase: 'ended',
  execution: 'x',
  machine: 'm',
  status: 'SUCCEEDED',
};
const terminated = {
  ...{ kind: 'event', detailType: 'EC2 Instance Terminate Successful', delivered: [] },
  event: { detail: { AutoScalingGroupName: 'prod-group' } },
};
const fleetEnded = (outcome: string) => ({
  releaseId: 'web-1',
  fleet: 'prod',
  from: 'ami-old',
  to: '2026.11.23-1',
  endedOn: outcome === 'rolled-out' ? '2026.11.23-1' : 'ami-old',
  outcome,
  reason: 'because',
});

/** A release begins while the fleet runs what it ran before. */
function begun(group = aGroup(), more: Partial<Witness> = {}) {
  const watched = watching(oneVersionPerFleet, more);
  watched.world.group = group;
  watched.ledger({ releases: [aRelease()], versions: [aVersion()] });
  watched.minutes(1);
  return watched;
}

const end = (watched: ReturnType<typeof begun>, release: string, fleet: string) => {
  watched.ledger({
    releases: [aRelease({ outcome: release })],
    releaseFleets: [fleetEnded(fleet)],
  });
  watched.line(ended);
  return watched.broken;
};

test('1: a promoted release has every instance on the new version', () => {
  const watched = begun();
  watched.world.group = aGroup({ instances: instances(6, { imageId: 'ami-new' }) });
  expect(end(watched, 'promoted', 'rolled-out')).toEqual([]);
});

test('1: one instance of the old version is enough to break a promotion, in standby or warm pool too', () => {
  for (const state of ['InService', 'Standby', 'Warmed:Stopped']) {
    const watched = begun();
    watched.world.group = aGroup({
      instances: [
        ...instances(5, { imageId: 'ami-new' }),
        anInstance({ instanceId: 'i-9', state }),
      ],
    });
    expect(end(watched, 'promoted', 'rolled-out')).toEqual([
      'release web-1 (promoted): fleet prod, recorded as rolled-out, runs ami-new and ami-old, not ami-new',
    ]);
  }
});

test('1: an instance that is being terminated does not count', () => {
  const watched = begun();
  watched.world.group = aGroup({
    instances: [
      ...instances(6, { imageId: 'ami-new' }),
      anInstance({ instanceId: 'i-9', state: 'Terminating:Wait' }),
    ],
  });
  expect(end(watched, 'promoted', 'rolled-out')).toEqual([]);
});

test('1: a fleet that is said to be back must run what it ran when the release began', () => {
  const watched = begun();
  expect(end(watched, 'rolled-back', 'rolled-back')).toEqual([]);
  const elsewhere = begun();
  elsewhere.world.group = aGroup({ instances: instances(6, { imageId: 'ami-other' }) });
  expect(end(elsewhere, 'rolled-back', 'rolled-back')).toEqual([
    expect.stringContaining('runs ami-other, not ami-old'),
  ]);
});

test('1: a fleet that is said to be untouched is looked at as well', () => {
  const watched = begun();
  watched.world.group = aGroup({ instances: instances(6, { imageId: 'ami-new' }) });
  watched.ledger({ releases: [aRelease({ outcome: 'failed' })] });
  watched.line(ended);
  expect(watched.broken).toEqual([expect.stringContaining('recorded as untouched, runs ami-new')]);
});

test('1: a mixed fleet must be blocked, the release must say so, and a page must have been sent', () => {
  const watched = begun();
  watched.world.group = aGroup({
    instances: [...instances(3), ...instances(3, { imageId: 'ami-new' })],
  });
  expect(end(watched, 'rolled-back', 'needs-a-person')).toEqual([
    'release web-1 (rolled-back): fleet prod needs a person, but the block and the outcome of the release and the page is missing',
  ]);
  const paged = begun();
  paged.line({
    kind: 'call',
    operation: 'Publish',
    input: { Message: '{"fleet":"prod","reason":"does not converge"}' },
  });
  paged.ledger({ blocks: [{ fleet: 'prod', reason: 'does not converge' }] });
  expect(end(paged, 'needs-a-person', 'needs-a-person')).toEqual([]);
});

const BLOCKED_AT_MS = START_MS + 120_000;

/** A release ends whose fleet was blocked, and a person has started something since. */
function blockIsGone(input: object, more: Partial<WitnessedExecution>) {
  const watched = begun();
  watched.line({ kind: 'call', operation: 'Publish', input: { Message: '{"fleet":"prod"}' } });
  watched.world.executions = [aRollout({ input: { fleet: 'prod', ...input }, ...more })];
  watched.ledger({
    releases: [aRelease({ outcome: 'needs-a-person' })],
    releaseFleets: [
      { ...fleetEnded('needs-a-person'), endedAt: new Date(BLOCKED_AT_MS).toISOString() },
    ],
  });
  watched.line(ended);
  return watched.broken;
}
const missing = [expect.stringContaining('needs a person, but the block is missing')];
const cleared = { unblock: true, reason: 'mended' };
const succeeded = { status: 'SUCCEEDED', stoppedMs: BLOCKED_AT_MS };

test('1: a block may be gone by the end of the release where a person may have cleared it', () => {
  expect(blockIsGone(cleared, succeeded)).toEqual([]);
  expect(blockIsGone(cleared, { status: 'RUNNING' })).toEqual([]);
  expect(blockIsGone({ to: 'previous', reason: 'errors' }, succeeded)).toEqual([]);
});

test('1: and nowhere else', () => {
  expect(blockIsGone(cleared, { ...succeeded, stoppedMs: BLOCKED_AT_MS - 1 })).toEqual(missing);
  expect(blockIsGone(cleared, { ...succeeded, status: 'FAILED' })).toEqual(missing);
  expect(blockIsGone({ fleet: 'other', ...cleared }, succeeded)).toEqual(missing);
  expect(blockIsGone({ direction: 'forward' }, succeeded)).toEqual(missing);
});

test('1: a fleet of which nothing runs is of no version, unless Kiln has moved it', () => {
  const died = (outcome: string, ...lines: readonly object[]) => {
    const watched = begun();
    for (const line of lines) watched.line(line);
    watched.world.group = aGroup({ instances: [] });
    watched.line(terminated);
    watched.world.nowMs += 3 * 60_000 + 1;
    return end(watched, 'failed', outcome);
  };
  const refresh = (role: string) => ({
    ...{ kind: 'call', operation: 'StartInstanceRefresh', role },
    input: { AutoScalingGroupName: 'prod-group' },
  });
  const broken = [expect.stringContaining('runs nothing, not ami-old')];
  expect(died('untouched')).toEqual([]);
  expect(died('untouched', refresh(''))).toEqual([]);
  expect(died('untouched', refresh('KilnRole'))).toEqual(broken);
  expect(died('rolled-back')).toEqual(broken);
});

test('1: one of which all has just died is judged by what ran last', () => {
  const died = (imageId: string, afterMs: number) => {
    const watched = begun();
    watched.world.group = aGroup({ instances: instances(6, { imageId }) });
    watched.line(terminated);
    watched.world.group = aGroup({ instances: [] });
    watched.line(terminated);
    watched.world.nowMs += afterMs;
    watched.line(terminated);
    return end(watched, 'failed', 'rolled-back');
  };
  expect(died('ami-old', 60_000)).toEqual([]);
  expect(died('ami-new', 60_000)).toEqual([expect.stringContaining('runs nothing, not ami-old')]);
  expect(died('ami-old', 3 * 60_000 + 1)).toEqual([
    expect.stringContaining('runs nothing, not ami-old'),
  ]);
});

test('1: how a release has ended is read before the ledger goes back', () => {
  let goesBack = (): void => undefined;
  const watched = begun(aGroup(), {
    onLedgerGoingBack: (listener) => {
      goesBack = listener;
    },
  });
  watched.world.group = aGroup({ instances: instances(6, { imageId: 'ami-new' }) });
  const releaseFleets = [fleetEnded('rolled-out')];
  watched.ledger({ releases: [aRelease({ outcome: 'promoted' })], releaseFleets });
  goesBack();
  expect(end(watched, 'failed', 'untouched')).toEqual([]);
});

test('1: one that was of two versions when the release began ends on one of them', () => {
  const two = [...instances(3), ...instances(3, { imageId: 'ami-theirs' })];
  const endsOn = (now: typeof two, outcome = 'rolled-back') => {
    const watched = begun(aGroup({ instances: two }));
    watched.world.group = aGroup({ instances: now });
    return end(watched, 'rolled-back', outcome);
  };
  expect(endsOn(two, 'untouched')).toEqual([]);
  expect(endsOn(instances(6))).toEqual([]);
  expect(endsOn(instances(6, { imageId: 'ami-theirs' }))).toEqual([]);
  const broken = [expect.stringContaining('recorded as rolled-back, runs')];
  expect(endsOn(two)).toEqual(broken);
  expect(endsOn(instances(6, { imageId: 'ami-new' }))).toEqual(broken);
});

test('1: what a person makes of a fleet after its rollout has ended is theirs', () => {
  const deployed = (role: string, endedAfterMs: number) => {
    const watched = begun();
    watched.line({
      ...{ kind: 'call', operation: 'UpdateAutoScalingGroup', role },
      input: { AutoScalingGroupName: 'prod-group', LaunchTemplate: { Version: '9' } },
    });
    watched.world.group = aGroup({ instances: instances(6, { imageId: 'ami-theirs' }) });
    const endedAt = new Date(watched.world.nowMs + endedAfterMs).toISOString();
    watched.ledger({
      releases: [aRelease({ outcome: 'promoted' })],
      releaseFleets: [{ ...fleetEnded('rolled-out'), endedAt }],
    });
    watched.line(ended);
    return watched.broken;
  };
  const broken = [expect.stringContaining('runs ami-theirs, not ami-new')];
  expect(deployed('', -1000)).toEqual([]);
  expect(deployed('', 1000)).toEqual(broken);
  expect(deployed('KilnRole', -1000)).toEqual(broken);
});

test('1: one that a person sent back while a release was under way ends where the ledger says', () => {
  const sentBack = (outcome: string, status: 'SUCCEEDED' | 'FAILED', imageId: string) => {
    const watched = begun();
    const input = { fleet: 'prod', to: 'previous', reason: 'errors' };
    const stoppedMs = watched.world.nowMs + 1000;
    watched.world.executions = [aRollout({ input, status, stoppedMs })];
    watched.world.group = aGroup({ instances: instances(6, { imageId }) });
    watched.ledger({
      releases: [aRelease({ outcome: 'rolled-back' })],
      releaseFleets: [{ ...fleetEnded(outcome), endedOn: 'ami-older' }],
    });
    watched.line(ended);
    return watched.broken.length;
  };
  expect(sentBack('rolled-back', 'SUCCEEDED', 'ami-older')).toBe(0);
  expect(sentBack('untouched', 'SUCCEEDED', 'ami-older')).toBe(0);
  expect(sentBack('rolled-back', 'SUCCEEDED', 'ami-old')).toBe(1);
  expect(sentBack('rolled-back', 'FAILED', 'ami-older')).toBe(1);
});

test('1: one of which nothing ran when the release began stays as it came up, or ends where the ledger says', () => {
  const cameUp = (outcome: string, imageId: string) => {
    const watched = begun(aGroup({ instances: [] }));
    watched.world.group = aGroup({ instances: instances(6, { imageId }) });
    return end(watched, 'failed', outcome);
  };
  expect(cameUp('untouched', 'ami-old')).toEqual([]);
  expect(cameUp('rolled-back', 'ami-old')).toEqual([]);
  expect(cameUp('rolled-back', 'ami-new')).toEqual([
    expect.stringContaining('runs ami-new, not ami-old'),
  ]);
});

const launched = (instanceId: string) => ({
  kind: 'event',
  source: 'aws.autoscaling',
  detailType: 'EC2 Instance Launch Successful',
  delivered: [],
  event: { detail: { AutoScalingGroupName: 'prod-group', EC2InstanceId: instanceId } },
});

test.each([
  ['inspected', 0],
  ['promoted', 0],
  ['baking', 1],
  ['baked', 1],
  ['failed', 1],
  ['quarantined', 1],
])('2: a launch from a version that is %s breaks it %i times', (status, times) => {
  const watched = watching(onlyInspectedVersionsLaunch);
  watched.world.group = aGroup({ instances: [anInstance({ imageId: 'ami-new' })] });
  watched.ledger({ versions: [aVersion({ status })] });
  watched.line(launched('i-1'));
  expect(watched.broken).toHaveLength(times);
});

test('2: what a blocked fleet launches, or an image that was there before Kiln, is not its doing', () => {
  const watched = watching(onlyInspectedVersionsLaunch);
  watched.world.group = aGroup({ instances: [anInstance({ imageId: 'ami-old' })] });
  watched.line(launched('i-1'));
  watched.world.group = aGroup({ instances: [anInstance({ imageId: 'ami-new' })] });
  watched.ledger({
    versions: [aVersion({ status: 'quarantined' })],
    blocks: [{ fleet: 'prod', reason: 'x' }],
  });
  watched.line(launched('i-1'));
  expect(watched.broken).toEqual([]);
});

const refreshing = { refreshes: [{ id: 'r-1', status: 'InProgress', percent: 0 }] };

/** A group under a refresh of Kiln's. */
function refreshed(group: Parameters<typeof aGroup>[0] = {}, more: Partial<Witness> = {}) {
  const watched = watching(minimumShareStaysHealthy, more);
  watched.world.group = aGroup({ ...refreshing, ...group });
  return watched;
}

test('3: a refresh that leaves the minimum share in service keeps it', () => {
  // 90 % of 6 are 5.4, of which 5 are whole instances.
  const watched = refreshed();
  watched.takes('i-5');
  expect(watched.broken).toEqual([]);
});

test('3: one healthy instance fewer because of a refresh breaks it', () => {
  const watched = refreshed();
  watched.takes('i-4');
  watched.takes('i-5');
  expect(watched.broken).toEqual([
    'fleet prod has 4 healthy instances in service of 6, fewer than 5, after a refresh took i-5',
  ]);
});

test('3: what a refresh took is judged when it was taken, not by what becomes of the rest, or of the size, later', () => {
  const watched = refreshed();
  watched.takes('i-5');
  watched.world.group = aGroup({
    ...refreshing,
    desired: 12,
    instances: instances(5).map((one, index) => ({ ...one, healthy: index > 3 })),
  });
  watched.minutes(1);
  expect(watched.broken).toEqual([]);
});

test('3: what fell ill before does not count when a refresh takes one that serves', () => {
  const ill = { instances: instances(6).map((one, index) => ({ ...one, works: index !== 0 })) };
  const watched = refreshed(ill);
  watched.takes('i-5');
  expect(watched.broken).toHaveLength(1);
  // The ill one itself takes no capacity with it.
  const sparing = refreshed(ill);
  sparing.takes('i-0');
  expect(sparing.broken).toEqual([]);
});

test('3: what Auto Scaling ends for another reason, or without a refresh, is not its doing', () => {
  const unhealthy = refreshed();
  for (const { instanceId } of instances(6)) unhealthy.takes(instanceId, false);
  expect(unhealthy.broken).toEqual([]);
  const idle = refreshed({ refreshes: [] });
  for (const { instanceId } of instances(6)) idle.takes(instanceId);
  expect(idle.broken).toEqual([]);
});

test('3: what a refresh of a person’s takes is the person’s doing', () => {
  const watched = refreshed();
  const output = { InstanceRefreshId: 'r-1' };
  watched.line({ kind: 'call', operation: 'StartInstanceRefresh', role: '', output });
  for (const { instanceId } of instances(6)) watched.takes(instanceId);
  expect(watched.broken).toEqual([]);
});

test('3: one that has not served yet counts only where Auto Scaling goes by what it believes', () => {
  const starting = anInstance({ instanceId: 'i-new', works: false });
  const group = { instances: [...instances(5), starting] };
  const takeOne = (more: Partial<Witness>) => {
    const watched = refreshed(group, more);
    watched.takes('i-4');
    return watched.broken;
  };
  expect(takeOne({})).toHaveLength(1);
  expect(takeOne({ goesByBelief: () => true })).toEqual([]);
});
