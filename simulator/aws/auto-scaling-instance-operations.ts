import type {
  DescribeAutoScalingInstancesCommandInput,
  DescribeAutoScalingInstancesCommandOutput,
  EnterStandbyCommandInput,
  EnterStandbyCommandOutput,
  ExitStandbyCommandInput,
  ExitStandbyCommandOutput,
  SetInstanceHealthCommandInput,
  SetInstanceHealthCommandOutput,
  SetInstanceProtectionCommandInput,
  SetInstanceProtectionCommandOutput,
  TerminateInstanceInAutoScalingGroupCommandInput,
  TerminateInstanceInAutoScalingGroupCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../contract.ts';
import { activityShown, instanceDetails } from './auto-scaling-describe.ts';
import {
  type Group,
  type GroupStore,
  invalid,
  isInService,
  isStandby,
  type Member,
} from './auto-scaling-group.ts';
import type { Lifecycle } from './auto-scaling-lifecycle.ts';
import type { GroupPermission } from './auto-scaling-permission.ts';
import { operation, pageOf } from './fleet-operation.ts';

interface InstanceOperationParts {
  readonly groups: GroupStore;
  readonly permission: GroupPermission;
  readonly lifecycle: Lifecycle;
  readonly poke: (group: Group) => void;
}

const badToken = () => new AwsError('InvalidNextToken', 'The token is not valid.');

function memberIn(group: Group, instanceId: string): Member {
  const member = group.members.get(instanceId);
  if (member !== undefined) return member;
  throw invalid(`The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`);
}

/** Standby, protection, health and termination of single instances. */
export function instanceOperations({
  groups,
  permission,
  lifecycle,
  poke,
}: InstanceOperationParts) {
  return {
    DescribeAutoScalingInstances: operation<
      DescribeAutoScalingInstancesCommandInput,
      DescribeAutoScalingInstancesCommandOutput
    >({
      authorize: () => [{ action: 'autoscaling:DescribeAutoScalingInstances', resource: '*' }],
      run: (input) => {
        const all = groups
          .all()
          .flatMap((group) =>
            [...group.members.values()].map((member) => instanceDetails(group, member)),
          );
        const ids = input.InstanceIds ?? [];
        const wanted = all.filter(
          ({ InstanceId }) => ids.length === 0 || ids.includes(InstanceId ?? ''),
        );
        const { page, nextToken } = pageOf(
          wanted,
          input.NextToken,
          input.MaxRecords ?? 50,
          badToken,
        );
        return nextToken === undefined
          ? { AutoScalingInstances: page }
          : { AutoScalingInstances: page, NextToken: nextToken };
      },
    }),
    EnterStandby: operation<EnterStandbyCommandInput, EnterStandbyCommandOutput>({
      authorize: (input) => permission('EnterStandby', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const members = (input.InstanceIds ?? []).map((id) => memberIn(group, id));
        const wrong = members.find((member) => !isInService(member));
        if (wrong !== undefined)
          throw invalid(`The instance ${wrong.instance.instanceId} is not in InService.`);
        const decrement = input.ShouldDecrementDesiredCapacity === true ? members.length : 0;
        if (group.desired - decrement < group.min)
          throw invalid(
            `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To place into standby ${members.length} instance(s), please update the AutoScalingGroup sizes appropriately.`,
          );
        for (const member of members) lifecycle.takeOut(group, member);
        group.desired -= decrement;
        poke(group);
        return { Activities: members.map(({ activity }) => activityShown(group, activity)) };
      },
    }),
    ExitStandby: operation<ExitStandbyCommandInput, ExitStandbyCommandOutput>({
      authorize: (input) => permission('ExitStandby', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const members = (input.InstanceIds ?? []).map((id) => memberIn(group, id));
        const wrong = members.find((member) => !isStandby(member));
        if (wrong !== undefined)
          throw invalid(`The instance ${wrong.instance.instanceId} is not in Standby.`);
        if (group.desired + members.length > group.max)
          throw invalid(
            `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To move ${members.length} instance(s) out of standby, please update the AutoScalingGroup sizes appropriately.`,
          );
        group.desired += members.length;
        for (const member of members) lifecycle.enterService(group, member);
        return { Activities: members.map(({ activity }) => activityShown(group, activity)) };
      },
    }),
    SetInstanceProtection: operation<
      SetInstanceProtectionCommandInput,
      SetInstanceProtectionCommandOutput
    >({
      authorize: (input) => permission('SetInstanceProtection', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const members = (input.InstanceIds ?? []).map((id) => memberIn(group, id));
        for (const member of members) member.protected = input.ProtectedFromScaleIn === true;
        poke(group);
        return {};
      },
    }),
    SetInstanceHealth: operation<SetInstanceHealthCommandInput, SetInstanceHealthCommandOutput>({
      authorize: (input) =>
        permission('SetInstanceHealth', groupOf(groups, input.InstanceId)?.name),
      run: (input, context) => {
        const { group, member } = groups.memberOf(input.InstanceId);
        if (input.HealthStatus !== 'Healthy' && input.HealthStatus !== 'Unhealthy')
          throw invalid(`HealthStatus ${input.HealthStatus} is not one of Healthy, Unhealthy.`);
        const inGrace =
          context.nowMs < (member.inServiceMs ?? context.nowMs) + group.graceSeconds * 1000;
        if (inGrace && input.ShouldRespectGracePeriod !== false) return {};
        member.healthy = input.HealthStatus === 'Healthy';
        poke(group);
        return {};
      },
    }),
    TerminateInstanceInAutoScalingGroup: operation<
      TerminateInstanceInAutoScalingGroupCommandInput,
      TerminateInstanceInAutoScalingGroupCommandOutput
    >({
      authorize: (input) =>
        permission('TerminateInstanceInAutoScalingGroup', groupOf(groups, input.InstanceId)?.name),
      run: (input) => {
        const { group, member } = groups.memberOf(input.InstanceId);
        if (input.ShouldDecrementDesiredCapacity === true) {
          if (group.desired - 1 < group.min)
            throw invalid(
              `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
            );
          group.desired -= 1;
        }
        lifecycle.terminate(
          group,
          member,
          lifecycle.cause('instance was taken out of service in response to a user request'),
        );
        poke(group);
        const [activity] = group.activities;
        return activity === undefined ? {} : { Activity: activityShown(group, activity) };
      },
    }),
  };
}

function groupOf(groups: GroupStore, instanceId: string | undefined): Group | undefined {
  return groups.all().find((group) => group.members.has(instanceId ?? ''));
}
