import type { Instance } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import {
  errorOf,
  Fleet,
  healthyBehaviour,
  makeAccount,
  neverHealthy,
  START_MS,
} from './account.ts';

const versionOf = (instance: Instance) => instance.LaunchTemplate?.Version;

describe('a group', () => {
  it('launches its desired capacity, each instance with an event, seeded alike', async () => {
    const ids = async (seed: number) => {
      const fleet = await Fleet.make(makeAccount({}, seed), { size: 3 });
      return fleet.group().Instances!.map(({ InstanceId }) => InstanceId);
    };
    const first = await ids(1);
    expect(first).toHaveLength(3);
    for (const id of first) expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(await ids(1)).toEqual(first);
    expect(await ids(2)).not.toEqual(first);
  });

  it('reports a launch with strings, the group and the instance', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    const event = fleet.account.events.find(
      ({ detailType }) => detailType === 'EC2 Instance Launch Successful',
    )!;
    const [instance] = fleet.group().Instances!;
    expect(event.source).toBe('aws.autoscaling');
    expect(event.resources).toEqual([
      fleet.group().AutoScalingGroupARN,
      `arn:aws:ec2:eu-west-1:111122223333:instance/${instance!.InstanceId}`,
    ]);
    expect(event.detail).toMatchObject({
      StatusCode: 'InProgress',
      AutoScalingGroupName: 'web',
      EC2InstanceId: instance!.InstanceId,
      Origin: 'EC2',
      Destination: 'AutoScalingGroup',
      Details: { 'Subnet ID': 'subnet-1', 'Availability Zone': 'eu-west-1a' },
    });
    expect(fleet.group().AutoScalingGroupARN).toMatch(
      /^arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName\/web$/,
    );
  });

  it('shows which version and image each instance runs, as a number even where it follows $Latest', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call('UpdateAutoScalingGroup', {
      LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '$Latest' },
    });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 3 });
    await fleet.account.minutes(3);
    const { Instances, LaunchTemplate } = fleet.group();
    expect(LaunchTemplate?.Version).toBe('$Latest');
    expect(Instances!.map(versionOf)).toEqual(['1', '1', '2']);
    expect(Instances!.map(({ ImageId }) => ImageId)).toEqual([
      fleet.oldImage,
      fleet.oldImage,
      fleet.newImage,
    ]);
  });

  it('scales in the oldest template version first, and nothing that is protected', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 3 });
    const [first] = fleet.group().Instances!;
    fleet.call('SetInstanceProtection', {
      InstanceIds: [first!.InstanceId],
      ProtectedFromScaleIn: true,
    });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 1 });
    await fleet.account.minutes(10);
    expect(fleet.group().Instances!.map(({ InstanceId }) => InstanceId)).toEqual([
      first!.InstanceId,
    ]);
  });

  it('replaces an instance whose status checks fail, after the grace period', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 1, behaviour: neverHealthy });
    fleet.call('UpdateAutoScalingGroup', {
      LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '2' },
      HealthCheckGracePeriod: 600,
    });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await account.minutes(5);
    const sickId = fleet
      .group()
      .Instances!.find((instance) => versionOf(instance) === '2')!.InstanceId;
    const ids = () => fleet.group().Instances!.map(({ InstanceId }) => InstanceId);
    await account.minutes(4);
    expect(fleet.inService()).toBe(2);
    expect(ids()).toContain(sickId);
    await account.minutes(4);
    expect(ids()).not.toContain(sickId);
  });

  it.each(['HealthCheck', 'ReplaceUnhealthy', 'Terminate'])(
    'keeps a failing instance while %s is suspended, and replaces it afterwards',
    async (process) => {
      const account = makeAccount();
      const fleet = await Fleet.make(account, { size: 1, behaviour: neverHealthy });
      fleet.call('SuspendProcesses', { ScalingProcesses: [process] });
      fleet.call('UpdateAutoScalingGroup', {
        LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '2' },
      });
      fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
      await account.minutes(20);
      const failing = fleet.group().Instances!.filter((instance) => versionOf(instance) === '2');
      expect(failing).toMatchObject([
        {
          LifecycleState: 'InService',
          HealthStatus: process === 'HealthCheck' ? 'Healthy' : 'Unhealthy',
        },
      ]);
      fleet.call('ResumeProcesses', {});
      await account.minutes(4);
      const ids = fleet.group().Instances!.map(({ InstanceId }) => InstanceId);
      expect(ids).not.toContain(failing[0]!.InstanceId);
    },
  );

  it('replaces first and terminates later under a maintenance policy of 100 percent', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, {
      size: 2,
      group: {
        InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 },
      },
    });
    const [first] = fleet.group().Instances!;
    fleet.call('SetInstanceHealth', { InstanceId: first!.InstanceId, HealthStatus: 'Unhealthy' });
    await account.seconds(10);
    expect(fleet.group().Instances).toHaveLength(3);
    expect(
      fleet.group().Instances!.find(({ InstanceId }) => InstanceId === first!.InstanceId),
    ).toMatchObject({
      LifecycleState: 'InService',
      HealthStatus: 'Unhealthy',
    });
    await account.minutes(10);
    expect(fleet.inService()).toBe(2);
    expect(fleet.group().Instances).toHaveLength(2);
  });

  it('does not launch a disabled or a deregistered image, and says why', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 1 });
    account.call(account.ec2, 'DisableImage', { ImageId: fleet.oldImage });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await account.minutes(1);
    const failed = account.events.find(
      ({ detailType }) => detailType === 'EC2 Instance Launch Unsuccessful',
    )!;
    expect(failed.detail).toMatchObject({
      StatusCode: 'Failed',
      StatusMessage: `The image ID '${fleet.oldImage}' is not available Launching EC2 instance failed.`,
    });
    account.call(account.ec2, 'EnableImage', { ImageId: fleet.oldImage });
    await account.minutes(3);
    expect(fleet.inService()).toBe(2);
  });

  it('refuses capacities outside of its bounds, and an unknown process', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2, max: 3 });
    expect(errorOf(() => fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 })).message).toBe(
      'New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.',
    );
    expect(
      errorOf(() => fleet.call('SuspendProcesses', { ScalingProcesses: ['Nap'] })).message,
    ).toContain('Nap');
  });

  it('puts instances in standby and takes them back', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    const [first] = fleet.group().Instances!;
    const InstanceIds = [first!.InstanceId];
    fleet.call('EnterStandby', { InstanceIds, ShouldDecrementDesiredCapacity: true });
    expect(fleet.group()).toMatchObject({ DesiredCapacity: 1 });
    expect(fleet.group().Instances![0]!.LifecycleState).toBe('Standby');
    fleet.call('ExitStandby', { InstanceIds });
    expect(fleet.group()).toMatchObject({ DesiredCapacity: 2 });
    await fleet.account.minutes(2);
    expect(fleet.inService()).toBe(2);
  });

  it('chooses among the types of a mixed instances policy, and matches by type', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    const policy = (Version: string) => ({
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId: fleet.templateId, Version },
        Overrides: [{ InstanceType: 't4g.small' }, { InstanceType: 'm7g.large' }],
      },
    });
    fleet.call('StartInstanceRefresh', {
      DesiredConfiguration: { MixedInstancesPolicy: policy('2') },
    });
    await fleet.until('Successful');
    expect(fleet.group().MixedInstancesPolicy).toEqual(policy('2'));
    expect(fleet.group().LaunchTemplate).toBeUndefined();
    expect(
      fleet
        .group()
        .Instances!.map(({ InstanceType }) => InstanceType)
        .sort(),
    ).toEqual(['m7g.large', 't4g.small']);
    fleet.call('StartInstanceRefresh', {
      DesiredConfiguration: { MixedInstancesPolicy: policy('2') },
      Preferences: { SkipMatching: true },
    });
    expect(await fleet.until('Successful')).toBeLessThan(30);
  });
});

