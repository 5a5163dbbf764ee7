import type {
  DescribeTargetGroupsCommandInput,
  DescribeTargetGroupsCommandOutput,
  DescribeTargetHealthCommandInput,
  DescribeTargetHealthCommandOutput,
  TargetGroup,
  TargetHealth,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type Operation, type Place, type Service, type World } from '../contract.ts';
import { randomHex } from '../random.ts';
import { operation, pageOf } from './fleet-operation.ts';

/** Whether a health check of a target passes at an instant; drawn once per check, in order. */
export type HealthProbe = (atMs: number, random: () => number) => boolean;

export interface NewTargetGroup {
  readonly name: string;
  /** Absent: the group is behind a load balancer `app/<name>/…`; `null`: it is in use by none. */
  readonly loadBalancer?: string | null | undefined;
  /** Seconds; 300 as AWS has it. */
  readonly deregistrationDelaySeconds?: number | undefined;
  readonly checkIntervalSeconds?: number | undefined;
  readonly healthyThreshold?: number | undefined;
  readonly unhealthyThreshold?: number | undefined;
}

interface Target {
  readonly probe: HealthProbe;
  readonly random: () => number;
  nextCheckMs: number;
  state: 'initial' | 'healthy' | 'unhealthy';
  passes: number;
  failures: number;
  /** Set while draining: when it is gone. */
  goneMs?: number;
}

interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  loadBalancerTail: string | null;
  readonly delaySeconds: number;
  readonly intervalSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly targets: Map<string, Target>;
}

const PORT = 80;

/**
 * Target groups and the health of their targets. Checks are caught up with when somebody asks, never by timers: each
 * check draws from its target's own stream, so when one asks changes nothing. The first passed check makes a new
 * target healthy; later ones need thresholds in a row. @see ELB docs, target-group-health-checks
 */
export class ElasticLoadBalancing implements Service {
  readonly client = 'client-elastic-load-balancing-v2';
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #world: World;
  readonly #place: Place;
  readonly #ids: () => number;
  readonly #groups = new Map<string, TargetGroupRecord>();

  constructor(parts: { world: World; place: Place }) {
    this.#world = parts.world;
    this.#place = parts.place;
    this.#ids = parts.world.random('elb/ids');
    this.operations = {
      DescribeTargetGroups: this.#describeTargetGroups,
      DescribeTargetHealth: this.#describeTargetHealth,
    };
  }

