import type { GroupObservation, RefreshObservation, RefreshStatus } from './observation.ts';

const ACTIVE: ReadonlySet<RefreshStatus> = new Set([
  'Pending',
  'InProgress',
  'Baking',
  'Cancelling',
  'RollbackInProgress',
]);

/** Whether the refresh still occupies the group: one at a time may (user guide, "Instance refresh overview"). */
export const isActive = (refresh: RefreshObservation): boolean => ACTIVE.has(refresh.status);

/** Whether it still moves the group to the version that it names. */
export const isMovingOn = (refresh: RefreshObservation): boolean =>
  refresh.status === 'Pending' || refresh.status === 'InProgress' || refresh.status === 'Baking';

/**
 * The newest refresh to this launch template version that began no earlier than the given instant. Auto Scaling's
 * start times may be whole seconds, so the instant is rounded down to one; a pending refresh may have none yet.
 */
export function newestRefreshTo(
  refreshes: readonly RefreshObservation[],
  version: string | undefined,
  sinceMs: number,
): RefreshObservation | undefined {
  if (version === undefined) return undefined;
  const floorMs = Math.floor(sinceMs / 1000) * 1000;
  return refreshes.find(
    (refresh) =>
      refresh.desiredLaunchTemplateVersion === version &&
      (refresh.startedAtMs === undefined ? isActive(refresh) : refresh.startedAtMs >= floorMs),
  );
}

const REASON_CHARACTERS = 300;

/**
 * AWS's own words, cut to a length that fits a log line and a page: measured numbers to two decimals, and without the note
 * on how many datapoints an alarm takes to change.
 */
export function quoteAws(text: string | undefined, characters = REASON_CHARACTERS): string {
  const trimmed = (text ?? '')
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/(\d\.\d\d)\d+/g, '$1')
    .replace(/ \(minimum \d+ datapoints? for [A-Z_]+ -> [A-Z_]+ transition\)/, '');
  if (trimmed === '') return 'no reason given';
  return trimmed.length <= characters ? trimmed : `${trimmed.slice(0, characters - 1)}…`;
}

/** `refresh ab00 is Failed at 17 %: …` */
export function showRefresh(refresh: RefreshObservation): string {
  const head = `refresh ${refresh.instanceRefreshId} is ${refresh.status} at ${refresh.percentageComplete} %`;
  return refresh.statusReason === undefined ? head : `${head}: ${quoteAws(refresh.statusReason)}`;
}

export const suspension = (
  group: GroupObservation,
  process: string,
): { readonly name: string; readonly reason: string } | undefined =>
  group.suspendedProcesses.find((suspended) => suspended.name === process);
