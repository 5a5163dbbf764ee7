import type { LifecycleState } from '@aws-sdk/client-auto-scaling';
import { AwsError, type Place, type World } from '../contract.ts';
import { Activities } from './auto-scaling-activities.ts';
import type { AutoScalingEvents, Whereabouts } from './auto-scaling-events.ts';
import {
  type Activity,
  type Group,
  isLeaving,
  isWarm,
  type LaunchSpecification,
  type Member,
  type ResolvedLaunch,
} from './auto-scaling-group.ts';
import { Hooks } from './auto-scaling-hooks.ts';
import { isOutOfCapacity, type Specifications } from './auto-scaling-specification.ts';
import type { Ec2 } from './ec2.ts';
import type { Ec2Instance } from './ec2-instances.ts';
import type { ElasticLoadBalancing } from './elastic-load-balancing.ts';

/** Wait after the nth failed launch in a row, in seconds. Chosen; AWS documents only that it backs off. */
const LAUNCH_BACKOFF_SECONDS = [60, 120, 240, 300] as const;

interface LifecycleParts {
  readonly world: World;
  readonly place: Place;
  readonly ec2: Ec2;
  readonly elb: ElasticLoadBalancing;
  readonly events: AutoScalingEvents;
  readonly specifications: Specifications;
  /** Something about the group changed: think again about what to do. */
  readonly poke: (group: Group) => void;
  /** An instance is going to be taken out; nothing has changed yet. */
  readonly taking: (group: Group, member: Member, cause: string) => void;
}

