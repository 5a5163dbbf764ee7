import type {
  CreateAutoScalingGroupCommandInput,
  CreateAutoScalingGroupCommandOutput,
  DeleteAutoScalingGroupCommandInput,
  DeleteAutoScalingGroupCommandOutput,
  DescribeAutoScalingGroupsCommandInput,
  DescribeAutoScalingGroupsCommandOutput,
  DescribeScalingActivitiesCommandInput,
  DescribeScalingActivitiesCommandOutput,
  ResumeProcessesCommandInput,
  ResumeProcessesCommandOutput,
  SetDesiredCapacityCommandInput,
  SetDesiredCapacityCommandOutput,
  SuspendProcessesCommandInput,
  SuspendProcessesCommandOutput,
  UpdateAutoScalingGroupCommandInput,
  UpdateAutoScalingGroupCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { AwsError, type Place, type World } from '../contract.ts';
import { activityShown, groupShown } from './auto-scaling-describe.ts';
import { activeRefresh, type Group, type GroupStore, invalid } from './auto-scaling-group.ts';
import type { Lifecycle } from './auto-scaling-lifecycle.ts';
import { listOf, maintenanceOf, newGroup, resize } from './auto-scaling-new-group.ts';
import type { GroupPermission } from './auto-scaling-permission.ts';
import type { Specifications } from './auto-scaling-specification.ts';
import { operation, pageOf } from './fleet-operation.ts';

/** @see ASG-UG/as-suspend-resume-processes */
const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

interface GroupOperationParts {
  readonly world: World;
  readonly place: Place;
  readonly groups: GroupStore;
  readonly permission: GroupPermission;
  readonly specifications: Specifications;
  readonly lifecycle: Lifecycle;
  readonly hasTargetGroup: (arn: string) => boolean;
  readonly poke: (group: Group) => void;
}

export function groupOperations(parts: GroupOperationParts) {
  const { groups, permission, poke } = parts;
  return {
    CreateAutoScalingGroup: operation<
      CreateAutoScalingGroupCommandInput,
      CreateAutoScalingGroupCommandOutput
    >({
      authorize: (input) => permission('CreateAutoScalingGroup', input.AutoScalingGroupName),
      run: (input, context) => {
        const group = newGroup(parts, input);
        parts.specifications.requireLaunchRights(context, group.launch, group.subnets);
        groups.add(group);
        poke(group);
        return {};
      },
    }),
    UpdateAutoScalingGroup: operation<
      UpdateAutoScalingGroupCommandInput,
      UpdateAutoScalingGroupCommandOutput
    >({
      authorize: (input) =>
        permission('UpdateAutoScalingGroup', input.AutoScalingGroupName, updateContext(input)),
      run: (input, context) => {
        const group = groups.must(input.AutoScalingGroupName);
        const launch = parts.specifications.read(input);
        if (launch !== undefined) {
          refuseWhileDesired(group);
          parts.specifications.requireLaunchRights(context, launch, group.subnets);
        }
        resize(group, input.MinSize, input.MaxSize, input.DesiredCapacity);
        if (launch !== undefined) group.launch = launch;
        update(group, input);
        poke(group);
        return {};
      },
    }),
    DeleteAutoScalingGroup: operation<
      DeleteAutoScalingGroupCommandInput,
      DeleteAutoScalingGroupCommandOutput
    >({
      authorize: (input) => permission('DeleteAutoScalingGroup', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        if (group.members.size > 0 && input.ForceDelete !== true)
          throw new AwsError(
            'ResourceInUse',
            'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
          );
        group.deleting = true;
        resize(group, 0, 0, 0);
        poke(group);
        return {};
      },
    }),
    DescribeAutoScalingGroups: operation<
      DescribeAutoScalingGroupsCommandInput,
      DescribeAutoScalingGroupsCommandOutput
    >({
      authorize: () => [{ action: 'autoscaling:DescribeAutoScalingGroups', resource: '*' }],
      run: (input) => describeGroups(groups, input),
    }),
    SetDesiredCapacity: operation<SetDesiredCapacityCommandInput, SetDesiredCapacityCommandOutput>({
      authorize: (input) => permission('SetDesiredCapacity', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        resize(group, undefined, undefined, input.DesiredCapacity);
        poke(group);
        return {};
      },
    }),
    SuspendProcesses: operation<SuspendProcessesCommandInput, SuspendProcessesCommandOutput>({
      authorize: (input) => permission('SuspendProcesses', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const at = new Date(parts.world.nowMs()).toISOString().replace(/\.\d+Z$/, 'Z');
        for (const process of processesOf(input.ScalingProcesses))
          if (!group.suspended.has(process))
            group.suspended.set(process, `User suspended at ${at}`);
        poke(group);
        return {};
      },
    }),
    ResumeProcesses: operation<ResumeProcessesCommandInput, ResumeProcessesCommandOutput>({
      authorize: (input) => permission('ResumeProcesses', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        for (const process of processesOf(input.ScalingProcesses)) group.suspended.delete(process);
        poke(group);
        return {};
      },
    }),
    DescribeScalingActivities: operation<
      DescribeScalingActivitiesCommandInput,
      DescribeScalingActivitiesCommandOutput
    >({
      authorize: () => [{ action: 'autoscaling:DescribeScalingActivities', resource: '*' }],
      run: (input) => describeActivities(groups, input),
    }),
  };
}

/** @see ASG-UG/instance-refresh-overview */
function refuseWhileDesired(group: Group): void {
  if (activeRefresh(group)?.desired === undefined) return;
  throw invalid(
    'An active instance refresh with a desired configuration exists. All configuration options derived from the desired configuration are not available for update while the instance refresh is active.',
  );
}

function update(group: Group, input: UpdateAutoScalingGroupCommandInput): void {
  group.defaultCooldown = input.DefaultCooldown ?? group.defaultCooldown;
  group.healthCheckType = input.HealthCheckType ?? group.healthCheckType;
  group.graceSeconds = input.HealthCheckGracePeriod ?? group.graceSeconds;
  group.protectNew = input.NewInstancesProtectedFromScaleIn ?? group.protectNew;
  group.terminationPolicies = input.TerminationPolicies ?? group.terminationPolicies;
  if (input.DefaultInstanceWarmup !== undefined)
    group.defaultWarmupSeconds =
      input.DefaultInstanceWarmup === -1 ? undefined : input.DefaultInstanceWarmup;
  if (input.InstanceMaintenancePolicy !== undefined)
    group.maintenance = maintenanceOf(input.InstanceMaintenancePolicy);
  if (input.VPCZoneIdentifier !== undefined) group.subnets = listOf(input.VPCZoneIdentifier);
}

function processesOf(given: readonly string[] | undefined): readonly string[] {
  if (!given?.length) return PROCESSES;
  const unknown = given.find((name) => !PROCESSES.some((process) => process === name));
  if (unknown !== undefined) throw invalid(`Unknown process type ${unknown}`);
  return given;
}

function updateContext(input: UpdateAutoScalingGroupCommandInput) {
  const version =
    input.LaunchTemplate?.Version ??
    input.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification?.Version;
  return {
    ...(input.LaunchTemplate === undefined && input.MixedInstancesPolicy === undefined
      ? {}
      : { 'autoscaling:LaunchTemplateVersionSpecified': version !== undefined }),
    ...(input.MinSize === undefined ? {} : { 'autoscaling:MinSize': input.MinSize }),
    ...(input.MaxSize === undefined ? {} : { 'autoscaling:MaxSize': input.MaxSize }),
  };
}

/** A name that does not exist is left out, not refused. */
function describeGroups(
  groups: GroupStore,
  input: DescribeAutoScalingGroupsCommandInput,
): Pick<DescribeAutoScalingGroupsCommandOutput, 'AutoScalingGroups' | 'NextToken'> {
  const names = input.AutoScalingGroupNames ?? [];
  const wanted = groups
    .all()
    .filter(
      (group) =>
        (names.length === 0 || names.includes(group.name) || names.includes(group.arn)) &&
        (input.Filters ?? []).every(({ Name, Values }) =>
          matchesTag(group, Name ?? '', Values ?? []),
        ),
    );
  const size = input.MaxRecords ?? (names.length > 0 ? 100 : 50);
  const { page, nextToken } = pageOf(wanted, input.NextToken, size, badToken);
  const shown = page.map(groupShown);
  return nextToken === undefined
    ? { AutoScalingGroups: shown }
    : { AutoScalingGroups: shown, NextToken: nextToken };
}

function matchesTag(group: Group, name: string, values: readonly string[]): boolean {
  if (name === 'tag-key') return group.tags.some(({ Key }) => values.includes(Key ?? ''));
  if (name === 'tag-value') return group.tags.some(({ Value }) => values.includes(Value ?? ''));
  if (!name.startsWith('tag:')) throw invalid(`Filter type ${name} is not correct.`);
  const key = name.slice('tag:'.length);
  return group.tags.some((tag) => tag.Key === key && values.includes(tag.Value ?? ''));
}

function describeActivities(
  groups: GroupStore,
  input: DescribeScalingActivitiesCommandInput,
): Pick<DescribeScalingActivitiesCommandOutput, 'Activities' | 'NextToken'> {
  const wanted =
    input.AutoScalingGroupName === undefined
      ? groups.all()
      : [groups.must(input.AutoScalingGroupName)];
  const all = wanted.flatMap((group) => group.activities.map((activity) => ({ group, activity })));
  const asked = all.filter(
    ({ activity }) => !input.ActivityIds?.length || input.ActivityIds.includes(activity.id),
  );
  const { page, nextToken } = pageOf(asked, input.NextToken, input.MaxRecords ?? 100, badToken);
  const shown = page.map(({ group, activity }) => activityShown(group, activity));
  return nextToken === undefined
    ? { Activities: shown }
    : { Activities: shown, NextToken: nextToken };
}

const badToken = () => new AwsError('InvalidNextToken', 'The token is not valid.');