describe('lifecycle hooks', () => {
  const hook = (patch: object = {}) => ({
    LifecycleHookName: 'warm-up',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    HeartbeatTimeout: 600,
    ...patch,
  });

  it('hold an instance in Pending:Wait until they are completed', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    fleet.call('PutLifecycleHook', hook());
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await fleet.account.minutes(5);
    const waiting = fleet
      .group()
      .Instances!.find(({ LifecycleState }) => LifecycleState === 'Pending:Wait')!;
    const event = fleet.account.events.find(
      ({ detailType }) => detailType === 'EC2 Instance-launch Lifecycle Action',
    )!;
    expect(event.detail).toMatchObject({
      EC2InstanceId: waiting.InstanceId,
      LifecycleHookName: 'warm-up',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    });
    const { LifecycleActionToken } = event.detail as { LifecycleActionToken: string };
    const complete = {
      LifecycleHookName: 'warm-up',
      LifecycleActionToken,
      LifecycleActionResult: 'CONTINUE',
    };
    fleet.call('CompleteLifecycleAction', complete);
    expect(fleet.inService()).toBe(2);
    expect(errorOf(() => fleet.call('CompleteLifecycleAction', complete)).name).toBe(
      'ValidationError',
    );
  });

  it('abandon the launch when nobody answers in time', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 1 });
    fleet.call('PutLifecycleHook', hook());
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await fleet.account.minutes(5);
    const first = fleet
      .group()
      .Instances!.find(({ LifecycleState }) => LifecycleState === 'Pending:Wait')!;
    await fleet.account.minutes(8);
    expect(fleet.group().Instances!.map(({ InstanceId }) => InstanceId)).not.toContain(
      first.InstanceId,
    );
    expect(fleet.group().Instances!.map(({ LifecycleState }) => LifecycleState)).toContain(
      'Pending:Wait',
    );
  });

  it('hold a terminating instance too', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call(
      'PutLifecycleHook',
      hook({ LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' }),
    );
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 1 });
    await fleet.account.minutes(5);
    expect(
      fleet
        .group()
        .Instances!.map(({ LifecycleState }) => LifecycleState)
        .sort(),
    ).toEqual(['InService', 'Terminating:Wait']);
    await fleet.account.minutes(10);
    expect(fleet.group().Instances).toHaveLength(1);
  });
});

