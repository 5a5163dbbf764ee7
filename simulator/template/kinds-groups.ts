import type { AutoScaling } from '../aws/auto-scaling.ts';
import type { Json, World } from '../contract.ts';
import { provision } from './provision.ts';
import {
  changed,
  list,
  nameOf,
  optionalNumber,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  texts,
} from './resource-kind.ts';

/** Auto Scaling groups: their instances come up in virtual time after the deployment. */
export function groupKinds(parts: { autoScaling: AutoScaling; world: World }): ResourceKinds {
  return { 'AWS::AutoScaling::AutoScalingGroup': groupKind(parts) };
}

/** Properties that CreateAutoScalingGroup has under the same name. */
const SAME = [
  ...[
    'LaunchTemplate',
    'MixedInstancesPolicy',
    'AvailabilityZones',
    'TargetGroupARNs',
    'HealthCheckType',
  ],
  ...['TerminationPolicies', 'InstanceMaintenancePolicy', 'LifecycleHookSpecificationList'],
];
/** Members that UpdateAutoScalingGroup does not have. */
const CREATED_WITH = ['TargetGroupARNs', 'LifecycleHookSpecificationList'];
const NUMBERS = ['DefaultInstanceWarmup', 'HealthCheckGracePeriod', 'MinSize', 'MaxSize'];

function groupKind({
  autoScaling,
  world,
}: {
  autoScaling: AutoScaling;
  world: World;
}): ResourceKind {
  const call = (operation: string, input: unknown) =>
    provision(world, autoScaling, operation, input);
  return {
    understood: [
      ...[
        'AutoScalingGroupName',
        'DesiredCapacity',
        'VPCZoneIdentifier',
        'Tags',
        'NewInstancesProtectedFromScaleIn',
      ],
      ...SAME,
      ...NUMBERS,
    ],
    ignored: ['Cooldown', 'MetricsCollection', 'NotificationConfigurations', 'CapacityRebalance'],
    create: (request) => {
      const name = nameOf(request, 'AutoScalingGroupName', 255);
      call('CreateAutoScalingGroup', {
        ...inputOf(request),
        AutoScalingGroupName: name,
        Tags: tagsOfGroup(request, name),
      });
      return { ref: name };
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['AutoScalingGroupName'])) {
        return undefined;
      }
      // CloudFormation changes these by operations of their own.
      if (changed(before, request.properties, CREATED_WITH)) {
        throw new Error(`unsupported: a change of ${CREATED_WITH.join(' or ')} of a group`);
      }
      const input = Object.entries(inputOf(request)).filter(
        ([name]) => !CREATED_WITH.includes(name),
      );
      call('UpdateAutoScalingGroup', {
        ...Object.fromEntries(input),
        AutoScalingGroupName: made.ref,
      });
      return made;
    },
    remove: (_request, made) => {
      call('DeleteAutoScalingGroup', { AutoScalingGroupName: made.ref, ForceDelete: true });
    },
  };
}

function inputOf(request: ResourceRequest): Record<string, unknown> {
  const { properties } = request;
  const numbers = NUMBERS.map((name) => [name, optionalNumber(properties, name)] as const);
  const zones = texts(properties.VPCZoneIdentifier);
  const protectedNew = properties.NewInstancesProtectedFromScaleIn;
  return withoutGaps({
    ...Object.fromEntries(SAME.map((name): [string, Json | undefined] => [name, properties[name]])),
    ...Object.fromEntries(numbers),
    DesiredCapacity: optionalNumber(properties, 'DesiredCapacity'),
    VPCZoneIdentifier: zones.length === 0 ? undefined : zones.join(','),
    NewInstancesProtectedFromScaleIn:
      protectedNew === undefined ? undefined : String(protectedNew) === 'true',
  });
}

function withoutGaps(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function tagsOfGroup(request: ResourceRequest, group: string): readonly Json[] {
  const own = list(request.properties.Tags);
  const stack = Object.entries(request.stackTags).map(([Key, Value]) => ({
    Key,
    Value,
    PropagateAtLaunch: true,
  }));
  return [...stack, ...own].map((tag) => ({
    ...record(tag),
    ResourceId: group,
    ResourceType: 'auto-scaling-group',
  }));
}
