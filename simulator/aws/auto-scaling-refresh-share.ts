/** The arithmetic of an instance refresh: how many instances may run, and what may be done next. Pure. */

export interface HealthyBounds {
  /** Ready instances never fall below it by the refresh's own doing. */
  readonly least: number;
  /** Instances that run never rise above it by the refresh's own doing. */
  readonly most: number;
}

/**
 * Bounds for a desired capacity. When rounding leaves no room, one instance at a time is replaced: launched first where
 * the minimum is 100 %, terminated first elsewhere.
 *
 * @see ASG-UG/instance-refresh-overview, instance-maintenance-policy-overview-and-considerations
 */
export function healthyBounds(
  desired: number,
  percents: { readonly min: number; readonly max: number },
  options: { readonly roundsUp: boolean; readonly maxSize: number | undefined },
): HealthyBounds {
  const least = shareOf(desired, percents.min, options.roundsUp);
  const most = Math.max(desired, shareOf(desired, percents.max, options.roundsUp));
  const room =
    most > least
      ? { least, most }
      : percents.min >= 100
        ? { least, most: desired + 1 }
        : { least: Math.max(0, desired - 1), most };
  if (options.maxSize === undefined) return room;
  return { least: room.least, most: Math.min(room.most, Math.max(options.maxSize, desired)) };
}

function shareOf(desired: number, percent: number, roundsUp: boolean): number {
  const share = (desired * percent) / 100;
  if (share === 0) return 0;
  return roundsUp ? Math.ceil(share) : Math.max(1, Math.floor(share));
}

/** The least number of instances that is this share of the capacity. @see ASG-UG/asg-adding-checkpoints-instance-refresh */
export function checkpointCount(desired: number, percent: number): number {
  return Math.ceil((desired * percent) / 100);
}

export interface FleetCount {
  readonly desired: number;
  /** Pending or in service, of whichever version. */
  readonly live: number;
  /** In service, healthy, and warmed up where they are new. */
  readonly ready: number;
  /** Live instances that the refresh launched or that need no replacing. */
  readonly updated: number;
  /** Live instances that are to be replaced and may be. */
  readonly replaceable: number;
  /** Of those, the ones that are not ready: they go first and cost nothing. */
  readonly replaceableNotReady: number;
  /** Live instances of the old version that stay, by preference or because they are waited for. */
  readonly kept: number;
  /** How many instances may be updated until the next checkpoint. */
  readonly limit: number;
}

/** How many to terminate now, and how many to launch when those are gone. */
export function nextMoves(
  count: FleetCount,
  bounds: HealthyBounds,
): { readonly terminate: number; readonly launch: number } {
  const updatedTarget = Math.min(count.limit, count.desired - count.kept);
  const oldToStay = Math.max(0, count.desired - count.kept - updatedTarget);
  const replaceable = Math.max(0, count.replaceable - oldToStay);
  const spare = Math.max(0, count.ready - bounds.least);
  const terminate = Math.min(replaceable, count.replaceableNotReady + spare);
  const liveAfter = count.live - terminate;
  const missing = count.desired - liveAfter;
  const ahead = Math.min(bounds.most - liveAfter, updatedTarget - count.updated);
  return { terminate, launch: Math.max(0, missing, ahead) };
}

/**
 * How many checkpoints the updated share has reached. The small group of the documentation (2 instances,
 * [10, 40, 100]) passes two at once with its first instance.
 */
export function checkpointsReached(
  checkpoints: readonly number[],
  updatedReady: number,
  desired: number,
): number {
  let reached = 0;
  for (const percent of checkpoints)
    if (desired > 0 && updatedReady >= checkpointCount(desired, percent)) reached += 1;
  return reached;
}
