import type { Account } from './account.ts';
import type { PublishedMetric } from './aws/auto-scaling-agents.ts';
import { healthyImage } from './aws/image-builder.ts';
import { imageIdFor } from './aws/image-builder-names.ts';
import type { ImageBehaviour } from './contract.ts';
import { provision } from './template/provision.ts';

/** A group that no template makes. */
export interface InventedFleet {
  readonly autoScalingGroupName: string;
  /** The template gets exactly this id. */
  readonly launchTemplateId: string;
  /** @default 6 */
  readonly instances?: number;
  /** @default as many as there are instances */
  readonly min?: number;
  /** @default twice as many as there are instances */
  readonly max?: number;
  /** What the instances run. @default a healthy image of its own */
  readonly imageId?: string;
  /** Names of alarms on the errors of the fleet. */
  readonly alarms: readonly string[];
  /** Behind a load balancer, whose health checks then count. @default false */
  readonly targetGroup?: boolean;
  /** The role of the instances. @default none */
  readonly instanceProfileRoleArn?: string;
  /** `$Latest` or `$Default` for a group that is not pinned. @default the number 1 */
  readonly launchTemplateVersion?: string;
  /** What its instances publish each minute. @default nothing */
  readonly publishes?: readonly PublishedMetric[];
  /** With a mixed instances policy of these types. @default none, all are what the launch template says */
  readonly instanceTypes?: readonly string[];
}

/** Invented alarms turn to ALARM above this percentage of errors, in two minutes of two. */
const ERROR_PERCENT_MAX = 5;

/**
 * Makes a group with all that it needs: an image, a launch template with one version, alarms, and on request a target group.
 * Its instances come up in virtual time: let some minutes pass before anything else. Answers the ARN of the target group.
 */
export function inventFleet(
  account: Account,
  fleet: InventedFleet,
): { imageId: string; targetGroupArn: string | undefined } {
  const imageId =
    fleet.imageId ?? imageIdFor(account.world.seed, `of ${fleet.autoScalingGroupName}`);
  if (account.ec2.images.launchRefusal(imageId) !== undefined) {
    account.ec2.registerImage({
      imageId,
      name: `${fleet.autoScalingGroupName} as found`,
      behaviour: healthyImage,
    });
  }
  inventTemplate(account, fleet, imageId);
  const targetGroupArn = fleet.targetGroup
    ? account.elb.addTargetGroup({ name: fleet.autoScalingGroupName.slice(0, 32) })
    : undefined;
  inventGroup(account, fleet, targetGroupArn);
  if (fleet.publishes !== undefined && fleet.publishes.length > 0) {
    account.autoScaling.publish(fleet.autoScalingGroupName, fleet.publishes);
  }
  for (const alarmName of fleet.alarms) {
    inventAlarm(account, alarmName, fleet.autoScalingGroupName);
  }
  return { imageId, targetGroupArn };
}

/** Of the account that publishes Amazon Linux. */
const AMAZON = '137112412989';

/**
 * AWS publishes an image under a public parameter (`/aws/service/…`): a base image moves, and no event says so. Answers its id.
 */
export function publishImage(
  account: Account,
  published: {
    readonly parameter: string;
    readonly imageId?: string;
    readonly behaviour?: ImageBehaviour;
  },
): string {
  const { parameter, behaviour = healthyImage } = published;
  const version = `${parameter} as of ${new Date(account.world.nowMs()).toISOString()}`;
  const imageId = published.imageId ?? imageIdFor(account.world.seed, version);
  account.ec2.registerImage({ imageId, name: version, ownerId: AMAZON, behaviour });
  account.ssm.setPublicParameter(parameter, imageId);
  return imageId;
}

function inventTemplate(account: Account, fleet: InventedFleet, imageId: string): void {
  const { instanceProfileRoleArn: roleArn } = fleet;
  const profile = roleArn?.slice(roleArn.lastIndexOf('/') + 1);
  if (profile !== undefined && roleArn !== undefined) {
    account.ec2.registerInstanceProfile({ name: profile, roleArn });
  }
  const { store } = account.ec2.templates;
  if (store.find({ LaunchTemplateId: fleet.launchTemplateId }) !== undefined) {
    return;
  }
  const LaunchTemplateData = {
    ImageId: imageId,
    InstanceType: 'm7g.large' as const,
    MetadataOptions: { HttpTokens: 'required' as const },
    ...(profile === undefined ? {} : { IamInstanceProfile: { Name: profile } }),
  };
  const LaunchTemplateName = `${fleet.autoScalingGroupName}-template`;
  store.create({ LaunchTemplateName, LaunchTemplateData }, 'a person', fleet.launchTemplateId);
}

function inventGroup(
  account: Account,
  fleet: InventedFleet,
  targetGroupArn: string | undefined,
): void {
  const instances = fleet.instances ?? 6;
  const Version = fleet.launchTemplateVersion ?? '1';
  const template = { LaunchTemplateId: fleet.launchTemplateId, Version };
  provision(account.world, account.autoScaling, 'CreateAutoScalingGroup', {
    AutoScalingGroupName: fleet.autoScalingGroupName,
    ...(fleet.instanceTypes === undefined
      ? { LaunchTemplate: template }
      : { MixedInstancesPolicy: mixedPolicy(template, fleet.instanceTypes) }),
    MinSize: fleet.min ?? instances,
    DesiredCapacity: instances,
    MaxSize: fleet.max ?? instances * 2,
    VPCZoneIdentifier: 'subnet-0000000000000000a,subnet-0000000000000000b,subnet-0000000000000000c',
    HealthCheckGracePeriod: 60,
    DefaultInstanceWarmup: 60,
    ...(targetGroupArn === undefined
      ? {}
      : { TargetGroupARNs: [targetGroupArn], HealthCheckType: 'ELB' }),
  });
}

const mixedPolicy = (LaunchTemplateSpecification: object, types: readonly string[]) => ({
  LaunchTemplate: {
    LaunchTemplateSpecification,
    Overrides: types.map((InstanceType) => ({ InstanceType })),
  },
  InstancesDistribution: {
    OnDemandBaseCapacity: 0,
    OnDemandPercentageAboveBaseCapacity: 100,
    OnDemandAllocationStrategy: 'prioritized',
  },
});

function inventAlarm(account: Account, AlarmName: string, group: string): void {
  if (account.cloudWatch.alarms.find(AlarmName) !== undefined) {
    return;
  }
  account.cloudWatch.alarms.putMetricAlarm({
    AlarmName,
    AlarmDescription: `errors of ${group}, in percent of its requests`,
    Namespace: 'Fleet',
    MetricName: 'ErrorPercent',
    Dimensions: [{ Name: 'AutoScalingGroupName', Value: group }],
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
    Threshold: ERROR_PERCENT_MAX,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  });
}
