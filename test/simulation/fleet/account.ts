import type {
  AutoScalingGroup,
  InstanceRefresh,
  RefreshPreferences,
} from '@aws-sdk/client-auto-scaling';
import { AutoScaling } from '../../../simulator/aws/auto-scaling.ts';
import { CloudWatch } from '../../../simulator/aws/cloudwatch.ts';
import { Ec2, healthyBehaviour } from '../../../simulator/aws/ec2.ts';
import { ElasticLoadBalancing } from '../../../simulator/aws/elastic-load-balancing.ts';
import {
  AwsError,
  type CallContext,
  type ImageBehaviour,
  type OutgoingEvent,
  type Permission,
  type Readings,
  type Service,
} from '../../../simulator/contract.ts';
import { checkOutput } from '../../../simulator/models/models.ts';
import { defaultReadings } from '../../../simulator/readings.ts';
import { makeWorld, type RunnableWorld } from '../../../simulator/world.ts';

export const START_MS = Date.UTC(2026, 10, 23, 10, 0, 0);
const place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };

export const sick: ImageBehaviour = {
  ...healthyBehaviour,
  metrics: () => ({ Requests: 100, Errors: 50, ErrorRate: 50 }),
};
export const neverHealthy: ImageBehaviour = { ...healthyBehaviour, healthySeconds: null };
export { healthyBehaviour };

export interface Account {
  readonly world: RunnableWorld;
  readonly ec2: Ec2;
  readonly elb: ElasticLoadBalancing;
  readonly cloudWatch: CloudWatch;
  readonly autoScaling: AutoScaling;
  readonly events: (OutgoingEvent & { atMs: number })[];
  readonly asked: Permission[];
  /** Refuses a permission from now on. */
  deny(action: string): void;
  call<Output = unknown>(service: Service, operation: string, input: unknown): Output;
  seconds(count: number): Promise<void>;
  minutes(count: number): Promise<void>;
}

export function makeAccount(readings: Partial<Readings> = {}, seed = 7): Account {
  const world = makeWorld({ seed, startMs: START_MS });
  const events: (OutgoingEvent & { atMs: number })[] = [];
  const sink = { emit: (event: OutgoingEvent) => events.push({ ...event, atMs: world.nowMs() }) };
  const common = { world, events: sink, place, readings: { ...defaultReadings, ...readings } };
  const ec2 = new Ec2(common);
  const elb = new ElasticLoadBalancing(common);
  const cloudWatch = new CloudWatch(common);
  const autoScaling = new AutoScaling({ ...common, ec2, elb, cloudWatch });
  const asked: Permission[] = [];
  const denied = new Set<string>();
  const context = (): CallContext => ({
    caller: { kind: 'role', roleName: 'kiln', session: 'test' },
    nowMs: world.nowMs(),
    require(permission) {
      asked.push(permission);
      if (denied.has(permission.action))
        throw new AwsError('AccessDenied', `not authorized to perform: ${permission.action}`, 403);
    },
    allows: (permission) => !denied.has(permission.action),
  });
  return {
    world,
    ec2,
    elb,
    cloudWatch,
    autoScaling,
    events,
    asked,
    deny: (action) => denied.add(action),
    call(service, name, input) {
      const operation = service.operations[name];
      if (operation === undefined) throw new Error(`no operation ${name}`);
      operation.authorize(input as never, context());
      const output = operation.run(input as never, context());
      checkOutput({ client: service.client, operation: name }, output);
      return output as never;
    },
    async seconds(count) {
      await world.advance(count * 1000);
    },
    async minutes(count) {
      await world.advance(count * 60_000);
    },
  };
}

export interface FleetOptions {
  readonly size?: number;
  readonly max?: number;
  readonly behaviour?: ImageBehaviour;
  readonly group?: Record<string, unknown>;
  readonly templateData?: Record<string, unknown>;
}

/** A group `web` of so many instances on version 1 of a template, settled; version 2 holds another image. */
export class Fleet {
  readonly account: Account;
  readonly templateId: string;
  readonly oldImage: string;
  readonly newImage: string;

  private constructor(account: Account, templateId: string, oldImage: string, newImage: string) {
    this.account = account;
    this.templateId = templateId;
    this.oldImage = oldImage;
    this.newImage = newImage;
  }

