import { describe, expect, it } from 'vitest';
import { errorOf, Fleet, makeAccount } from './account.ts';

/** What happens to a group beside its refresh: hooks, pools, sizes, the group's own end. */

const launchHook = (patch: object = {}) => ({
  LifecycleHookName: 'start-up',
  LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  HeartbeatTimeout: 120,
  ...patch,
});

describe('a launch that its hook abandons', () => {
  it('is a failed activity, is told as a failed launch, and is tried again', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 1 });
    fleet.call('PutLifecycleHook', launchHook());
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await account.minutes(8);
    const failed = account.events.filter(
      ({ detailType }) => detailType === 'EC2 Instance Launch Unsuccessful',
    );
    expect(failed.length).toBeGreaterThan(1);
    expect(failed[0]?.detail).toMatchObject({
      StatusCode: 'Failed',
      StatusMessage: expect.stringContaining('ABANDON'),
      EC2InstanceId: expect.stringMatching(/^i-/),
    });
    expect(fleet.inService()).toBe(1);
  });

  it('fails a refresh after an hour without progress, which then goes back', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call('PutLifecycleHook', launchHook());
    fleet.start({ MinHealthyPercentage: 100, MaxHealthyPercentage: 200, AutoRollback: true });
    const seconds = await fleet.until('RollbackSuccessful');
    expect(seconds).toBeGreaterThanOrEqual(3600);
    expect(fleet.versions()).toEqual({ 1: 2 });
  });
});

describe('a hook that delays', () => {
  it('is waited for by a refresh as long as every hour brings one more instance', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call(
      'PutLifecycleHook',
      launchHook({ HeartbeatTimeout: 3000, DefaultResult: 'CONTINUE' }),
    );
    fleet.start({ MinHealthyPercentage: 100, MaxHealthyPercentage: 100 });
    expect(await fleet.until('Successful')).toBeGreaterThan(2 * 3000);
    expect(fleet.versions()).toEqual({ 2: 2 });
  });

  it('fails a refresh when it delays for longer than an hour', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call(
      'PutLifecycleHook',
      launchHook({ HeartbeatTimeout: 3900, DefaultResult: 'CONTINUE' }),
    );
    fleet.start({ MinHealthyPercentage: 100, MaxHealthyPercentage: 100 });
    await fleet.until('Failed');
    expect(fleet.group().LaunchTemplate?.Version).toBe('1');
  });
});

describe('a warm pool', () => {
  const mixed = (LaunchTemplateId: string, share: number | undefined) => ({
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId, Version: '1' },
        Overrides: [{ InstanceType: 't4g.small' }, { InstanceType: 'm7g.large' }],
      },
      ...(share !== undefined && {
        InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: share },
      }),
    },
  });

  it.each([undefined, 100])('may stand beside a mixed group of %s %% On-Demand', async (share) => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    fleet.call('UpdateAutoScalingGroup', mixed(fleet.templateId, share));
    fleet.call('PutWarmPool', { MinSize: 1, MaxGroupPreparedCapacity: 2 });
    await fleet.account.minutes(5);
    expect(fleet.group().WarmPoolSize).toBe(1);
  });

  it('is refused beside a mixed group with Spot Instances', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    fleet.call('UpdateAutoScalingGroup', mixed(fleet.templateId, 50));
    expect(errorOf(() => fleet.call('PutWarmPool', { MinSize: 1 }))).toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('Spot'),
    });
  });

  it('is replaced after the group, instance by instance', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call('PutWarmPool', { MinSize: 2, MaxGroupPreparedCapacity: 4 });
    await fleet.account.minutes(5);
    fleet.start();
    const warm = () =>
      fleet.call<{ Instances: { LaunchTemplate: { Version: string } }[] }>('DescribeWarmPool')
        .Instances;
    const oldIn = (versions: readonly string[]) => versions.filter((one) => one === '1').length;
    while (fleet.refresh().Status !== 'Successful') {
      await fleet.account.seconds(5);
      const pool = warm().map(({ LaunchTemplate }) => LaunchTemplate.Version);
      // While an old one serves, nothing of the pool has gone.
      if (fleet.versions()['1'] !== undefined) expect(oldIn(pool)).toBe(2);
    }
    expect(warm().map(({ LaunchTemplate }) => LaunchTemplate.Version)).toEqual(['2', '2']);
  });
});

