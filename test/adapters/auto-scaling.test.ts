import {
  AutoScalingClient,
  type AutoScalingGroup,
  type DescribeWarmPoolCommandInput,
  type Instance,
  type LaunchTemplateOverrides,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { groupsOfTemplate, observeGroup } from '../../lambdas/adapters/auto-scaling.ts';

const OURS = 'lt-0123456789abcdef0';
const instance = (id: string, version: string, state: string): Instance => ({
  InstanceId: id,
  AvailabilityZone: 'eu-west-1a',
  LifecycleState: state as 'InService',
  HealthStatus: 'Healthy',
  LaunchTemplate: { LaunchTemplateId: OURS, Version: version },
  ProtectedFromScaleIn: false,
});

/** Answers as Auto Scaling does, one instance of a warm pool to a page. */
function aClient(groups: readonly Partial<AutoScalingGroup>[], warm: readonly Instance[] = []) {
  const client = new AutoScalingClient({ region: 'eu-west-1' });
  const asked: string[] = [];
  client.send = async (command: { constructor: { name: string }; input: object }) => {
    asked.push(command.constructor.name);
    if (command.constructor.name !== 'DescribeWarmPoolCommand') {
      return { AutoScalingGroups: groups };
    }
    const from = Number((command.input as DescribeWarmPoolCommandInput).NextToken ?? '0');
    const more = from + 1 < warm.length ? { NextToken: String(from + 1) } : {};
    return { Instances: warm.slice(from, from + 1), ...more };
  };
  return { client, asked };
}

describe('what a group is', () => {
  const inService = [instance('i-1', '7', 'InService'), instance('i-2', '7', 'InService')];

  it('holds the instances of its warm pool, which only another call tells', async () => {
    const group = { AutoScalingGroupName: 'web', Instances: inService };
    const { client } = aClient(
      [{ ...group, WarmPoolConfiguration: { MinSize: 2 }, WarmPoolSize: 2 }],
      [instance('i-3', '3', 'Warmed:Stopped'), instance('i-4', '3', 'Warmed:Pending')],
    );
    const { instances } = await observeGroup(client, 'web');
    expect(
      instances.map((one) => [one.instanceId, one.warmPool, one.launchTemplateVersion]),
    ).toEqual([
      ['i-1', false, '7'],
      ['i-2', false, '7'],
      ['i-3', true, '3'],
      ['i-4', true, '3'],
    ]);
  });

  it('counts an instance once that came out of the pool between the two calls', async () => {
    const { client } = aClient(
      [{ AutoScalingGroupName: 'web', Instances: inService, WarmPoolSize: 1 }],
      [instance('i-2', '7', 'Warmed:Running')],
    );
    const { instances } = await observeGroup(client, 'web');
    expect(instances.map((one) => one.instanceId)).toEqual(['i-1', 'i-2']);
  });

  it('costs no second call without a warm pool', async () => {
    const { client, asked } = aClient([{ AutoScalingGroupName: 'web', Instances: inService }]);
    await observeGroup(client, 'web');
    expect(asked).toEqual(['DescribeAutoScalingGroupsCommand']);
  });
});

describe('groups of a launch template', () => {
  const mixed = (version: string, override: LaunchTemplateOverrides = {}) => ({
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateId: 'lt-other', Version: version },
        Overrides: [{ InstanceType: 'm7g.large' }, override],
      },
    },
  });
  const own = (Version?: string) => ({
    LaunchTemplateSpecification: { LaunchTemplateId: OURS, ...(Version && { Version }) },
  });

  it.each([
    ['plain', { LaunchTemplate: { LaunchTemplateId: OURS, Version: '$Latest' } }, ['$Latest']],
    ['in an override', mixed('3', own('$Latest')), ['$Latest']],
    ['in an override without a version', mixed('3', own()), ['$Default']],
    ['in an override by number', mixed('$Latest', own('4')), ['4']],
    ['another template alone', mixed('$Latest'), []],
  ])('%s', async (_, group, follows) => {
    const { client } = aClient([
      { AutoScalingGroupName: 'other', ...group },
      { AutoScalingGroupName: 'ours', ...group },
    ]);
    expect(await groupsOfTemplate(client, OURS, 'ours')).toEqual(
      follows.map((version) => ({ groupName: 'other', follows: version })),
    );
  });
});
