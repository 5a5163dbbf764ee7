import { observeGroups, observeRefreshes } from '../adapters/auto-scaling.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { GroupObservation, RefreshObservation } from '../core/observation.ts';
import type { FleetPolicy } from '../core/policy.ts';

interface Present {
  readonly group: GroupObservation;
  readonly refreshes: readonly RefreshObservation[];
}

/**
 * The group of a fleet and its refreshes; undefined where there is no such group any more, or it is
 * being deleted. Asked for at once: that the
 * refreshes of a missing group cannot be listed is no failure to look.
 */
export async function observePresent(
  { autoScaling }: { readonly autoScaling: AutoScalingClient },
  { autoScalingGroupName }: FleetPolicy,
): Promise<Present | undefined> {
  const [groups, refreshes] = await Promise.allSettled([
    observeGroups(autoScaling, [autoScalingGroupName]),
    observeRefreshes(autoScaling, autoScalingGroupName),
  ]);
  if (groups.status === 'rejected') throw groups.reason;
  const [group] = groups.value;
  if (group === undefined || group.beingDeleted === true) return undefined;
  if (refreshes.status === 'rejected') throw refreshes.reason;
  return { group, refreshes: refreshes.value };
}