describe('target groups', () => {
  it('follow their targets from initial to healthy to draining', async () => {
    const account = makeAccount();
    const arn = account.elb.addTargetGroup({ name: 'web' });
    const fleet = await Fleet.make(account, {
      size: 2,
      group: { TargetGroupARNs: [arn], HealthCheckType: 'ELB' },
    });
    const health = () =>
      account
        .call<{
          TargetHealthDescriptions: {
            Target: { Id: string };
            TargetHealth: { State: string; Reason?: string };
          }[];
        }>(account.elb, 'DescribeTargetHealth', { TargetGroupArn: arn })
        .TargetHealthDescriptions.map(({ TargetHealth }) =>
          [TargetHealth.State, TargetHealth.Reason].filter(Boolean).join(' '),
        );
    expect(health()).toEqual(['healthy', 'healthy']);
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 1 });
    await account.seconds(5);
    expect(health().sort()).toEqual(['draining Target.DeregistrationInProgress', 'healthy']);
    await account.minutes(7);
    expect(health()).toEqual(['healthy']);
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await account.seconds(25);
    expect(health().sort()).toEqual(['healthy', 'initial Elb.RegistrationInProgress']);
    expect(
      account.call(account.elb, 'DescribeTargetHealth', {
        TargetGroupArn: arn,
        Targets: [{ Id: 'i-0' }],
      }),
    ).toMatchObject({
      TargetHealthDescriptions: [
        { TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' } },
      ],
    });
    expect(
      errorOf(() => account.call(account.elb, 'DescribeTargetHealth', { TargetGroupArn: 'x' }))
        .name,
    ).toBe('TargetGroupNotFound');
  });

  it.each([
    { type: 'EC2', replaced: false },
    { type: 'ELB', replaced: true },
  ])(
    'that find an instance unhealthy have it replaced: $replaced under $type checks',
    async (row) => {
      const account = makeAccount();
      const arn = account.elb.addTargetGroup({ name: 'web' });
      const fleet = await Fleet.make(account, {
        size: 1,
        behaviour: { ...healthyBehaviour, targetFailureRatio: (minute) => (minute >= 3 ? 1 : 0) },
        group: { TargetGroupARNs: [arn], HealthCheckType: row.type },
      });
      fleet.call('UpdateAutoScalingGroup', {
        LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '2' },
      });
      fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
      await account.minutes(3);
      const id = fleet
        .group()
        .Instances!.find((instance) => versionOf(instance) === '2')!.InstanceId;
      expect(account.elb.stateOf(arn, id!)).toBe('healthy');
      await account.minutes(3);
      expect(account.elb.stateOf(arn, id!)).toBe(row.replaced ? 'draining' : 'unhealthy');
    },
  );
});

describe('DescribeAutoScalingGroups', () => {
  it('leaves out what does not exist, and pages', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 1 });
    const describeGroups = (input: object) =>
      account.call<{ AutoScalingGroups: { AutoScalingGroupName: string }[]; NextToken?: string }>(
        account.autoScaling,
        'DescribeAutoScalingGroups',
        input,
      );
    expect(describeGroups({ AutoScalingGroupNames: ['none'] })).toEqual({ AutoScalingGroups: [] });
    account.call(account.autoScaling, 'CreateAutoScalingGroup', {
      AutoScalingGroupName: 'api',
      LaunchTemplate: { LaunchTemplateId: fleet.templateId, Version: '1' },
      MinSize: 0,
      MaxSize: 1,
    });
    const first = describeGroups({ MaxRecords: 1 });
    const second = describeGroups({ MaxRecords: 1, NextToken: first.NextToken });
    expect(
      [...first.AutoScalingGroups, ...second.AutoScalingGroups].map(
        (group) => group.AutoScalingGroupName,
      ),
    ).toEqual(['web', 'api']);
    expect(START_MS).toBeLessThan(account.world.nowMs());
  });
});
