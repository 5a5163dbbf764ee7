import type { EventSink, Operation, Place, Readings, Service, World } from '../contract.ts';
import { randomUuid } from '../random.ts';
import { InstanceAgents, type PublishedMetric } from './auto-scaling-agents.ts';
import { Capacity } from './auto-scaling-capacity.ts';
import { AutoScalingEvents } from './auto-scaling-events.ts';
import {
  activeRefresh,
  type Group,
  GroupStore,
  isInService,
  type Member,
} from './auto-scaling-group.ts';
import { groupOperations } from './auto-scaling-group-operations.ts';
import { HealthProbes } from './auto-scaling-health.ts';
import { instanceOperations } from './auto-scaling-instance-operations.ts';
import { Lifecycle } from './auto-scaling-lifecycle.ts';
import { groupPermission } from './auto-scaling-permission.ts';
import { poolAndHookOperations } from './auto-scaling-pool-operations.ts';
import { Refresher } from './auto-scaling-refresh.ts';
import { refreshOperations } from './auto-scaling-refresh-operations.ts';
import { RefreshOutcome } from './auto-scaling-refresh-outcome.ts';
import { Specifications } from './auto-scaling-specification.ts';
import type { CloudWatch } from './cloudwatch.ts';
import type { Ec2 } from './ec2.ts';
import type { Ec2Instance } from './ec2-instances.ts';
import type { ElasticLoadBalancing } from './elastic-load-balancing.ts';

export { FLEET_NAMESPACE } from './auto-scaling-health.ts';

interface AutoScalingParts {
  readonly world: World;
  readonly events: EventSink;
  readonly place: Place;
  readonly readings: Readings;
  readonly ec2: Ec2;
  readonly elb: ElasticLoadBalancing;
  readonly cloudWatch: CloudWatch;
}

type TakingListener = (groupName: string, instanceId: string, cause: string) => void;

/** How soon Auto Scaling acts on what it has noticed. Chosen: "within seconds". */
const REACTION_MS = 1000;

/**
 * EC2 Auto Scaling: groups, their instances, and instance refreshes. Whatever changes pokes the group; a poked group is
 * looked at once, a second later, and everything that is to be done is then done (level, not edge).
 */
export class AutoScaling implements Service {
  readonly client = 'client-auto-scaling';
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #world: World;
  readonly #groups = new GroupStore();
  readonly #poked = new Set<string>();
  readonly #health: HealthProbes;
  readonly #agents: InstanceAgents;
  /** By group. */
  readonly #published = new Map<string, readonly PublishedMetric[]>();
  readonly #capacity: Capacity;
  readonly #refresher: Refresher;
  readonly #takingListeners: TakingListener[] = [];

  constructor(parts: AutoScalingParts) {
    const { world, cloudWatch } = parts;
    this.#world = world;
    const poke = (group: Group) => this.#poke(group);
    const requestIds = world.random('auto-scaling/requests');
    const events = new AutoScalingEvents(parts.events, () => randomUuid(requestIds));
    const specifications = new Specifications(parts);
    const taking = ({ name }: Group, { instance }: Member, cause: string) => {
      for (const listener of this.#takingListeners) listener(name, instance.instanceId, cause);
    };
    const lifecycle = new Lifecycle({ ...parts, events, specifications, poke, taking });
    this.#health = new HealthProbes(parts);
    this.#agents = new InstanceAgents(parts);
    this.#capacity = new Capacity({ world, lifecycle, specifications });
    const outcome = new RefreshOutcome({ ...parts, specifications, events, poke });
    this.#refresher = new Refresher({
      ...parts,
      capacity: this.#capacity,
      lifecycle,
      health: this.#health,
      specifications,
      outcome,
      events,
      poke,
    });
    const groups = this.#groups;
    const permission = groupPermission({ groups, place: parts.place });
    const shared = { ...parts, groups, permission, specifications, lifecycle, poke };
    this.operations = {
      ...groupOperations({ ...shared, hasTargetGroup: (arn) => parts.elb.has(arn) }),
      ...instanceOperations(shared),
      ...poolAndHookOperations(shared),
      ...refreshOperations({ ...shared, refresher: this.#refresher, outcome }),
    };
    cloudWatch.addSource((minuteMs) => this.#minute(minuteMs));
    cloudWatch.onAlarm((name) => this.#alarmed(name));
  }

  /**
   * A disturbance: EC2 has room, or the account a quota, for no more instances of the group than this; `undefined` lifts it.
   */
  limitCapacity(
    groupName: string,
    maxInstances: number | undefined,
    shortOf: 'capacity' | 'quota' = 'capacity',
  ): void {
    const group = this.#groups.must(groupName);
    group.capacityLimit = maxInstances;
    group.shortOf = shortOf;
    this.#poke(group);
  }

  /** Told right before an instance is taken out of its group, with the text of the activity's cause. */
  onTaking(listener: TakingListener): void {
    this.#takingListeners.push(listener);
  }

  /** Machines of the group that are in service and pass their checks. */
  serving(groupName: string): readonly Ec2Instance[] {
    const group = this.#groups.must(groupName);
    return [...group.members.values()]
      .filter((member) => isInService(member) && this.#health.serves(group, member))
      .map(({ instance }) => instance);
  }

  /** From now on each instance of the group in service publishes these metrics every minute. */
  publish(groupName: string, metrics: readonly PublishedMetric[]): void {
    this.#groups.must(groupName);
    this.#published.set(groupName, metrics);
  }

  /** Measures the minute that ended, then checks health and looks at every refresh under way. */
  #minute(minuteMs: number): void {
    for (const group of this.#groups.all()) {
      this.#health.measure(group, minuteMs);
      const published = this.#published.get(group.name);
      if (published !== undefined) this.#agents.publish(group, published, minuteMs);
      const marked = this.#health.sweep(group);
      // Failed launches are tried again from here: a timer of their own would never let the world end.
      const again = group.failedLaunches > 0 && this.#world.nowMs() >= group.launchAgainMs;
      if (marked || again || activeRefresh(group) !== undefined) this.#poke(group);
    }
    this.#health.measureTargets(minuteMs);
  }

  #alarmed(alarmName: string): void {
    for (const group of this.#groups.all())
      if (activeRefresh(group)?.preferences.alarms.includes(alarmName)) this.#poke(group);
  }

  #poke(group: Group): void {
    if (this.#poked.has(group.name)) return;
    this.#poked.add(group.name);
    this.#world.after(REACTION_MS, `${group.name} is looked at`, () => {
      this.#poked.delete(group.name);
      this.#look(group);
    });
  }

  #look(group: Group): void {
    if (group.deleting && group.members.size === 0) {
      // Its refreshes go with it, as their history does.
      activeRefresh(group)?.busy.cancel();
      this.#groups.remove(group.name);
      return;
    }
    this.#capacity.replaceUnhealthy(group);
    const refresh = activeRefresh(group);
    if (refresh !== undefined) {
      this.#refresher.step(group, refresh);
      return;
    }
    this.#capacity.keep(group, group.desired);
    this.#capacity.keepWarmPool(group);
  }
}
