import type { Group, Refresh } from './auto-scaling-group.ts';
import { checkpointCount, checkpointsReached } from './auto-scaling-refresh-share.ts';

/** What a look at the checkpoints found. `reached`: the percentage of one that was reached just now. */
export interface CheckpointOutcome {
  readonly reached: number | undefined;
  readonly waiting: boolean;
}

/**
 * Keeps the refresh's account of its checkpoints. One that is 100 % is not reported and not waited at. A group that
 * has grown since may fall below a checkpoint, which is then reached again.
 *
 * @see ASG-UG/asg-adding-checkpoints-instance-refresh
 */
export function atCheckpoint(
  group: Group,
  refresh: Refresh,
  updatedReady: number,
  nowMs: number,
): CheckpointOutcome {
  const { checkpoints, checkpointDelaySeconds } = refresh.preferences;
  if (refresh.rollback !== undefined || checkpoints.length === 0)
    return { reached: undefined, waiting: false };
  if (refresh.waitUntilMs !== undefined && nowMs >= refresh.waitUntilMs) {
    delete refresh.waitUntilMs;
    refresh.progressMs = nowMs;
  }
  const now = checkpointsReached(checkpoints, updatedReady, group.desired);
  if (now < refresh.checkpointsReached && group.desired > refresh.checkpointDesired)
    refresh.checkpointsReached = now;
  const reached = now > refresh.checkpointsReached ? checkpoints[now - 1] : undefined;
  if (reached === undefined) return { reached, waiting: refresh.waitUntilMs !== undefined };
  refresh.checkpointsReached = now;
  refresh.checkpointDesired = group.desired;
  if (reached === 100) return { reached: undefined, waiting: false };
  if (checkpointDelaySeconds > 0) refresh.waitUntilMs = nowMs + checkpointDelaySeconds * 1000;
  return { reached, waiting: refresh.waitUntilMs !== undefined };
}

/** How many instances may be of the new version now: up to the checkpoint that is waited at, or the next one. */
export function checkpointLimit(group: Group, refresh: Refresh): number {
  const { checkpoints } = refresh.preferences;
  if (refresh.rollback !== undefined || checkpoints.length === 0) return group.desired;
  const index =
    refresh.waitUntilMs === undefined ? refresh.checkpointsReached : refresh.checkpointsReached - 1;
  const percent = checkpoints[Math.min(index, checkpoints.length - 1)] ?? 100;
  return checkpointCount(group.desired, percent);
}
