import type {
  CreateAutoScalingGroupCommandInput,
  InstanceMaintenancePolicy,
} from '@aws-sdk/client-auto-scaling';
import { AwsError, type Place, type World } from '../contract.ts';
import { randomUuid } from '../random.ts';
import {
  type Group,
  type GroupStore,
  invalid,
  type MaintenancePolicy,
} from './auto-scaling-group.ts';
import type { Specifications } from './auto-scaling-specification.ts';

interface NewGroupParts {
  readonly world: World;
  readonly place: Place;
  readonly groups: GroupStore;
  readonly specifications: Specifications;
  readonly hasTargetGroup: (arn: string) => boolean;
}

/** -1 clears. @see aws-facts "Instance maintenance policy" */
export function maintenanceOf(
  policy: InstanceMaintenancePolicy | undefined,
): MaintenancePolicy | undefined {
  const min = policy?.MinHealthyPercentage ?? -1;
  const max = policy?.MaxHealthyPercentage ?? -1;
  if (min === -1 || max === -1) return undefined;
  if (min < 0 || min > 100 || max < 100 || max > 200 || max - min > 100)
    throw invalid(
      `Invalid InstanceMaintenancePolicy: MinHealthyPercentage ${min}, MaxHealthyPercentage ${max}.`,
    );
  return { min, max };
}

/** A group as CreateAutoScalingGroup describes it, without instances yet. @throws ValidationError, AlreadyExists */
export function newGroup(parts: NewGroupParts, input: CreateAutoScalingGroupCommandInput): Group {
  const name = input.AutoScalingGroupName ?? '';
  const { partition, region, accountId } = parts.place;
  if (parts.groups.find(name) !== undefined)
    throw new AwsError(
      'AlreadyExists',
      `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
    );
  const launch = parts.specifications.read(input);
  if (launch === undefined)
    throw invalid(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  const targetGroupArns = targetGroupsOf(parts, input);
  const id = randomUuid(parts.world.random('auto-scaling/groups'));
  const subnets = listOf(input.VPCZoneIdentifier);
  const group: Group = {
    name,
    arn: `arn:${partition}:autoscaling:${region}:${accountId}:autoScalingGroup:${id}:autoScalingGroupName/${name}`,
    createdMs: parts.world.nowMs(),
    min: 0,
    max: 0,
    desired: 0,
    launch,
    defaultCooldown: input.DefaultCooldown ?? 300,
    healthCheckType: input.HealthCheckType ?? 'EC2',
    graceSeconds: input.HealthCheckGracePeriod ?? 0,
    defaultWarmupSeconds:
      input.DefaultInstanceWarmup === -1 ? undefined : input.DefaultInstanceWarmup,
    zones: input.AvailabilityZones?.length
      ? input.AvailabilityZones
      : zonesFor(region, subnets.length),
    subnets,
    targetGroupArns,
    tags: (input.Tags ?? []).map((tag) => ({
      ...tag,
      ResourceId: name,
      ResourceType: 'auto-scaling-group',
    })),
    terminationPolicies: input.TerminationPolicies ?? ['Default'],
    protectNew: input.NewInstancesProtectedFromScaleIn ?? false,
    maintenance: maintenanceOf(input.InstanceMaintenancePolicy),
    warmPool: undefined,
    suspended: new Map(),
    hooks: new Map(
      (input.LifecycleHookSpecificationList ?? []).map((hook) => [
        hook.LifecycleHookName ?? '',
        { ...hook, AutoScalingGroupName: name },
      ]),
    ),
    members: new Map(),
    activities: [],
    refreshes: [],
    capacityLimit: undefined,
    shortOf: 'capacity',
    failedLaunches: 0,
    launchAgainMs: 0,
    deleting: false,
  };
  resize(group, input.MinSize, input.MaxSize, input.DesiredCapacity ?? input.MinSize);
  return group;
}

function targetGroupsOf(
  parts: NewGroupParts,
  input: CreateAutoScalingGroupCommandInput,
): readonly string[] {
  const sources = (input.TrafficSources ?? []).map(({ Identifier }) => Identifier ?? '');
  const arns = [...(input.TargetGroupARNs ?? []), ...sources];
  const missing = arns.find((arn) => !parts.hasTargetGroup(arn));
  if (missing === undefined) return arns;
  throw invalid(`Provided Target Groups may not be valid. Please ensure they exist and try again.`);
}

function zonesFor(region: string, subnets: number): readonly string[] {
  return ['a', 'b', 'c']
    .slice(0, Math.max(1, Math.min(3, subnets)))
    .map((zone) => `${region}${zone}`);
}

export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A capacity outside of the new bounds follows them. */
export function resize(
  group: Group,
  min = group.min,
  max = group.max,
  desired: number | undefined = undefined,
): void {
  if (min > max) throw invalid('Max bound must be greater than or equal to min bound');
  const wanted = desired ?? Math.min(max, Math.max(min, group.desired));
  if (wanted < min)
    throw invalid(
      `New SetDesiredCapacity value ${wanted} is below min value ${min} for the AutoScalingGroup.`,
    );
  if (wanted > max)
    throw invalid(
      `New SetDesiredCapacity value ${wanted} is above max value ${max} for the AutoScalingGroup.`,
    );
  group.min = min;
  group.max = max;
  group.desired = wanted;
}
