import type { Readings, World } from '../contract.ts';
import type { Capacity } from './auto-scaling-capacity.ts';
import type { AutoScalingEvents } from './auto-scaling-events.ts';
import {
  activeRefresh,
  type Group,
  isLeaving,
  isLive,
  isPending,
  type Member,
  membersOf,
  type Refresh,
} from './auto-scaling-group.ts';
import type { HealthProbes } from './auto-scaling-health.ts';
import type { Lifecycle } from './auto-scaling-lifecycle.ts';
import { atCheckpoint, checkpointLimit } from './auto-scaling-refresh-checkpoint.ts';
import type { RefreshOutcome } from './auto-scaling-refresh-outcome.ts';
import { type HealthyBounds, healthyBounds, nextMoves } from './auto-scaling-refresh-share.ts';
import { type RefreshView, viewOf } from './auto-scaling-refresh-view.ts';
import type { Specifications } from './auto-scaling-specification.ts';
import type { CloudWatch } from './cloudwatch.ts';

const HOUR_MS = 3_600_000;
/** @see aws-facts "Behaviour": no progress for an hour fails; the whole takes 14 days at most. */
const STALL_MS = HOUR_MS;
const LONGEST_MS = 14 * 24 * HOUR_MS;

interface RefresherParts {
  readonly world: World;
  readonly readings: Readings;
  readonly capacity: Capacity;
  readonly lifecycle: Lifecycle;
  readonly health: HealthProbes;
  readonly specifications: Specifications;
  readonly outcome: RefreshOutcome;
  readonly cloudWatch: CloudWatch;
  readonly events: AutoScalingEvents;
  readonly poke: (group: Group) => void;
}

/**
 * Moves a refresh on. Each step looks at the whole group and does what is to be done now; it may be asked at any time and
 * any number of times. @see ASG-UG/instance-refresh-overview
 */
