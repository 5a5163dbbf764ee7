import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  type Instance,
  type InstanceRefresh,
  type LaunchTemplateSpecification,
  paginateDescribeAutoScalingGroups,
  paginateDescribeWarmPool,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { ErrorName, KilnError } from '../core/errors.ts';
import type {
  GroupObservation,
  InstanceObservation,
  RefreshObservation,
} from '../core/observation.ts';

/** @throws KilnError Unexpected when there is no group of that name */
export async function observeGroup(
  client: AutoScalingClient,
  name: string,
): Promise<GroupObservation> {
  const [group] = await observeGroups(client, [name]);
  if (group === undefined) {
    throw new KilnError(
      ErrorName.Unexpected,
      `there is no Auto Scaling group ${name} in this account and Region; the catalogue names it`,
    );
  }
  return group;
}

/** DescribeAutoScalingGroups takes 100 names at most ("MaxRecords", Auto Scaling API reference). */
const NAMES = 100;

/** The groups that exist of these names. */
export async function observeGroups(
  client: AutoScalingClient,
  names: readonly string[],
): Promise<readonly GroupObservation[]> {
  const found: GroupObservation[] = [];
  for (let start = 0; start < names.length; start += NAMES) {
    const { AutoScalingGroups: groups = [] } = await client.send(
      new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: names.slice(start, start + NAMES),
        MaxRecords: NAMES,
      }),
    );
    for (const group of groups) found.push(toGroup(group, await warmInstances(client, group)));
  }
  return found;
}

/** DescribeAutoScalingGroups leaves them out (API reference, DescribeAutoScalingGroups and DescribeWarmPool). */
async function warmInstances(
  client: AutoScalingClient,
  group: AutoScalingGroup,
): Promise<readonly Instance[]> {
  if (group.WarmPoolConfiguration === undefined && (group.WarmPoolSize ?? 0) === 0) return [];
  const { AutoScalingGroupName } = group;
  const found: Instance[] = [];
  for await (const page of paginateDescribeWarmPool({ client }, { AutoScalingGroupName })) {
    found.push(...(page.Instances ?? []));
  }
  return found;
}

/** Other groups that use the template, also in an override, with each version that they name. */
export async function groupsOfTemplate(
  client: AutoScalingClient,
  launchTemplateId: string,
  except: string,
): Promise<readonly { readonly groupName: string; readonly follows: string }[]> {
  const found: { groupName: string; follows: string }[] = [];
  for await (const page of paginateDescribeAutoScalingGroups({ client, pageSize: NAMES }, {})) {
    for (const group of page.AutoScalingGroups ?? []) {
      const { AutoScalingGroupName: groupName = '' } = group;
      if (groupName === except) continue;
      const versions = templatesOf(group).flatMap((template) =>
        template.LaunchTemplateId === launchTemplateId ? [template.Version ?? '$Default'] : [],
      );
      for (const follows of new Set(versions)) found.push({ groupName, follows });
    }
  }
  return found;
}

/** All that a group may launch from: its own template, and those that overrides bring along. */
function templatesOf(group: AutoScalingGroup): readonly LaunchTemplateSpecification[] {
  const { LaunchTemplateSpecification: shared, Overrides: overrides = [] } =
    group.MixedInstancesPolicy?.LaunchTemplate ?? {};
  const own = overrides.map((override) => override.LaunchTemplateSpecification);
  return [group.LaunchTemplate, shared, ...own].filter((template) => template !== undefined);
}

/** Newest first, at most 10. */
export async function observeRefreshes(
  client: AutoScalingClient,
  groupName: string,
): Promise<readonly RefreshObservation[]> {
  const { InstanceRefreshes: refreshes = [] } = await client.send(
    new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: groupName, MaxRecords: 10 }),
  );
  return refreshes.flatMap(toRefresh);
}

/** Exactly this process: suspending any other would change what the group does for its users. */
const REFRESH_ONLY = ['InstanceRefresh'];

