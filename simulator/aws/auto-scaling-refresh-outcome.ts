import type { InstanceRefreshStatus } from '@aws-sdk/client-auto-scaling';
import type { Readings, World } from '../contract.ts';
import type { AutoScalingEvents } from './auto-scaling-events.ts';
import type { Group, Refresh } from './auto-scaling-group.ts';
import type { Specifications } from './auto-scaling-specification.ts';

interface OutcomeParts {
  readonly world: World;
  readonly readings: Readings;
  readonly specifications: Specifications;
  readonly events: AutoScalingEvents;
  readonly poke: (group: Group) => void;
}

/** How a refresh ends, or turns back. */
export class RefreshOutcome {
  readonly #parts: OutcomeParts;

  constructor(parts: OutcomeParts) {
    this.#parts = parts;
  }

  /** Fails, or rolls back where that was asked for and can be. */
  fail(group: Group, refresh: Refresh, reason: string): void {
    if (refresh.rollback !== undefined) {
      this.finish(group, refresh, 'RollbackFailed', reason);
      return;
    }
    const wanted = refresh.preferences.autoRollback;
    const obstacle = wanted ? this.obstacleToRollback(group, refresh) : undefined;
    if (wanted && obstacle === undefined) this.rollBack(group, refresh, reason);
    else {
      const more = obstacle === undefined ? '' : ` It could not be rolled back: ${obstacle}.`;
      this.finish(group, refresh, 'Failed', `${reason}${more}`);
    }
  }

  /** Why a rollback is impossible. @see aws-facts "Rollback and cancel" (IrreversibleInstanceRefresh) */
  obstacleToRollback(group: Group, refresh: Pick<Refresh, 'desired'>): string | undefined {
    if (refresh.desired === undefined) return 'there is no desired configuration';
    return this.#parts.specifications.rollbackObstacle(group.launch);
  }

  rollBack(group: Group, refresh: Refresh, reason: string): void {
    refresh.rollback = {
      reason,
      startMs: this.#parts.world.nowMs(),
      percentComplete: refresh.percentComplete,
      instancesToUpdate: refresh.instancesToUpdate,
    };
    refresh.status = 'RollbackInProgress';
    refresh.reason = reason;
    refresh.updatedMost = 0;
    refresh.progressMs = this.#parts.world.nowMs();
    delete refresh.waitUntilMs;
    this.#parts.events.refresh(group, refresh, 'Rollback Started');
    this.#parts.poke(group);
  }

  finish(
    group: Group,
    refresh: Refresh,
    status: InstanceRefreshStatus,
    reason: string | undefined,
  ): void {
    refresh.status = status;
    refresh.reason = reason;
    refresh.endMs = this.#parts.world.nowMs();
    delete refresh.waitUntilMs;
    const whole = (refresh.preferences.checkpoints.at(-1) ?? 100) === 100;
    const saves = whole || this.#parts.readings.partialRefreshSaves !== false;
    if (status === 'Successful' && refresh.desired !== undefined && saves)
      group.launch = refresh.desired;
    const event = EVENTS[status];
    if (event !== undefined) this.#parts.events.refresh(group, refresh, event);
    refresh.busy.cancel();
    this.#parts.poke(group);
  }
}

const EVENTS: Partial<
  Record<
    InstanceRefreshStatus,
    'Succeeded' | 'Failed' | 'Cancelled' | 'Rollback Succeeded' | 'Rollback Failed'
  >
> = {
  Successful: 'Succeeded',
  Failed: 'Failed',
  Cancelled: 'Cancelled',
  RollbackSuccessful: 'Rollback Succeeded',
  RollbackFailed: 'Rollback Failed',
};