export class Refresher {
  readonly #parts: RefresherParts;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
  }

  /** One look at a group with an active refresh. */
  step(group: Group, refresh: Refresh): void {
    const view = this.#look(group, refresh);
    if (refresh.status === 'Pending') this.#begin(group, refresh);
    else if (refresh.status === 'Cancelling') this.#cancelling(group, refresh);
    else if (this.#fails(group, refresh, view)) this.#parts.poke(group);
    else this.#onTheWay(group, refresh, view);
    this.#keep(group);
    // What was done may have changed what is shown.
    if (activeRefresh(group) === refresh) this.#look(group, refresh);
  }

  #onTheWay(group: Group, refresh: Refresh, view: RefreshView): void {
    if (this.isFrozen(group, refresh)) this.#pause(refresh);
    else if (refresh.status === 'Baking') this.#bake(group, refresh);
    else if (this.#waitsAtCheckpoint(group, refresh, view)) this.#replace(group, refresh, view);
    else if (this.#isDone(group, refresh, view)) this.#replaced(group, refresh);
    else if (!this.#alarmsWithoutData(refresh)) this.#replace(group, refresh, view);
  }

  /** Suspending InstanceRefresh pauses; whether that holds for the way back is a reading. */
  isFrozen(group: Group, refresh: Refresh): boolean {
    if (!group.suspended.has('InstanceRefresh')) return false;
    const leaving = refresh.status === 'Cancelling' || refresh.status === 'RollbackInProgress';
    return !leaving || this.#parts.readings.suspendFreezesCancel;
  }

  /** The group's own capacity, with room for what the refresh launched ahead. */
  #keep(group: Group): void {
    const refresh = activeRefresh(group);
    const most =
      refresh === undefined || refresh.status === 'Cancelling'
        ? group.desired
        : this.#bounds(group, refresh).most;
    this.#parts.capacity.keep(group, most);
    this.#parts.capacity.keepWarmPool(group);
  }

  #begin(group: Group, refresh: Refresh): void {
    if (this.isFrozen(group, refresh)) return;
    if (this.#parts.world.nowMs() < refresh.startMs) return;
    refresh.status = 'InProgress';
    refresh.startMs = this.#parts.world.nowMs();
    refresh.progressMs = refresh.startMs;
    this.#parts.events.refresh(group, refresh, 'Started');
    this.#parts.poke(group);
  }

  /** Brings the shown numbers and the progress clock up to date. */
  #look(group: Group, refresh: Refresh): RefreshView {
    const nowMs = this.#parts.world.nowMs();
    const view = viewOf(group, refresh, { ...this.#parts, nowMs });
    if (view.updatedReady.length > refresh.updatedMost || view.warming) {
      refresh.updatedMost = Math.max(refresh.updatedMost, view.updatedReady.length);
      refresh.progressMs = nowMs;
    }
    if (refresh.rollback === undefined) {
      this.#showPercent(group, refresh, view);
      refresh.instancesToUpdate = view.replaceable.length + view.blocking.length;
    } else {
      // Falls to 0 as the new instances go.
      const left = membersOf(group, isLive).length - view.updated.length;
      refresh.percentComplete = Math.min(
        refresh.rollback.percentComplete,
        left === 0 ? 0 : percentOf(left, group.desired),
      );
    }
    refresh.warmToUpdate = view.warmToReplace.length;
    refresh.warmPercentComplete = percentOf(
      view.warmReady - view.warmToReplace.length,
      view.warmTotal,
    );
    return view;
  }

  #showPercent(group: Group, refresh: Refresh, view: RefreshView): void {
    const done = view.updatedReady.length;
    const all = group.desired - view.ignored.length;
    refresh.livePercentComplete = percentOf(done, all);
    if (this.#parts.readings.percentLeavesOutWarmPool === false) {
      const warmed = Math.max(0, view.warmReady - view.warmToReplace.length);
      refresh.percentComplete = percentOf(Math.min(done, all) + warmed, all + view.warmTotal);
    } else {
      refresh.percentComplete = refresh.livePercentComplete;
    }
  }

  /** A checkpoint that is reached while paused is noticed when the refresh goes on. */
  #pause(refresh: Refresh): void {
    if (this.#parts.readings.suspendStopsStallClock === false) return;
    refresh.progressMs = this.#parts.world.nowMs();
  }

  /** Whether it ends in failure now; then it has. */
  #fails(group: Group, refresh: Refresh, view: RefreshView): boolean {
    const nowMs = this.#parts.world.nowMs();
    const forward = refresh.rollback === undefined;
    const alarm = forward ? this.#alarmIn(refresh, 'ALARM') : undefined;
    if (alarm !== undefined) {
      this.#parts.outcome.fail(
        group,
        refresh,
        `An alarm associated with the instance refresh went into the ALARM state: ${alarm}.`,
      );
      return true;
    }
    if (nowMs - refresh.startMs > LONGEST_MS) {
      this.#parts.outcome.fail(
        group,
        refresh,
        'The instance refresh exceeded its maximum duration of 14 days.',
      );
      return true;
    }
    const still =
      this.isFrozen(group, refresh) && this.#parts.readings.suspendStopsStallClock !== false;
    if (refresh.status === 'Baking' || still) return false;
    // A checkpoint's delay is no stall.
    const sinceMs = Math.max(refresh.progressMs, refresh.waitUntilMs ?? 0);
    if (nowMs - sinceMs < STALL_MS) return false;
    this.#parts.outcome.fail(group, refresh, stallReason(view));
    return true;
  }

  /** Waits for launches and terminations that are under way. */
  #cancelling(group: Group, refresh: Refresh): void {
    if (this.isFrozen(group, refresh)) return;
    const transitioning = membersOf(group, (member) => isPending(member) || isLeaving(member));
    const awaited = transitioning.some(({ instance }) =>
      refresh.cancelWaitsFor?.includes(instance.instanceId),
    );
    if (!awaited) this.#parts.outcome.finish(group, refresh, 'Cancelled', refresh.reason);
  }

  #alarmIn(refresh: Refresh, state: string): string | undefined {
    return refresh.preferences.alarms.find(
      (name) => this.#parts.cloudWatch.stateOf(name) === state,
    );
  }

  /** Replacements wait while an alarm has no data, or is gone. */
  #alarmsWithoutData(refresh: Refresh): boolean {
    if (refresh.rollback !== undefined) return false;
    return refresh.preferences.alarms.some((name) => this.#parts.cloudWatch.stateOf(name) !== 'OK');
  }

  #bounds(group: Group, refresh: Refresh): HealthyBounds {
    const { minHealthyPercent: min, maxHealthyPercent: max } = refresh.preferences;
    const { maxHealthyExceedsMaxSize, percentRoundsUp } = this.#parts.readings;
    return healthyBounds(
      group.desired,
      { min, max },
      { roundsUp: percentRoundsUp, maxSize: maxHealthyExceedsMaxSize ? undefined : group.max },
    );
  }

  #waitsAtCheckpoint(group: Group, refresh: Refresh, view: RefreshView): boolean {
    const outcome = atCheckpoint(
      group,
      refresh,
      view.updatedReady.length,
      this.#parts.world.nowMs(),
    );
    if (outcome.reached !== undefined) {
      this.#parts.events.checkpoint(group, refresh, outcome.reached);
      const delayMs = refresh.preferences.checkpointDelaySeconds * 1000;
      this.#parts.world.after(delayMs, `${group.name} checkpoint delay ends`, () =>
        this.#parts.poke(group),
      );
    }
    return outcome.waiting;
  }

  #replace(group: Group, refresh: Refresh, view: RefreshView): void {
    if (group.suspended.has('Launch') || group.suspended.has('Terminate')) return;
    const kept = view.ignored.length + view.blocking.filter(isLive).length;
    const { terminate, launch } = nextMoves(
      {
        desired: group.desired,
        live: membersOf(group, isLive).length,
        ready: view.ready,
        updated: view.updated.length,
        replaceable: view.replaceable.length,
        replaceableNotReady: view.replaceableNotReady,
        kept,
        limit: checkpointLimit(group, refresh),
      },
      this.#bounds(group, refresh),
    );
    this.#terminate(group, [...view.standbyToTerminate, ...view.replaceable.slice(0, terminate)]);
    this.#parts.capacity.launch(group, launch);
    if (view.replaceable.length === 0) this.#replaceWarm(group, refresh, view);
  }

  /** The live pool first, then the warm one; its percentages are its own. */
  #replaceWarm(group: Group, refresh: Refresh, view: RefreshView): void {
    const { minHealthyPercent: min } = refresh.preferences;
    const roundsUp = this.#parts.readings.percentRoundsUp;
    const { least } = healthyBounds(
      view.warmTotal,
      { min: Math.min(min, 99), max: 100 },
      { roundsUp, maxSize: undefined },
    );
    const mayGo = Math.max(0, view.warmReady - least);
    this.#terminate(group, view.warmToReplace.slice(0, mayGo));
  }

  #terminate(group: Group, members: readonly Member[]): void {
    const cause = this.#parts.lifecycle.cause(
      'an instance was taken out of service in response to an instance refresh',
    );
    for (const member of members) this.#parts.lifecycle.terminate(group, member, cause);
  }

  #isDone(group: Group, refresh: Refresh, view: RefreshView): boolean {
    const last = refresh.preferences.checkpoints.at(-1);
    const partial = refresh.rollback === undefined && last !== undefined && last < 100;
    if (partial && refresh.checkpointsReached === refresh.preferences.checkpoints.length)
      return true;
    const toDo =
      view.replaceable.length +
      view.blocking.length +
      view.standbyToTerminate.length +
      view.warmToReplace.length;
    if (toDo > 0 || view.warmReady < view.warmTotal) return false;
    const ready = view.updatedReady.length + view.ignored.length;
    return view.updatedReady.length === view.updated.length && ready >= group.desired;
  }

  #replaced(group: Group, refresh: Refresh): void {
    const { bakeSeconds } = refresh.preferences;
    if (refresh.rollback !== undefined) {
      this.#parts.outcome.finish(group, refresh, 'RollbackSuccessful', refresh.reason);
    } else if (bakeSeconds === 0) {
      this.#parts.outcome.finish(group, refresh, 'Successful', undefined);
    } else {
      refresh.status = 'Baking';
      refresh.bakeUntilMs = this.#parts.world.nowMs() + bakeSeconds * 1000;
      this.#parts.events.refresh(group, refresh, 'Started Baking');
      this.#parts.world.after(bakeSeconds * 1000, `${group.name} bake time ends`, () =>
        this.#parts.poke(group),
      );
    }
  }

  #bake(group: Group, refresh: Refresh): void {
    if (this.#parts.world.nowMs() < (refresh.bakeUntilMs ?? 0)) return;
    this.#parts.outcome.finish(group, refresh, 'Successful', undefined);
  }
}

function percentOf(part: number, whole: number): number {
  return whole <= 0 ? 100 : Math.max(0, Math.min(100, Math.floor((100 * part) / whole)));
}

function stallReason(view: RefreshView): string {
  const ids = view.blocking.map(({ instance }) => instance.instanceId).join(', ');
  if (view.blocking.length > 0 && view.replaceable.length === 0)
    return `The refresh timed out after 1 hour waiting for instances that are on standby or protected from scale in: ${ids}.`;
  return 'The refresh timed out after 1 hour: instances did not become healthy or could not be replaced.';
}
