import { describe, expect, it } from 'vitest';
import { blocksSayWhatToDo } from '../../../simulator/invariants/blocks-say-what-to-do.ts';
import { everyExecutionEnds } from '../../../simulator/invariants/every-execution-ends.ts';
import { noCauseIsLost } from '../../../simulator/invariants/no-cause-is-lost.ts';
import { nothingGoesOnWithoutEvidence } from '../../../simulator/invariants/nothing-goes-on-without-evidence.ts';
import { leftBehindBoundMs } from '../../../simulator/invariants/nothing-is-left-behind.ts';
import { onlyInspectedVersionsLaunch } from '../../../simulator/invariants/only-inspected-versions-launch.ts';
import {
  aGroup,
  anInstance,
  aRollout,
  aVersion,
  catalogue,
  rolloutArn,
  watching,
} from './doctored.ts';

/** The promises that storms added, at their bounds. */

describe('10: an execution that does not end', () => {
  // One and a half times 12 h, two ways back of one and a half times (4 h and 2 h), and half an hour.
  const BOUND_MINUTES = 1.5 * 720 + 2 * 1.5 * (240 + 120) + 30;

  it('is told of when its bound is over, and not before', () => {
    const watched = watching(everyExecutionEnds);
    watched.world.executions = [aRollout()];
    watched.minutes(BOUND_MINUTES);
    expect(watched.broken).toEqual([]);
    watched.minutes(1);
    expect(watched.broken).toHaveLength(1);
    expect(watched.broken[0]).toContain(`longer than the ${BOUND_MINUTES * 60} s`);
  });

  it('is not blamed for the time in which AWS was disturbed', () => {
    const watched = watching(everyExecutionEnds, { calmMsSince: () => 0 });
    watched.world.executions = [aRollout()];
    watched.minutes(BOUND_MINUTES + 10);
    expect(watched.broken).toEqual([]);
  });

  it('is not one that has ended', () => {
    const watched = watching(everyExecutionEnds);
    watched.world.executions = [aRollout({ status: 'FAILED' })];
    watched.minutes(BOUND_MINUTES + 1);
    expect(watched.broken).toEqual([]);
  });
});

describe('11: a block', () => {
  const block = { fleet: 'prod', reason: 'no capacity for an hour', releaseId: 'web-1' };

  it.each([
    ['that says what to do is none', { whatToDo: 'mend the capacity, then unblock' }, 0],
    ['that does not is told of', { whatToDo: '' }, 1],
    ['that has no such field is told of', {}, 1],
    ['without a reason is told of too', { whatToDo: 'look into it yourself', reason: '' }, 1],
  ])('%s', (_what, more, count) => {
    const watched = watching(blocksSayWhatToDo);
    watched.ledger({ blocks: [{ ...block, ...more }] });
    watched.minutes(1);
    expect(watched.broken).toHaveLength(count);
  });
});

describe('12: a fleet is recorded as rolled out', () => {
  const published = {
    kind: 'state',
    phase: 'entered',
    execution: rolloutArn('prod-1'),
    machine: 'kiln-main-rollout',
    state: 'Publish the image of the fleet',
  };

  it.each([
    ['after an alarm was silent for three minutes', 'INSUFFICIENT_DATA', 4, 1],
    ['after it was silent for two', 'INSUFFICIENT_DATA', 2, 0],
    ['in the face of one in ALARM', 'ALARM', 4, 1],
    ['with every alarm OK', 'OK', 10, 0],
  ])('%s', (_what, state, minutes, count) => {
    const watched = watching(nothingGoesOnWithoutEvidence);
    watched.world.executions = [aRollout()];
    watched.world.alarm = { state, reason: '' };
    watched.minutes(minutes);
    watched.line(published);
    expect(watched.broken).toHaveLength(count);
  });
});

it('2: what a scan has found is looked up where it was found, whatever the ledger says', () => {
  const launch = {
    kind: 'event',
    detailType: 'EC2 Instance Launch Successful',
    source: 'aws.autoscaling',
    delivered: [],
    event: { detail: { AutoScalingGroupName: 'prod-group', EC2InstanceId: 'i-9' } },
  };
  const launched = (critical: number) => {
    const watched = watching(onlyInspectedVersionsLaunch);
    watched.world.group = aGroup({
      instances: [anInstance({ instanceId: 'i-9', imageId: 'ami-new' })],
    });
    watched.ledger({ versions: [aVersion()] });
    const findings = { critical, high: 9, medium: 9 };
    const bake = { arn: 'bake', recipeName: 'kiln-main-web', underWay: false };
    watched.world.bakes = [{ ...bake, imageId: 'ami-new', findings }];
    watched.line(launch);
    return watched.broken;
  };
  expect(launched(0)).toEqual([]);
  expect(launched(1)).toEqual([
    'fleet prod launched i-9 from version 2026.11.23-1, with 1 critical findings, more than 0',
  ]);
});

it('2: what a fleet ran when the ledger was put back it may launch again, and nothing else that is quarantined', () => {
  const launched = (imageId: string) => {
    let goesBack = (): void => undefined;
    const watched = watching(onlyInspectedVersionsLaunch, {
      onLedgerGoingBack: (listener) => {
        goesBack = listener;
      },
    });
    watched.world.group = aGroup({ instances: [anInstance({ instanceId: 'i-1', imageId })] });
    goesBack();
    watched.ledger({ versions: [aVersion({ status: 'quarantined' })] });
    const instances = [anInstance({ instanceId: 'i-9', imageId: 'ami-new' })];
    watched.world.group = aGroup({ instances });
    const detail = { AutoScalingGroupName: 'prod-group', EC2InstanceId: 'i-9' };
    const detailType = 'EC2 Instance Launch Successful';
    watched.line({ kind: 'event', detailType, delivered: [], event: { detail } });
    return watched.broken.length;
  };
  expect([launched('ami-new'), launched('ami-old')]).toEqual([0, 1]);
});

it('5: causes that are pending when all is quiet are lost', () => {
  const watched = watching(noCauseIsLost);
  watched.ledger({ pending: [{ image: 'web', text: '{"causes":[]}' }] });
  watched.minutes(5);
  expect(watched.broken).toEqual([]);
  watched.end();
  expect(watched.broken).toHaveLength(1);
});

it('7: the bound is a sweep, the longest way back, and half an hour', () => {
  expect(leftBehindBoundMs(catalogue)).toBe((600 + 14_400 + 1_800) * 1_000);
});