describe('a group that changes its size during a refresh', () => {
  it('reaches a checkpoint again when it grows, with event and delay', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 4, max: 20 });
    fleet.start({ CheckpointPercentages: [50, 100], CheckpointDelay: 600 });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 50')) await fleet.account.seconds(5);
    fleet.call('SuspendProcesses', { ScalingProcesses: ['Launch'] });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 12 });
    await fleet.account.minutes(2);
    fleet.call('ResumeProcesses', {});
    await fleet.until('Successful');
    const reached = fleet.refreshEvents().filter((one) => one === 'Checkpoint Reached 50');
    expect(reached).toHaveLength(2);
    expect(fleet.versions()).toEqual({ 2: 12 });
  });

  it('terminates the old ones first when it shrinks', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 6 });
    fleet.start({ CheckpointPercentages: [50, 100], CheckpointDelay: 600 });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 50')) await fleet.account.seconds(5);
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 });
    await fleet.account.minutes(3);
    expect(fleet.versions()).toEqual({ 1: 1, 2: 3 });
    await fleet.until('Successful');
    expect(fleet.versions()).toEqual({ 2: 4 });
  });
});

it('a group that is deleted takes its refresh with it, and the world can end', async () => {
  const fleet = await Fleet.make(makeAccount(), { size: 2 });
  fleet.start({ CheckpointPercentages: [50, 100] });
  await fleet.account.minutes(1);
  fleet.call('DeleteAutoScalingGroup', { ForceDelete: true });
  expect(await fleet.account.world.run()).toMatchObject({ ended: 'rest', busy: [] });
  expect(errorOf(() => fleet.call('DescribeInstanceRefreshes')).message).toContain('not found');
});

it('a volume that is smaller than the image fails the launch, not the start of a refresh', async () => {
  const account = makeAccount();
  const fleet = await Fleet.make(account, {
    size: 1,
    templateData: { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8 } }] },
  });
  const ImageId = account.ec2.registerImage({ name: 'large', rootGibibytes: 30 });
  account.call(account.ec2, 'CreateLaunchTemplateVersion', {
    LaunchTemplateId: fleet.templateId,
    SourceVersion: '1',
    LaunchTemplateData: { ImageId },
  });
  fleet.start({ MinHealthyPercentage: 100, MaxHealthyPercentage: 100 }, '3');
  await account.minutes(5);
  const failed = account.events.find(
    ({ detailType }) => detailType === 'EC2 Instance Launch Unsuccessful',
  );
  expect(failed?.detail).toMatchObject({
    StatusMessage: expect.stringMatching(/^Volume of size 8GB is smaller than snapshot .* >= 30GB/),
  });
  expect(fleet.versions()).toEqual({ 1: 1 });
});

describe('who wants to know what is taken', () => {
  it('is told of each instance right before, while it is in service still, and by what', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 3 });
    const told: { instanceId: string; inService: number; cause: string }[] = [];
    account.autoScaling.onTaking((_, instanceId, cause) => {
      told.push({ instanceId, cause, inService: fleet.inService() });
    });
    fleet.start({ MinHealthyPercentage: 0, MaxHealthyPercentage: 100 });
    const before = fleet.group().Instances?.map(({ InstanceId }) => InstanceId);
    await fleet.until('Successful');
    expect(told.map(({ instanceId }) => instanceId).sort()).toEqual(before?.sort());
    expect(told.map(({ inService }) => inService)).toEqual([3, 2, 1]);
    for (const { cause } of told) expect(cause).toContain('in response to an instance refresh');
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await account.minutes(2);
    expect(told).toHaveLength(4);
    expect(told[3]?.cause).not.toContain('an instance refresh');
  });
});
