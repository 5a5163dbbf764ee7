import type { World } from '../contract.ts';
import {
  activeRefresh,
  type Group,
  isInService,
  isInWarmPool,
  isLive,
  type LaunchSpecification,
  launchMark,
  type Member,
  membersOf,
  type Refresh,
} from './auto-scaling-group.ts';
import type { Lifecycle } from './auto-scaling-lifecycle.ts';
import type { Specifications } from './auto-scaling-specification.ts';

interface CapacityParts {
  readonly world: World;
  readonly lifecycle: Lifecycle;
  readonly specifications: Specifications;
}

/** Keeps a group at its desired capacity, refresh or none. */
export class Capacity {
  readonly #parts: CapacityParts;

  constructor(parts: CapacityParts) {
    this.#parts = parts;
  }

  /** What launches now: a refresh's desired configuration while it is on its way, else what the group has saved. */
  specificationOf(group: Group): LaunchSpecification {
    const refresh = activeRefresh(group);
    if (refresh === undefined || refresh.status === 'Cancelling') return group.launch;
    if (refresh.rollback !== undefined) return group.launch;
    return refresh.desired ?? group.launch;
  }

  /**
   * Terminates what is unhealthy; the missing ones are launched by `keep`. Where the maintenance policy asks for 100 %,
   * the replacement is launched first.
   */
  replaceUnhealthy(group: Group): void {
    if (group.suspended.has('ReplaceUnhealthy') || group.suspended.has('Terminate')) return;
    const unhealthy = membersOf(group, (member) => isLive(member) && !member.healthy);
    if (unhealthy.length === 0) return;
    const policy = group.maintenance;
    const launchFirst =
      policy !== undefined && policy.min >= 100 && activeRefresh(group) === undefined;
    const healthy = membersOf(group, (member) => isInService(member) && member.healthy).length;
    const mayGo = launchFirst ? healthy - group.desired + unhealthy.length : unhealthy.length;
    for (const member of unhealthy.slice(0, Math.max(0, mayGo)))
      this.#parts.lifecycle.terminate(
        group,
        member,
        this.#parts.lifecycle.cause(
          'an instance was taken out of service in response to a health check failure',
        ),
      );
  }

  /** Launches what is missing and terminates what is too much; `most` tolerates instances launched ahead. */
  keep(group: Group, most: number): void {
    const live = membersOf(group, isLive);
    const replaces = !group.suspended.has('ReplaceUnhealthy');
    const waitingToGo =
      replaces && group.maintenance !== undefined && group.maintenance.min >= 100
        ? live.filter(({ healthy }) => !healthy).length
        : 0;
    const counted = live.length - waitingToGo;
    if (counted < group.desired) this.launch(group, group.desired - counted);
    const surplus = counted - Math.max(group.desired, most);
    if (surplus > 0) this.scaleIn(group, surplus);
  }

  /** Launches up to `count`, from the warm pool where it holds the right version. Answers how many. */
  launch(group: Group, count: number): number {
    if (group.suspended.has('Launch')) return 0;
    const cause = this.#parts.lifecycle.cause(
      'an instance was started in response to a difference between desired and actual capacity',
    );
    let launched = 0;
    while (launched < count) {
      const warm = this.#warmReady(group);
      if (warm !== undefined) this.#parts.lifecycle.useWarm(group, warm);
      else if (!this.#launchCold(group, cause, false)) break;
      launched += 1;
    }
    return launched;
  }

  #launchCold(group: Group, cause: string, warm: boolean): boolean {
    if (this.#parts.world.nowMs() < group.launchAgainMs) return false;
    return this.#parts.lifecycle.launch(group, this.specificationOf(group), {
      cause,
      launchedFor: markOf(activeRefresh(group)),
      warm,
    });
  }

  #warmReady(group: Group): Member | undefined {
    const specification = this.specificationOf(group);
    const refresh = activeRefresh(group);
    // A refresh that skips nothing would replace what another one had warmed.
    const onlyOwn =
      refresh !== undefined && refresh.rollback === undefined && !refresh.preferences.skipMatching;
    return membersOf(
      group,
      (member) =>
        (!onlyOwn || member.launchedFor === markOf(refresh)) &&
        ['Warmed:Stopped', 'Warmed:Running', 'Warmed:Hibernated'].includes(member.state) &&
        this.#parts.specifications.matches(member.launch, specification),
    )[0];
  }

  /** The default termination policy, shortened: oldest launch template version, then oldest instance. */
  scaleIn(group: Group, count: number): void {
    if (group.suspended.has('Terminate')) return;
    const candidates = membersOf(group, (member) => isLive(member) && !member.protected).sort(
      (a, b) =>
        Number(a.launch.template.version) - Number(b.launch.template.version) ||
        a.launchedMs - b.launchedMs,
    );
    for (const member of candidates.slice(0, count))
      this.#parts.lifecycle.terminate(
        group,
        member,
        this.#parts.lifecycle.cause(
          'an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity',
        ),
      );
  }

  /** The warm pool holds what the group may still scale out to. @see ASG-UG/ec2-auto-scaling-warm-pools */
  keepWarmPool(group: Group): void {
    const pool = group.warmPool;
    if (pool === undefined) return;
    const warm = membersOf(group, isInWarmPool);
    const prepared = Math.max(pool.maxPrepared ?? group.max, group.desired) - group.desired;
    const wanted = pool.deleting ? 0 : Math.max(pool.minSize, prepared);
    if (
      pool.deleting &&
      membersOf(group, ({ state }) => state.startsWith('Warmed:')).length === 0
    ) {
      group.warmPool = undefined;
      return;
    }
    const cause = this.#parts.lifecycle.cause('the warm pool was adjusted to its size');
    if (!group.suspended.has('Terminate'))
      for (const member of warm.slice(wanted))
        this.#parts.lifecycle.terminate(group, member, cause);
    if (group.suspended.has('Launch')) return;
    for (let missing = wanted - warm.length; missing > 0; missing -= 1)
      if (!this.#launchCold(group, cause, true)) return;
  }
}

function markOf(refresh: Refresh | undefined): string | undefined {
  return refresh === undefined || refresh.status === 'Cancelling' ? undefined : launchMark(refresh);
}
