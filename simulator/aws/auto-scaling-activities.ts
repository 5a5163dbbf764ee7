import type { World } from '../contract.ts';
import { randomUuid } from '../random.ts';
import type { Activity, Group } from './auto-scaling-group.ts';

/** Activities that are kept, far more than anybody reads back. */
const ACTIVITY_LIMIT = 500;

/** The scaling activities of groups. @see ASG-UG/ec2-auto-scaling-troubleshooting (causes, status messages) */
export class Activities {
  readonly #world: World;
  readonly #ids: () => number;

  constructor(world: World) {
    this.#world = world;
    this.#ids = world.random('auto-scaling/activities');
  }

  /** The text of an activity's cause, which AWS begins with the instant. */
  cause(why: string): string {
    return `At ${new Date(this.#world.nowMs()).toISOString().replace(/\.\d+Z$/, 'Z')} ${why}.`;
  }

  begin(group: Group, what: { description: string; cause: string; details: string }): Activity {
    const startMs = this.#world.nowMs();
    const activity: Activity = {
      id: randomUuid(this.#ids),
      ...what,
      startMs,
      status: 'InProgress',
      progress: 0,
    };
    group.activities.unshift(activity);
    if (group.activities.length > ACTIVITY_LIMIT) group.activities.pop();
    return activity;
  }

  end(activity: Activity, status: 'Successful' | 'Failed'): void {
    activity.status = status;
    activity.progress = 100;
    activity.endMs = this.#world.nowMs();
  }
}