  static async make(account: Account, options: FleetOptions = {}): Promise<Fleet> {
    const { ec2, autoScaling } = account;
    const oldImage = ec2.registerImage({ name: 'web-1', behaviour: healthyBehaviour });
    const newImage = ec2.registerImage({
      name: 'web-2',
      behaviour: options.behaviour ?? healthyBehaviour,
    });
    const made = account.call<{ LaunchTemplate: { LaunchTemplateId: string } }>(
      ec2,
      'CreateLaunchTemplate',
      {
        LaunchTemplateName: 'web',
        LaunchTemplateData: {
          ImageId: oldImage,
          InstanceType: 't4g.small',
          SecurityGroupIds: ['sg-1'],
          IamInstanceProfile: { Name: 'web-profile' },
          ...options.templateData,
        },
      },
    );
    const LaunchTemplateId = made.LaunchTemplate.LaunchTemplateId;
    account.call(ec2, 'CreateLaunchTemplateVersion', {
      LaunchTemplateId,
      SourceVersion: '1',
      LaunchTemplateData: { ImageId: newImage },
    });
    const size = options.size ?? 10;
    account.call(autoScaling, 'CreateAutoScalingGroup', {
      AutoScalingGroupName: 'web',
      LaunchTemplate: { LaunchTemplateId, Version: '1' },
      MinSize: 0,
      MaxSize: options.max ?? size + 10,
      DesiredCapacity: size,
      DefaultInstanceWarmup: 60,
      VPCZoneIdentifier: 'subnet-1,subnet-2',
      ...options.group,
    });
    await account.minutes(5);
    return new Fleet(account, LaunchTemplateId, oldImage, newImage);
  }

  start(preferences: RefreshPreferences = {}, version: string | null = '2'): string {
    const desired = { LaunchTemplate: { LaunchTemplateId: this.templateId, Version: version } };
    return this.call<{ InstanceRefreshId: string }>('StartInstanceRefresh', {
      ...(version === null ? {} : { DesiredConfiguration: desired }),
      Preferences: preferences,
    }).InstanceRefreshId;
  }

  call<Output>(operation: string, input: Record<string, unknown> = {}): Output {
    return this.account.call(this.account.autoScaling, operation, {
      AutoScalingGroupName: 'web',
      ...input,
    });
  }

  group(): AutoScalingGroup {
    const { AutoScalingGroups } = this.account.call<{ AutoScalingGroups: AutoScalingGroup[] }>(
      this.account.autoScaling,
      'DescribeAutoScalingGroups',
      { AutoScalingGroupNames: ['web'] },
    );
    return AutoScalingGroups[0]!;
  }

  refresh(): InstanceRefresh {
    return this.call<{ InstanceRefreshes: InstanceRefresh[] }>('DescribeInstanceRefreshes')
      .InstanceRefreshes[0]!;
  }

  /** Instances that are not leaving, by template version. */
  versions(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const instance of this.group().Instances ?? []) {
      if (instance.LifecycleState?.startsWith('Terminating')) continue;
      const version = instance.LaunchTemplate?.Version ?? '?';
      counts[version] = (counts[version] ?? 0) + 1;
    }
    return counts;
  }

  inService(): number {
    return (this.group().Instances ?? []).filter(
      ({ LifecycleState, HealthStatus }) =>
        LifecycleState === 'InService' && HealthStatus === 'Healthy',
    ).length;
  }

  /** Runs in steps of some seconds until the refresh has this status; answers the seconds that it took. */
  async until(status: string, limitMinutes = 600): Promise<number> {
    const from = this.account.world.nowMs();
    while (this.refresh().Status !== status) {
      const spent = (this.account.world.nowMs() - from) / 1000;
      if (spent > limitMinutes * 60)
        throw new Error(
          `still ${this.refresh().Status} after ${limitMinutes} min: ${JSON.stringify(this.refresh())}`,
        );
      await this.account.seconds(5);
    }
    return (this.account.world.nowMs() - from) / 1000;
  }

  refreshEvents(): string[] {
    return this.account.events
      .filter(({ detailType }) => detailType.startsWith('EC2 Auto Scaling Instance Refresh'))
      .map(({ detailType, detail }) => {
        const percentage = (detail as { CheckpointPercentage?: string }).CheckpointPercentage;
        const name = detailType.replace('EC2 Auto Scaling Instance Refresh ', '');
        return percentage === undefined ? name : `${name} ${percentage}`;
      });
  }
}

export function errorOf(act: () => unknown): { name: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof AwsError) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

/** An alarm on the mean error rate of the group above 5, two of two minutes. */
export function putErrorAlarm(account: Account, name = 'web-errors', patch: object = {}): void {
  account.call(account.cloudWatch, 'PutMetricAlarm', {
    AlarmName: name,
    Namespace: 'Fleet',
    MetricName: 'ErrorRate',
    Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'web' }],
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
    Threshold: 2,
    ComparisonOperator: 'GreaterThanThreshold',
    ...patch,
  });
}
