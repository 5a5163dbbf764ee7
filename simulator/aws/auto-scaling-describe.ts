import type {
  Activity as ActivityShown,
  AutoScalingGroup,
  AutoScalingInstanceDetails,
  Instance,
  InstanceRefresh,
  InstanceRefreshProgressDetails,
  WarmPoolConfiguration,
} from '@aws-sdk/client-auto-scaling';
import {
  type Activity,
  type Group,
  isInWarmPool,
  isWarm,
  type Member,
  membersOf,
  type Refresh,
} from './auto-scaling-group.ts';
import { preferencesShown } from './auto-scaling-refresh-preferences.ts';
import { referenceShown, specificationShown } from './auto-scaling-specification.ts';

/** How groups, instances, activities and refreshes look from outside. */

export function groupShown(group: Group): AutoScalingGroup {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    ...specificationShown(group.launch),
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.defaultCooldown,
    AvailabilityZones: [...group.zones],
    LoadBalancerNames: [],
    TargetGroupARNs: [...group.targetGroupArns],
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.graceSeconds,
    Instances: membersOf(group, (member) => !isWarm(member)).map(instanceShown),
    CreatedTime: new Date(group.createdMs),
    SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    ...(group.subnets.length === 0 ? {} : { VPCZoneIdentifier: group.subnets.join(',') }),
    EnabledMetrics: [],
    ...(group.deleting ? { Status: 'Delete in progress' } : {}),
    Tags: group.tags.map((tag) => ({ ...tag })),
    TerminationPolicies: [...group.terminationPolicies],
    NewInstancesProtectedFromScaleIn: group.protectNew,
    ...(group.defaultWarmupSeconds === undefined
      ? {}
      : { DefaultInstanceWarmup: group.defaultWarmupSeconds }),
    ...(group.maintenance === undefined
      ? {}
      : {
          InstanceMaintenancePolicy: {
            MinHealthyPercentage: group.maintenance.min,
            MaxHealthyPercentage: group.maintenance.max,
          },
        }),
    ...(group.warmPool === undefined
      ? {}
      : {
          WarmPoolConfiguration: warmPoolShown(group),
          WarmPoolSize: membersOf(group, isInWarmPool).length,
        }),
    TrafficSources: group.targetGroupArns.map((Identifier) => ({ Identifier, Type: 'elbv2' })),
  };
}

export function instanceShown(member: Member): Instance {
  return {
    InstanceId: member.instance.instanceId,
    InstanceType: member.launch.instanceType,
    AvailabilityZone: member.instance.zone,
    LifecycleState: member.state,
    HealthStatus: member.healthy ? 'Healthy' : 'Unhealthy',
    LaunchTemplate: referenceShown(member.launch.template),
    ImageId: member.launch.imageId,
    ProtectedFromScaleIn: member.protected,
  };
}

export function instanceDetails(group: Group, member: Member): AutoScalingInstanceDetails {
  const { HealthStatus, ...shown } = instanceShown(member);
  return {
    ...shown,
    LifecycleState: member.state,
    // This one operation answers in capitals.
    HealthStatus: HealthStatus?.toUpperCase(),
    AutoScalingGroupName: group.name,
  };
}

export function warmPoolShown(group: Group): WarmPoolConfiguration | undefined {
  const pool = group.warmPool;
  if (pool === undefined) return undefined;
  return {
    ...(pool.maxPrepared === undefined ? {} : { MaxGroupPreparedCapacity: pool.maxPrepared }),
    MinSize: pool.minSize,
    PoolState: pool.poolState,
    InstanceReusePolicy: { ReuseOnScaleIn: pool.reuseOnScaleIn },
    ...(pool.deleting ? { Status: 'PendingDelete' } : {}),
  };
}

export function activityShown(group: Group, activity: Activity): ActivityShown {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startMs),
    ...(activity.endMs === undefined ? {} : { EndTime: new Date(activity.endMs) }),
    StatusCode: activity.status,
    ...(activity.message === undefined ? {} : { StatusMessage: activity.message }),
    Progress: activity.progress,
    Details: activity.details,
  };
}

/** @see aws-facts "DescribeInstanceRefreshes" */
export function refreshShown(group: Group, refresh: Refresh): InstanceRefresh {
  const details = progressShown(group, refresh);
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: group.name,
    Status: refresh.status,
    ...(refresh.reason === undefined ? {} : { StatusReason: refresh.reason }),
    ...(refresh.status === 'Pending' ? {} : { StartTime: new Date(refresh.startMs) }),
    ...(refresh.endMs === undefined ? {} : { EndTime: new Date(refresh.endMs) }),
    PercentageComplete: refresh.percentComplete,
    InstancesToUpdate: refresh.instancesToUpdate,
    ...(details === undefined ? {} : { ProgressDetails: details }),
    Preferences: preferencesShown(refresh.preferences),
    ...(refresh.desired === undefined
      ? {}
      : { DesiredConfiguration: specificationShown(refresh.desired) }),
    ...(refresh.rollback === undefined
      ? {}
      : {
          RollbackDetails: {
            RollbackReason: refresh.rollback.reason,
            RollbackStartTime: new Date(refresh.rollback.startMs),
            PercentageCompleteOnRollback: refresh.rollback.percentComplete,
            InstancesToUpdateOnRollback: refresh.rollback.instancesToUpdate,
          },
        }),
    Strategy: 'Rolling',
  };
}

/** Appears only with a warm pool. */
function progressShown(group: Group, refresh: Refresh): InstanceRefreshProgressDetails | undefined {
  if (group.warmPool === undefined) return undefined;
  return {
    LivePoolProgress: {
      PercentageComplete: refresh.livePercentComplete,
      InstancesToUpdate: refresh.instancesToUpdate,
    },
    WarmPoolProgress: {
      PercentageComplete: refresh.warmPercentComplete,
      InstancesToUpdate: refresh.warmToUpdate,
    },
  };
}