/** Idempotent: a suspended process stays suspended. */
export async function suspendRefreshes(client: AutoScalingClient, groupName: string) {
  const input = { AutoScalingGroupName: groupName, ScalingProcesses: REFRESH_ONLY };
  await client.send(new SuspendProcessesCommand(input));
}

/** Idempotent: resuming what is not suspended changes nothing. */
export async function resumeRefreshes(client: AutoScalingClient, groupName: string) {
  const input = { AutoScalingGroupName: groupName, ScalingProcesses: REFRESH_ONLY };
  await client.send(new ResumeProcessesCommand(input));
}

function toGroup(group: AutoScalingGroup, warm: readonly Instance[]): GroupObservation {
  const { LaunchTemplate: template, MixedInstancesPolicy: mixed } = group;
  // An instance that was on its way between two calls is in both answers, and then in the pool.
  const warmIds = new Set(warm.map((instance) => instance.InstanceId));
  const listed = (group.Instances ?? []).filter((one) => !warmIds.has(one.InstanceId));
  return {
    name: group.AutoScalingGroupName ?? '',
    arn: group.AutoScalingGroupARN ?? '',
    minSize: group.MinSize ?? 0,
    maxSize: group.MaxSize ?? 0,
    desiredCapacity: group.DesiredCapacity ?? 0,
    instances: [
      ...listed.map((instance) => toInstance(instance, false)),
      ...warm.map((instance) => toInstance(instance, true)),
    ],
    suspendedProcesses: (group.SuspendedProcesses ?? []).map((process) => ({
      name: process.ProcessName ?? '',
      reason: process.SuspensionReason ?? '',
    })),
    ...(template === undefined
      ? {}
      : {
          launchTemplate: {
            id: template.LaunchTemplateId ?? '',
            version: template.Version ?? '$Default',
          },
        }),
    ...(mixed === undefined ? {} : { mixedInstancesPolicy: JSON.stringify(mixed) }),
    usesLaunchConfiguration: group.LaunchConfigurationName !== undefined,
    targetGroupArns: group.TargetGroupARNs ?? [],
    defaultInstanceWarmupSeconds: group.DefaultInstanceWarmup,
    healthCheckGracePeriodSeconds: group.HealthCheckGracePeriod ?? 0,
    // "The current state of the group when the DeleteAutoScalingGroup operation is in progress" (API reference).
    ...(group.Status === undefined ? {} : { beingDeleted: true }),
  };
}

function toInstance(instance: Instance, warmPool: boolean): InstanceObservation {
  const lifecycleState = instance.LifecycleState ?? 'unknown';
  return {
    instanceId: instance.InstanceId ?? '',
    launchTemplateVersion: instance.LaunchTemplate?.Version,
    lifecycleState,
    healthy: instance.HealthStatus?.toLowerCase() === 'healthy',
    protectedFromScaleIn: instance.ProtectedFromScaleIn ?? false,
    warmPool: warmPool || lifecycleState.startsWith('Warmed'),
  };
}

function toRefresh(refresh: InstanceRefresh): readonly RefreshObservation[] {
  const { InstanceRefreshId: instanceRefreshId, Status: status } = refresh;
  if (instanceRefreshId === undefined || status === undefined) return [];
  const desired = refresh.DesiredConfiguration;
  const template =
    desired?.LaunchTemplate ??
    desired?.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return [
    {
      instanceRefreshId,
      status,
      statusReason: refresh.StatusReason,
      // Checkpoints are shares of the group; whether the whole counts a warm pool too is nowhere said.
      percentageComplete:
        refresh.ProgressDetails?.LivePoolProgress?.PercentageComplete ??
        refresh.PercentageComplete ??
        0,
      startedAtMs: refresh.StartTime?.getTime(),
      endedAtMs: refresh.EndTime?.getTime(),
      desiredLaunchTemplateVersion: template?.Version,
    },
  ];
}
