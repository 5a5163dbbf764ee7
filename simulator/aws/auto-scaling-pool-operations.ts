import type {
  CompleteLifecycleActionCommandInput,
  CompleteLifecycleActionCommandOutput,
  DeleteLifecycleHookCommandInput,
  DeleteLifecycleHookCommandOutput,
  DeleteWarmPoolCommandInput,
  DeleteWarmPoolCommandOutput,
  DescribeLifecycleHooksCommandInput,
  DescribeLifecycleHooksCommandOutput,
  DescribeWarmPoolCommandInput,
  DescribeWarmPoolCommandOutput,
  PutLifecycleHookCommandInput,
  PutLifecycleHookCommandOutput,
  PutWarmPoolCommandInput,
  PutWarmPoolCommandOutput,
  RecordLifecycleActionHeartbeatCommandInput,
  RecordLifecycleActionHeartbeatCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../contract.ts';
import { instanceShown, warmPoolShown } from './auto-scaling-describe.ts';
import {
  type Group,
  type GroupStore,
  invalid,
  isWarm,
  type Member,
  membersOf,
} from './auto-scaling-group.ts';
import type { Lifecycle } from './auto-scaling-lifecycle.ts';
import type { GroupPermission } from './auto-scaling-permission.ts';
import { operation, pageOf } from './fleet-operation.ts';

interface PoolOperationParts {
  readonly groups: GroupStore;
  readonly permission: GroupPermission;
  readonly lifecycle: Lifecycle;
  readonly poke: (group: Group) => void;
}

const badToken = () => new AwsError('InvalidNextToken', 'The token is not valid.');

/** Lifecycle hooks and warm pools. @see ASG-UG/lifecycle-hooks, ec2-auto-scaling-warm-pools */
export function poolAndHookOperations({ groups, permission, lifecycle, poke }: PoolOperationParts) {
  return {
    PutLifecycleHook: operation<PutLifecycleHookCommandInput, PutLifecycleHookCommandOutput>({
      authorize: (input) => permission('PutLifecycleHook', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const name = input.LifecycleHookName ?? '';
        const before = group.hooks.get(name);
        if (before === undefined && input.LifecycleTransition === undefined)
          throw invalid('LifecycleTransition must be specified for a new lifecycle hook.');
        group.hooks.set(name, { ...before, ...input });
        return {};
      },
    }),
    DeleteLifecycleHook: operation<
      DeleteLifecycleHookCommandInput,
      DeleteLifecycleHookCommandOutput
    >({
      authorize: (input) => permission('DeleteLifecycleHook', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const name = input.LifecycleHookName ?? '';
        if (!group.hooks.delete(name)) throw invalid(`No Lifecycle Hook found with name: ${name}`);
        // Outstanding actions are completed: abandoned launches end, terminations go on either way.
        for (const member of group.members.values())
          if (member.hook?.name === name) lifecycle.hooks.complete(member, 'ABANDON');
        return {};
      },
    }),
    DescribeLifecycleHooks: operation<
      DescribeLifecycleHooksCommandInput,
      DescribeLifecycleHooksCommandOutput
    >({
      authorize: () => [{ action: 'autoscaling:DescribeLifecycleHooks', resource: '*' }],
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const names = input.LifecycleHookNames ?? [];
        const hooks = [...group.hooks.values()].filter(
          (hook) => names.length === 0 || names.includes(hook.LifecycleHookName ?? ''),
        );
        return { LifecycleHooks: hooks.map((hook) => ({ ...hook })) };
      },
    }),
    CompleteLifecycleAction: operation<
      CompleteLifecycleActionCommandInput,
      CompleteLifecycleActionCommandOutput
    >({
      authorize: (input) => permission('CompleteLifecycleAction', input.AutoScalingGroupName),
      run: (input) => {
        const member = waiting(groups.must(input.AutoScalingGroupName), input);
        lifecycle.hooks.complete(
          member,
          input.LifecycleActionResult === 'CONTINUE' ? 'CONTINUE' : 'ABANDON',
        );
        return {};
      },
    }),
    RecordLifecycleActionHeartbeat: operation<
      RecordLifecycleActionHeartbeatCommandInput,
      RecordLifecycleActionHeartbeatCommandOutput
    >({
      authorize: (input) =>
        permission('RecordLifecycleActionHeartbeat', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        lifecycle.hooks.restart(group, waiting(group, input));
        return {};
      },
    }),
    PutWarmPool: operation<PutWarmPoolCommandInput, PutWarmPoolCommandOutput>({
      authorize: (input) => permission('PutWarmPool', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        if (usesSpot(group))
          throw invalid(
            'You cannot add a warm pool to an Auto Scaling group that has a mixed instances policy with Spot Instances.',
          );
        const prepared = input.MaxGroupPreparedCapacity ?? group.warmPool?.maxPrepared;
        group.warmPool = {
          maxPrepared: prepared === -1 ? undefined : prepared,
          minSize: input.MinSize ?? group.warmPool?.minSize ?? 0,
          poolState: input.PoolState ?? group.warmPool?.poolState ?? 'Stopped',
          reuseOnScaleIn: input.InstanceReusePolicy?.ReuseOnScaleIn ?? false,
          deleting: false,
        };
        poke(group);
        return {};
      },
    }),
    DescribeWarmPool: operation<DescribeWarmPoolCommandInput, DescribeWarmPoolCommandOutput>({
      authorize: () => [{ action: 'autoscaling:DescribeWarmPool', resource: '*' }],
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const configuration = warmPoolShown(group);
        const warm = membersOf(group, isWarm).map(instanceShown);
        const { page, nextToken } = pageOf(warm, input.NextToken, input.MaxRecords ?? 50, badToken);
        return {
          ...(configuration === undefined ? {} : { WarmPoolConfiguration: configuration }),
          Instances: page,
          ...(nextToken === undefined ? {} : { NextToken: nextToken }),
        };
      },
    }),
    DeleteWarmPool: operation<DeleteWarmPoolCommandInput, DeleteWarmPoolCommandOutput>({
      authorize: (input) => permission('DeleteWarmPool', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        if (group.warmPool === undefined)
          throw invalid(`No warm pool found for Auto Scaling group ${group.name}.`);
        if (input.ForceDelete !== true && membersOf(group, isWarm).length > 0)
          throw new AwsError('ResourceInUse', 'The warm pool still has instances.');
        group.warmPool.deleting = true;
        poke(group);
        return {};
      },
    }),
  };
}

/** A distribution that is not given, or says nothing, is of On-Demand Instances alone. */
function usesSpot({ launch }: Group): boolean {
  const share = launch.mixed?.InstancesDistribution?.OnDemandPercentageAboveBaseCapacity;
  return share !== undefined && share < 100;
}

/** The instance whose hook the call means, by token or by instance id. @throws ValidationError */
function waiting(
  group: Group,
  input: {
    LifecycleHookName?: string | undefined;
    LifecycleActionToken?: string | undefined;
    InstanceId?: string | undefined;
  },
): Member {
  const found = [...group.members.values()].find(
    (member) =>
      member.hook?.name === input.LifecycleHookName &&
      (input.LifecycleActionToken === undefined
        ? member.instance.instanceId === input.InstanceId
        : member.hook?.token === input.LifecycleActionToken),
  );
  if (found !== undefined) return found;
  const which =
    input.LifecycleActionToken === undefined
      ? `instance ID ${input.InstanceId}`
      : `token ${input.LifecycleActionToken}`;
  throw invalid(`No active Lifecycle Action found with ${which}`);
}
