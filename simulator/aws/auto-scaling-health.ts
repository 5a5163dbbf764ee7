import type { World } from '../contract.ts';
import { type Group, isInService, type Member } from './auto-scaling-group.ts';
import type { CloudWatch } from './cloudwatch.ts';
import type { Ec2 } from './ec2.ts';
import type { ElasticLoadBalancing } from './elastic-load-balancing.ts';

/** Where instances put the metrics of their image's behaviour. */
export const FLEET_NAMESPACE = 'Fleet';

interface HealthParts {
  readonly world: World;
  readonly ec2: Ec2;
  readonly elb: ElasticLoadBalancing;
  readonly cloudWatch: CloudWatch;
}

/** Health checks and measurements of instances. */
export class HealthProbes {
  readonly #parts: HealthParts;

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  /** Passes its checks at this moment, whatever the grace period forgives. */
  serves(group: Group, member: Member): boolean {
    const { ec2, elb, world } = this.#parts;
    if (!member.healthy || !ec2.instances.passesChecks(member.instance, world.nowMs()))
      return false;
    if (!group.healthCheckType.includes('ELB')) return true;
    return group.targetGroupArns.every(
      (arn) => elb.stateOf(arn, member.instance.instanceId) === 'healthy',
    );
  }

  /**
   * Marks as unhealthy what fails its checks after the grace period; answers whether one was marked. Nothing but
   * SetInstanceHealth makes it healthy again. @see ASG-UG/ec2-auto-scaling-health-checks
   */
  sweep(group: Group): boolean {
    if (group.suspended.has('HealthCheck')) return false;
    const nowMs = this.#parts.world.nowMs();
    let marked = false;
    for (const member of group.members.values()) {
      if (!isInService(member) || !member.healthy) continue;
      if (nowMs < (member.inServiceMs ?? nowMs) + group.graceSeconds * 1000) continue;
      if (!this.#fails(group, member, nowMs)) continue;
      member.healthy = false;
      marked = true;
    }
    return marked;
  }

  #fails(group: Group, member: Member, nowMs: number): boolean {
    const { ec2, elb } = this.#parts;
    if (ec2.instances.isImpaired(member.instance, nowMs)) return true;
    if (!group.healthCheckType.includes('ELB')) return false;
    return group.targetGroupArns.some(
      (arn) => elb.stateOf(arn, member.instance.instanceId) === 'unhealthy',
    );
  }

  /** The metrics of the minute that began at `minuteMs`, for the dimension sets that somebody reads. */
  measure(group: Group, minuteMs: number): void {
    const { ec2, cloudWatch } = this.#parts;
    const ofGroup = { AutoScalingGroupName: group.name };
    const groupWanted = cloudWatch.wants(FLEET_NAMESPACE, ofGroup);
    for (const member of group.members.values()) {
      if (!isInService(member)) continue;
      const { imageId } = member.launch;
      const candidates: Readonly<Record<string, string>>[] = [
        { ...ofGroup, ImageId: imageId },
        { InstanceId: member.instance.instanceId },
      ];
      const sets = candidates.filter((set) => cloudWatch.wants(FLEET_NAMESPACE, set));
      if (groupWanted) sets.push(ofGroup);
      if (sets.length === 0) continue;
      const minute = Math.max(
        0,
        Math.floor((minuteMs + 60_000 - (member.inServiceMs ?? 0)) / 60_000),
      );
      const values = ec2.behaviourOf(imageId).metrics(minute, member.metricStream);
      for (const [name, value] of Object.entries(values))
        for (const dimensions of sets)
          cloudWatch.put({ namespace: FLEET_NAMESPACE, name, dimensions, value, atMs: minuteMs });
    }
  }

  /** @see ELB docs load-balancer-cloudwatch-metrics */
  measureTargets(minuteMs: number): void {
    const namespace = 'AWS/ApplicationELB';
    const { elb, cloudWatch } = this.#parts;
    if (!cloudWatch.reads(namespace)) return;
    for (const { dimensions, healthy, unhealthy } of elb.hostCounts()) {
      const counts = { HealthyHostCount: healthy, UnHealthyHostCount: unhealthy };
      for (const [name, value] of Object.entries(counts))
        cloudWatch.put({ namespace, name, dimensions, value, atMs: minuteMs });
    }
  }
}
