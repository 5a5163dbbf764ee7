import type { GroupObservation, InstanceObservation } from './observation.ts';

/**
 * Terminating, terminated or detached: no longer part of the fleet. Lifecycle states as in Auto Scaling's user guide,
 * "Amazon EC2 Auto Scaling instance lifecycle" and "Lifecycle hooks for warm pools".
 */
export const isLeaving = (instance: InstanceObservation): boolean =>
  /(^|:)Terminat|^Detach/.test(instance.lifecycleState);

export const isInService = (instance: InstanceObservation): boolean =>
  !instance.warmPool && instance.lifecycleState === 'InService';

/** The instances that are of the fleet: in service, pending, standby, protected, warm pool; not those that leave. */
export const liveInstances = (group: GroupObservation): readonly InstanceObservation[] =>
  group.instances.filter((instance) => !isLeaving(instance));

/** Those in service from one launch template version, healthy or not. */
export const inServiceOf = (
  group: GroupObservation,
  version: string,
): readonly InstanceObservation[] =>
  group.instances.filter((one) => isInService(one) && one.launchTemplateVersion === version);

export interface VersionCounts {
  readonly version: string;
  readonly desired: number;
  /** In service and healthy from this version. */
  readonly healthy: number;
  /** From this version in service, or on the way there (pending, standby): what users meet or are about to meet. */
  readonly exposed: number;
  /** Live ones from this version, warm pool included. */
  readonly live: number;
  /** Live ones from any other version, or from none that could be read. */
  readonly others: number;
}

export function countInstances(group: GroupObservation, version: string): VersionCounts {
  const live = liveInstances(group);
  const mine = live.filter((instance) => instance.launchTemplateVersion === version);
  return {
    version,
    desired: group.desiredCapacity,
    healthy: mine.filter((instance) => isInService(instance) && instance.healthy).length,
    exposed: mine.filter((instance) => !instance.warmPool).length,
    live: mine.length,
    others: live.length - mine.length,
  };
}

/** How many instances are at least this share of the desired capacity. */
export const shareOf = (desired: number, percent: number): number =>
  Math.ceil((desired * percent) / 100);

/** `4 on version 3, 2 on version 7`: live instances by version, lowest version first. */
export function showVersions(group: GroupObservation): string {
  const byVersion = new Map<string, number>();
  for (const { launchTemplateVersion: version = 'unknown' } of liveInstances(group)) {
    byVersion.set(version, (byVersion.get(version) ?? 0) + 1);
  }
  if (byVersion.size === 0) return 'no instance';
  return [...byVersion]
    .sort(([a], [b]) => Number(a) - Number(b) || (a < b ? -1 : 1))
    .map(([version, count]) => `${count} on version ${version}`)
    .join(', ');
}