  /** Answers the ARN. */
  addTargetGroup(group: NewTargetGroup): string {
    const arn = this.#arn(`targetgroup/${group.name}/${randomHex(this.#ids, 16)}`);
    const balancer = group.loadBalancer === undefined ? group.name : group.loadBalancer;
    this.#groups.set(arn, {
      arn,
      name: group.name,
      loadBalancerTail: balancer === null ? null : `app/${balancer}/${randomHex(this.#ids, 16)}`,
      delaySeconds: group.deregistrationDelaySeconds ?? 300,
      intervalSeconds: group.checkIntervalSeconds ?? 30,
      healthyThreshold: group.healthyThreshold ?? 5,
      unhealthyThreshold: group.unhealthyThreshold ?? 2,
      targets: new Map(),
    });
    return arn;
  }

  /** A listener forwards to the group now: it is in use by `app/<name>/<16 hex>`. */
  attach(arn: string, loadBalancerTail: string): void {
    this.#must(arn).loadBalancerTail = loadBalancerTail;
  }

  /** A person deletes it, with the listener's rule that forwards to it. Who was registered there is served nothing more. */
  removeTargetGroup(arn: string): void {
    this.#groups.delete(arn);
  }

  has(arn: string): boolean {
    return this.#groups.has(arn);
  }

  register(arn: string, instanceId: string, probe: HealthProbe): void {
    const group = this.#groups.get(arn);
    // Deleted while the instance was starting.
    if (group === undefined) return;
    group.targets.set(instanceId, {
      probe,
      random: this.#world.random(`elb/${group.name}/${instanceId}`),
      nextCheckMs: this.#world.nowMs() + group.intervalSeconds * 1000,
      state: 'initial',
      passes: 0,
      failures: 0,
    });
  }

  /** The target drains; answers in how many milliseconds it is gone (0 when it was not there). */
  deregister(arn: string, instanceId: string): number {
    const group = this.#groups.get(arn);
    const target = group?.targets.get(instanceId);
    if (group === undefined || target === undefined || target.goneMs !== undefined) return 0;
    target.goneMs = this.#world.nowMs() + group.delaySeconds * 1000;
    return group.delaySeconds * 1000;
  }

  /** The instance is no more: it does not drain any longer. */
  forget(arn: string, instanceId: string): void {
    this.#groups.get(arn)?.targets.delete(instanceId);
  }

  /** `none`: not registered there. */
  stateOf(
    arn: string,
    instanceId: string,
  ): 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'none' {
    const group = this.#groups.get(arn);
    const target = group && this.#caughtUp(group, instanceId);
    if (target === undefined) return 'none';
    return target.goneMs === undefined ? target.state : 'draining';
  }

  /** Hosts by health, and the dimensions of the group's metrics in AWS/ApplicationELB. */
  hostCounts(): { dimensions: Record<string, string>; healthy: number; unhealthy: number }[] {
    return [...this.#groups.values()].flatMap((group) => {
      if (group.loadBalancerTail === null) return [];
      const states = [...group.targets.keys()].map((id) => this.stateOf(group.arn, id));
      return [
        {
          dimensions: {
            TargetGroup: group.arn.slice(group.arn.indexOf('targetgroup/')),
            LoadBalancer: group.loadBalancerTail,
          },
          healthy: states.filter((state) => state === 'healthy').length,
          unhealthy: states.filter((state) => state === 'unhealthy').length,
        },
      ];
    });
  }

  readonly #describeTargetGroups = operation<
    DescribeTargetGroupsCommandInput,
    DescribeTargetGroupsCommandOutput
  >({
    authorize: () => [{ action: 'elasticloadbalancing:DescribeTargetGroups', resource: '*' }],
    run: (input) => {
      for (const arn of input.TargetGroupArns ?? []) this.#must(arn);
      const names = input.Names ?? [];
      const all = [...this.#groups.values()];
      const missing = names.find((name) => !all.some((group) => group.name === name));
      if (missing !== undefined) throw groupNotFound();
      const wanted = all.filter(
        (group) =>
          (!input.TargetGroupArns?.length || input.TargetGroupArns.includes(group.arn)) &&
          (names.length === 0 || names.includes(group.name)) &&
          (input.LoadBalancerArn === undefined ||
            this.#balancersOf(group).includes(input.LoadBalancerArn)),
      );
      const { page, nextToken } = pageOf(
        wanted,
        input.Marker,
        input.PageSize ?? 400,
        () => new AwsError('ValidationError', 'Invalid marker'),
      );
      const groups = page.map((group) => this.#shown(group));
      return nextToken === undefined
        ? { TargetGroups: groups }
        : { TargetGroups: groups, NextMarker: nextToken };
    },
  });

  readonly #describeTargetHealth = operation<
    DescribeTargetHealthCommandInput,
    DescribeTargetHealthCommandOutput
  >({
    authorize: () => [{ action: 'elasticloadbalancing:DescribeTargetHealth', resource: '*' }],
    run: (input) => {
      const group = this.#must(input.TargetGroupArn ?? '');
      const ids = input.Targets?.map(({ Id }) => Id ?? '') ?? [...group.targets.keys()];
      const descriptions = ids
        .map((id) => ({ id, health: this.#healthOf(group, id) }))
        // A target that has drained meanwhile is listed only when it was asked for by id.
        .filter(
          ({ health }) => input.Targets !== undefined || health.Reason !== 'Target.NotRegistered',
        )
        .map(({ id, health }) => ({
          Target: { Id: id, Port: PORT },
          HealthCheckPort: String(PORT),
          TargetHealth: health,
        }));
      return { TargetHealthDescriptions: descriptions };
    },
  });

  #healthOf(group: TargetGroupRecord, instanceId: string): TargetHealth {
    const target = this.#caughtUp(group, instanceId);
    if (target === undefined)
      return {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      };
    if (target.goneMs !== undefined)
      return {
        State: 'draining',
        Reason: 'Target.DeregistrationInProgress',
        Description: 'Target deregistration is in progress',
      };
    if (group.loadBalancerTail === null)
      return {
        State: 'unused',
        Reason: 'Target.NotInUse',
        Description: 'Target group is not configured to receive traffic from the load balancer',
      };
    if (target.state === 'healthy') return { State: 'healthy' };
    if (target.state === 'unhealthy')
      return {
        State: 'unhealthy',
        Reason: 'Target.FailedHealthChecks',
        Description: 'Health checks failed',
      };
    return target.passes + target.failures === 0
      ? {
          State: 'initial',
          Reason: 'Elb.RegistrationInProgress',
          Description: 'Target registration is in progress',
        }
      : {
          State: 'initial',
          Reason: 'Elb.InitialHealthChecking',
          Description: 'Initial health checks in progress',
        };
  }

  /** Runs the checks that are due by now. */
  #caughtUp(group: TargetGroupRecord, instanceId: string): Target | undefined {
    const target = group.targets.get(instanceId);
    if (target === undefined) return undefined;
    const nowMs = this.#world.nowMs();
    if (target.goneMs !== undefined) {
      if (nowMs < target.goneMs) return target;
      group.targets.delete(instanceId);
      return undefined;
    }
    // Nothing checks a target of a group that no load balancer uses.
    if (group.loadBalancerTail === null) return target;
    while (target.nextCheckMs <= nowMs) {
      this.#check(group, target, target.probe(target.nextCheckMs, target.random));
      target.nextCheckMs += group.intervalSeconds * 1000;
    }
    return target;
  }

  #check(group: TargetGroupRecord, target: Target, passed: boolean): void {
    target.passes = passed ? target.passes + 1 : 0;
    target.failures = passed ? 0 : target.failures + 1;
    const neededPasses = target.state === 'initial' ? 1 : group.healthyThreshold;
    if (target.passes >= neededPasses) target.state = 'healthy';
    else if (target.failures >= group.unhealthyThreshold) target.state = 'unhealthy';
  }

  #shown(group: TargetGroupRecord): TargetGroup {
    return {
      TargetGroupArn: group.arn,
      TargetGroupName: group.name,
      Protocol: 'HTTP',
      Port: PORT,
      TargetType: 'instance',
      HealthCheckEnabled: true,
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: 'traffic-port',
      HealthCheckPath: '/',
      HealthCheckIntervalSeconds: group.intervalSeconds,
      HealthyThresholdCount: group.healthyThreshold,
      UnhealthyThresholdCount: group.unhealthyThreshold,
      LoadBalancerArns: this.#balancersOf(group),
    };
  }

  #balancersOf(group: TargetGroupRecord): string[] {
    const { loadBalancerTail } = group;
    return loadBalancerTail === null ? [] : [this.#arn(`loadbalancer/${loadBalancerTail}`)];
  }

  #arn(tail: string): string {
    const { partition, region, accountId } = this.#place;
    return `arn:${partition}:elasticloadbalancing:${region}:${accountId}:${tail}`;
  }

  #must(arn: string): TargetGroupRecord {
    const group = this.#groups.get(arn);
    if (group === undefined) throw groupNotFound();
    return group;
  }
}

function groupNotFound(): AwsError {
  return new AwsError('TargetGroupNotFound', 'One or more target groups not found');
}
