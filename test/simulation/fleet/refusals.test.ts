import { describe, expect, it } from 'vitest';
import { errorOf, Fleet, makeAccount, putErrorAlarm } from './account.ts';

describe('StartInstanceRefresh refuses', () => {
  it.each([
    { preferences: { MinHealthyPercentage: 101 }, says: 'MinHealthyPercentage: 101' },
    { preferences: { MinHealthyPercentage: -1 }, says: 'MinHealthyPercentage: -1' },
    { preferences: { MaxHealthyPercentage: 110 }, says: 'MinHealthyPercentage must be specified' },
    {
      preferences: { MinHealthyPercentage: 90, MaxHealthyPercentage: 99 },
      says: 'MaxHealthyPercentage: 99',
    },
    {
      preferences: { MinHealthyPercentage: 90, MaxHealthyPercentage: 201 },
      says: 'MaxHealthyPercentage: 201',
    },
    {
      preferences: { MinHealthyPercentage: 49, MaxHealthyPercentage: 150 },
      says: 'cannot be greater than 100',
    },
    { preferences: { InstanceWarmup: -2 }, says: 'InstanceWarmup: -2' },
    { preferences: { CheckpointDelay: 60 }, says: 'only when CheckpointPercentages' },
    { preferences: { CheckpointPercentages: [50, 50] }, says: 'ascending order' },
    { preferences: { CheckpointPercentages: [50, 20] }, says: 'ascending order' },
    { preferences: { CheckpointPercentages: [0, 100] }, says: 'CheckpointPercentages: 0' },
    { preferences: { CheckpointPercentages: [50, 101] }, says: 'CheckpointPercentages: 101' },
    {
      preferences: { CheckpointPercentages: [50], CheckpointDelay: 172_801 },
      says: 'CheckpointDelay: 172801',
    },
    { preferences: { BakeTime: 172_801 }, says: 'BakeTime: 172801' },
    {
      preferences: {
        AlarmSpecification: { Alarms: Array.from({ length: 11 }, (_, n) => `a${n}`) },
      },
      says: 'at most 10 alarms',
    },
    { preferences: { AlarmSpecification: { Alarms: ['none'] } }, says: 'none does not exist' },
  ])('$preferences', async ({ preferences, says }) => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    const error = errorOf(() => fleet.start(preferences));
    expect(error.name).toBe('ValidationError');
    expect(error.message).toContain(says);
    expect(fleet.call('DescribeInstanceRefreshes')).toEqual({ InstanceRefreshes: [] });
  });

  it.each([
    { MinHealthyPercentage: 0, MaxHealthyPercentage: 100 },
    { MinHealthyPercentage: 100, MaxHealthyPercentage: 200 },
    { MinHealthyPercentage: 50, MaxHealthyPercentage: 150 },
    { CheckpointPercentages: [1, 100], CheckpointDelay: 172_800 },
    { BakeTime: 172_800, InstanceWarmup: 0 },
  ])('but not what is just within its limits: %o', async (preferences) => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    expect(fleet.start(preferences)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('an alarm without data, and one that is red', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 1 });
    putErrorAlarm(account);
    const start = () => fleet.start({ AlarmSpecification: { Alarms: ['web-errors'] } });
    expect(errorOf(start).message).toContain('INSUFFICIENT_DATA');
    putErrorAlarm(account, 'web-errors', { Threshold: -1 });
    await account.minutes(4);
    expect(errorOf(start).message).toContain('ALARM');
  });

  it('a second refresh of the group, until the first has ended', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    fleet.start();
    expect(errorOf(() => fleet.start()).name).toBe('InstanceRefreshInProgress');
    await fleet.until('Successful');
    expect(fleet.start()).toBeTruthy();
  });

  it('a group, a template version and instance requirements that do not fit', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    expect(
      errorOf(() => fleet.call('StartInstanceRefresh', { AutoScalingGroupName: 'none' })),
    ).toEqual({
      name: 'ValidationError',
      message: 'AutoScalingGroup name not found - AutoScalingGroup none not found',
    });
    expect(errorOf(() => fleet.start({}, '9')).message).toContain('version 9');
    const MixedInstancesPolicy = {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId: fleet.templateId, Version: '2' },
        Overrides: [{ InstanceRequirements: { VCpuCount: { Min: 1 }, MemoryMiB: { Min: 1 } } }],
      },
    };
    const requirements = () =>
      fleet.call('StartInstanceRefresh', { DesiredConfiguration: { MixedInstancesPolicy } });
    expect(errorOf(requirements).message).toContain('InstanceRequirements');
  });

  it('a caller who may not run instances or pass the role, and asks for what the template touches', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 1 });
    account.asked.length = 0;
    fleet.start();
    const launchTemplate = `arn:aws:ec2:eu-west-1:111122223333:launch-template/${fleet.templateId}`;
    const resources = account.asked
      .filter(({ action }) => action === 'ec2:RunInstances')
      .map(({ resource }) => resource.replace(/^arn:aws:ec2:eu-west-1:(111122223333)?:/, ''));
    expect(resources.sort()).toEqual([
      `image/${fleet.newImage}`,
      'instance/*',
      `launch-template/${fleet.templateId}`,
      'network-interface/*',
      'security-group/sg-1',
      'subnet/subnet-1',
      'subnet/subnet-2',
      'volume/*',
    ]);
    expect(account.asked[0]?.context).toMatchObject({
      'ec2:LaunchTemplate': launchTemplate,
      'ec2:IsLaunchTemplateResource': true,
    });
    expect(account.asked.at(-1)).toEqual({
      action: 'iam:PassRole',
      resource: 'arn:aws:iam::111122223333:role/web-profile',
      context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    });
    const tagged = ['instance', 'volume'] as const;
    account.call(account.ec2, 'CreateLaunchTemplateVersion', {
      LaunchTemplateId: fleet.templateId,
      SourceVersion: '2',
      LaunchTemplateData: {
        TagSpecifications: tagged.map((ResourceType) => ({ ResourceType, Tags: [] })),
      },
    });
    await fleet.until('Successful');
    account.asked.length = 0;
    fleet.start({}, '3');
    expect(account.asked.filter(({ action }) => action === 'ec2:CreateTags')).toEqual(
      tagged.map((kind) => ({
        action: 'ec2:CreateTags',
        resource: `arn:aws:ec2:eu-west-1:111122223333:${kind}/*`,
        context: { 'ec2:CreateAction': 'RunInstances' },
      })),
    );
    await fleet.until('Successful');
    account.deny('ec2:RunInstances');
    expect(errorOf(() => fleet.start()).name).toBe('AccessDenied');
  });
});