/** The way of one instance: launched, hooked, in service, drained, terminated. @see ASG-UG/ec2-auto-scaling-lifecycle */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #activities: Activities;
  readonly hooks: Hooks;
  readonly #turns = new Map<string, number>();
  /** Whose instance is whose, for EC2's state changes. */
  readonly #owners = new Map<string, { group: Group; member: Member }>();

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#activities = new Activities(parts.world);
    this.hooks = new Hooks(parts);
    parts.ec2.instances.onStateChange((instance) => this.#changed(instance));
  }

  /** Answers whether it was launched; if not, the failed activity says why and launching backs off. */
  launch(
    group: Group,
    specification: LaunchSpecification,
    options: { cause: string; launchedFor: string | undefined; warm?: boolean },
  ): boolean {
    const turn = this.#turns.get(group.name) ?? 0;
    this.#turns.set(group.name, turn + 1);
    const zone = group.zones[turn % group.zones.length] ?? '';
    const subnetId = group.subnets[turn % Math.max(1, group.subnets.length)] ?? '';
    const details = JSON.stringify({ 'Subnet ID': subnetId, 'Availability Zone': zone });
    let launch: ResolvedLaunch;
    let instance: Ec2Instance;
    try {
      launch = this.#parts.specifications.resolveLaunch(specification, turn);
      this.#mayLaunch(group, launch, zone);
      const tags = tagsOf(group, launch);
      const { imageId, instanceType } = launch;
      instance = this.#parts.ec2.instances.launch({ imageId, instanceType, zone, subnetId, tags });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#launchFailed(group, options.cause, details, error);
      return false;
    }
    group.failedLaunches = 0;
    const { instanceId } = instance;
    const activity = this.#activities.begin(group, {
      description: `Launching a new EC2 instance: ${instanceId}`,
      cause: options.cause,
      details,
    });
    const member: Member = {
      instance,
      launch,
      launchedMs: this.#parts.world.nowMs(),
      launchedFor: options.launchedFor,
      activity,
      state: options.warm ? 'Warmed:Pending' : 'Pending',
      healthy: true,
      protected: group.protectNew,
      metricStream: this.#parts.world.random(`metrics/${instanceId}`),
    };
    group.members.set(instanceId, member);
    this.#owners.set(instanceId, { group, member });
    return true;
  }

  /** @throws AwsError for want of room, or of a target group to put the instance into */
  #mayLaunch(group: Group, { instanceType }: ResolvedLaunch, zone: string): void {
    if (isOutOfCapacity(group)) {
      throw group.shortOf === 'quota' ? overQuota() : outOfCapacity(instanceType, zone);
    }
    if (group.targetGroupArns.every((arn) => this.#parts.elb.has(arn))) return;
    const message =
      'One or more target groups not found. Validating load balancer configuration failed.';
    throw new AwsError('ValidationError', message);
  }

  /** A warm instance goes into service: it is started again where it was stopped. */
  useWarm(group: Group, member: Member): void {
    this.#fromWarmPool.add(member.instance.instanceId);
    this.#enter(member, 'Pending');
    if (member.instance.state === 'running') this.#running(group, member);
    else this.#parts.ec2.instances.start(member.instance);
  }

  /** Drains, runs the hook, terminates. Without effect on an instance that is leaving already. */
  terminate(group: Group, member: Member, cause: string): void {
    if (isLeaving(member)) return;
    this.#parts.taking(group, member, cause);
    this.hooks.drop(member);
    const activity = this.#activities.begin(group, {
      description: `Terminating EC2 instance: ${member.instance.instanceId}`,
      cause,
      details: member.activity.details,
    });
    const origin: Whereabouts = isWarm(member) ? 'WarmPool' : 'AutoScalingGroup';
    this.#enter(member, isWarm(member) ? 'Warmed:Terminating' : 'Terminating');
    const leave = () => {
      const go = () => {
        this.#leaving.set(member.instance.instanceId, { activity, origin });
        this.#parts.ec2.instances.terminate(member.instance);
      };
      this.hooks.pass(group, member, {
        kind: 'terminating',
        origin,
        destination: 'EC2',
        proceed: go,
        abandon: go,
      });
    };
    this.#drained(group, member, leave);
  }

  /** Takes it out of its target groups, then goes on when connections have drained. */
  #drained(group: Group, member: Member, then: () => void): void {
    const { instanceId } = member.instance;
    const delays = group.targetGroupArns.map((arn) => this.#parts.elb.deregister(arn, instanceId));
    const delayMs = Math.max(0, ...delays);
    if (delayMs === 0) then();
    else this.#parts.world.after(delayMs, `${instanceId} drained`, then);
  }

  /** Out of service but kept: standby, or back to the warm pool. */
  takeOut(group: Group, member: Member): void {
    for (const arn of group.targetGroupArns)
      this.#parts.elb.deregister(arn, member.instance.instanceId);
    this.#enter(member, 'Standby');
  }

  enterService(group: Group, member: Member): void {
    this.#enter(member, 'InService');
    member.inServiceMs = this.#parts.world.nowMs();
    if (!group.suspended.has('AddToLoadBalancer'))
      for (const arn of group.targetGroupArns) this.#register(arn, member);
    this.#parts.poke(group);
  }

  readonly #fromWarmPool = new Set<string>();
  readonly #leaving = new Map<string, { activity: Activity; origin: Whereabouts }>();

  #changed(instance: Ec2Instance): void {
    const owner = this.#owners.get(instance.instanceId);
    if (owner === undefined) return;
    const { group, member } = owner;
    if (instance.state === 'running' && !isLeaving(member)) this.#running(group, member);
    if (instance.state === 'stopped' && member.state === 'Warmed:Pending') {
      this.#enter(member, 'Warmed:Stopped');
      this.#parts.poke(group);
    }
    if (instance.state === 'terminated') this.#gone(group, member);
  }

  #running(group: Group, member: Member): void {
    const warming = isWarm(member);
    const fromPool = this.#fromWarmPool.delete(member.instance.instanceId);
    const origin: Whereabouts = fromPool ? 'WarmPool' : 'EC2';
    const destination: Whereabouts = warming ? 'WarmPool' : 'AutoScalingGroup';
    this.hooks.pass(group, member, {
      kind: 'launching',
      origin,
      destination,
      proceed: () => {
        this.#launched(group, member, origin, destination);
        if (warming) this.#warmed(group, member);
        else this.enterService(group, member);
      },
      abandon: () => this.#abandoned(group, member, origin, destination),
    });
  }

  /**
   * Given up by its hook: the launch has failed, and the instance goes. @see ASG-UG/lifecycle-hooks-overview; that it is
   * told as a failed launch is assumed.
   */
  #abandoned(group: Group, member: Member, origin: Whereabouts, destination: Whereabouts): void {
    const { instanceId } = member.instance;
    member.activity.message =
      "Instance failed to complete user's Lifecycle Action: Lifecycle Action Completed with ABANDON Result";
    this.#activities.end(member.activity, 'Failed');
    this.#parts.events.activity(group, 'Launch Unsuccessful', member.activity, {
      instanceId,
      instanceArn: this.#parts.ec2.instances.arnOf(instanceId),
      origin,
      destination,
    });
    this.terminate(group, member, this.cause('a lifecycle hook abandoned the launch'));
  }

  #warmed(group: Group, member: Member): void {
    const stays = group.warmPool?.poolState === 'Running';
    this.#enter(member, stays ? 'Warmed:Running' : 'Warmed:Pending');
    if (stays) this.#parts.poke(group);
    else this.#parts.ec2.instances.stop(member.instance);
  }

  #launched(group: Group, member: Member, origin: Whereabouts, destination: Whereabouts): void {
    this.#activities.end(member.activity, 'Successful');
    const { instanceId } = member.instance;
    this.#parts.events.activity(group, 'Launch Successful', member.activity, {
      instanceId,
      instanceArn: this.#parts.ec2.instances.arnOf(instanceId),
      origin,
      destination,
    });
  }

  #gone(group: Group, member: Member): void {
    const { instanceId } = member.instance;
    const leaving = this.#leaving.get(instanceId);
    this.#leaving.delete(instanceId);
    this.#owners.delete(instanceId);
    group.members.delete(instanceId);
    for (const arn of group.targetGroupArns) this.#parts.elb.forget(arn, instanceId);
    if (leaving !== undefined) {
      this.#activities.end(leaving.activity, 'Successful');
      this.#parts.events.activity(group, 'Terminate Successful', leaving.activity, {
        instanceId,
        instanceArn: this.#parts.ec2.instances.arnOf(instanceId),
        origin: leaving.origin,
        destination: 'EC2',
      });
    }
    this.#parts.poke(group);
  }

  /** Health checks of the load balancer see the machine, then the image's own share of failures. */
  #register(arn: string, member: Member): void {
    const { ec2, elb, world } = this.#parts;
    const { instance, launch } = member;
    const behaviour = ec2.behaviourOf(launch.imageId);
    const registeredMs = world.nowMs();
    elb.register(arn, instance.instanceId, (atMs, random) => {
      if (!ec2.instances.passesChecks(instance, atMs)) return false;
      const ratio = behaviour.targetFailureRatio(Math.floor((atMs - registeredMs) / 60_000));
      return ratio <= 0 || (ratio < 1 && random() >= ratio);
    });
  }

  #launchFailed(group: Group, cause: string, details: string, error: AwsError): void {
    const backoff = LAUNCH_BACKOFF_SECONDS[group.failedLaunches] ?? 300;
    group.failedLaunches += 1;
    group.launchAgainMs = this.#parts.world.nowMs() + backoff * 1000;
    const description = 'Launching a new EC2 instance.  Status Reason: ';
    const activity = this.#activities.begin(group, {
      description: `${description}${error.message}`,
      cause,
      details,
    });
    activity.message = `${error.message} Launching EC2 instance failed.`;
    this.#activities.end(activity, 'Failed');
    this.#parts.events.activity(group, 'Launch Unsuccessful', activity, {
      origin: 'EC2',
      destination: 'AutoScalingGroup',
    });
  }

  /** The text of an activity's cause, which AWS begins with the instant. */
  cause(why: string): string {
    return this.#activities.cause(why);
  }

  #enter(member: Member, state: LifecycleState): void {
    member.state = state;
  }
}

function outOfCapacity(instanceType: string, zone: string): AwsError {
  return new AwsError(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`,
  );
}

function tagsOf(group: Group, launch: ResolvedLaunch): Record<string, string> {
  const tags: Record<string, string> = {
    'aws:autoscaling:groupName': group.name,
    'aws:ec2launchtemplate:id': launch.template.id,
    'aws:ec2launchtemplate:version': launch.template.version,
  };
  for (const { Key, Value, PropagateAtLaunch } of group.tags)
    if (Key !== undefined && PropagateAtLaunch) tags[Key] = Value ?? '';
  return tags;
}

/** @see EC2-UG/ec2-on-demand-instances, on-demand instance quotas: by vCPUs, for each bucket of instance types */
function overQuota(): AwsError {
  return new AwsError(
    'VcpuLimitExceeded',
    'You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.',
  );
}