describe('a way back that is impossible', () => {
  it('is refused without a desired configuration, and from $Latest', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    fleet.start({}, null);
    const rollBack = () => fleet.call('RollbackInstanceRefresh');
    expect(errorOf(rollBack).name).toBe('IrreversibleInstanceRefresh');
    await fleet.until('Successful');
    fleet.call('UpdateAutoScalingGroup', {
      LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '$Default' },
    });
    fleet.start();
    expect(errorOf(rollBack).message).toContain('$Default');
  });

  it('is refused at the start where that reading holds, and fails later where not', async () => {
    const atStart = await Fleet.make(makeAccount(), { size: 1 });
    expect(errorOf(() => atStart.start({ AutoRollback: true }, null)).message).toContain(
      'AutoRollback',
    );
    const account = makeAccount({ autoRollbackCheckedAtStart: false });
    const later = await Fleet.make(account, { size: 2 });
    later.start({ AutoRollback: true }, null);
    account.autoScaling.limitCapacity('web', 1);
    await later.until('Failed', 150);
    expect(later.refresh().StatusReason).toContain('could not be rolled back');
  });

  it('fails after an hour when the image it goes back to is gone', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 4 });
    fleet.start({ CheckpointPercentages: [50, 100] });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 50')) await account.seconds(10);
    account.ec2.images.deregister(fleet.oldImage);
    fleet.call('RollbackInstanceRefresh');
    await fleet.until('RollbackFailed', 120);
    expect(fleet.refreshEvents().at(-1)).toBe('Rollback Failed');
  });
});

describe('what else is refused during a refresh', () => {
  it('changing the launch template of the group, while one with a desired configuration is active', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    const change = () =>
      fleet.call('UpdateAutoScalingGroup', {
        LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '1' },
      });
    fleet.start();
    expect(errorOf(change).message).toMatch(
      /^An active instance refresh with a desired configuration/,
    );
    fleet.call('UpdateAutoScalingGroup', { MaxSize: 20 });
    await fleet.until('Successful');
    change();
    expect(fleet.group()).toMatchObject({ LaunchTemplate: { Version: '1' }, MaxSize: 20 });
  });

  it('cancelling or rolling back when nothing is active', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    for (const name of ['CancelInstanceRefresh', 'RollbackInstanceRefresh'])
      expect(errorOf(() => fleet.call(name)).name).toBe('ActiveInstanceRefreshNotFound');
  });
});

describe('the history of refreshes', () => {
  it('is newest first, in pages', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    const ids: string[] = [];
    for (const version of ['2', '1', '2']) {
      ids.unshift(fleet.start({}, version));
      await fleet.until('Successful');
    }
    type Page = { InstanceRefreshes: { InstanceRefreshId: string }[]; NextToken?: string };
    const first = fleet.call<Page>('DescribeInstanceRefreshes', { MaxRecords: 2 });
    const rest = fleet.call<Page>('DescribeInstanceRefreshes', { NextToken: first.NextToken });
    const seen = [...first.InstanceRefreshes, ...rest.InstanceRefreshes];
    expect(seen.map(({ InstanceRefreshId }) => InstanceRefreshId)).toEqual(ids);
    expect(rest.NextToken).toBeUndefined();
    expect(errorOf(() => fleet.call('DescribeInstanceRefreshes', { MaxRecords: 101 })).name).toBe(
      'ValidationError',
    );
  });
});
