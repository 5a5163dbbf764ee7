import { isoInstant } from './durations.ts';
import { inServiceOf, isInService } from './instances.ts';
import type { FleetSpecification, RolloutRecord } from './ledger.ts';
import type { GroupObservation, RefreshObservation } from './observation.ts';
import type { FleetPolicy } from './policy.ts';
import { stepOf } from './verdict.ts';

/** What a gate function of the user's is asked. `docs/gates.md` documents it: fields are added, never changed. */
export interface GateRequest {
  readonly version: 1;
  readonly fleet: string;
  readonly image: string;
  readonly releaseId: string;
  readonly autoScalingGroup: string;
  /** The checkpoint that the fleet is held at or on its way to; 100 in the soak. */
  readonly checkpointPercent: number;
  readonly from: Omit<FleetSpecification, 'mixedInstancesPolicy' | 'launchTemplateId'>;
  readonly to: Omit<FleetSpecification, 'mixedInstancesPolicy' | 'launchTemplateId'>;
  /** In service, sorted, at most 100 of each; the counts are of all. */
  readonly instances: {
    readonly new: readonly string[];
    readonly old: readonly string[];
    readonly newCount: number;
    readonly oldCount: number;
  };
  readonly startedAt: string;
  readonly askedAt: string;
}

const INSTANCES_MAX = 100;

/** Undefined while no new instance is in service: there is nothing to ask about. */
export function gateRequest(
  seen: {
    readonly rollout: RolloutRecord;
    readonly group: GroupObservation;
    readonly refresh: RefreshObservation | undefined;
  },
  policy: FleetPolicy,
  nowMs: number,
): GateRequest | undefined {
  const { rollout, group } = seen;
  const { from, to, fleet, releaseId, startedAt } = rollout;
  const launchTemplateVersion = to?.launchTemplateVersion;
  if (to === undefined || launchTemplateVersion === undefined) return undefined;
  const ids = (instances: readonly { readonly instanceId: string }[]) =>
    instances.map(({ instanceId }) => instanceId).sort();
  const fresh = ids(inServiceOf(group, launchTemplateVersion));
  if (fresh.length === 0) return undefined;
  const old = ids(
    group.instances.filter(
      (one) => isInService(one) && one.launchTemplateVersion !== launchTemplateVersion,
    ),
  );
  return {
    ...{ version: 1, fleet, image: policy.image, releaseId, autoScalingGroup: group.name },
    checkpointPercent: stepOf({ ...seen, policy }),
    from: {
      version: from.version,
      imageId: from.imageId,
      launchTemplateVersion: from.launchTemplateVersion,
    },
    to: { version: to.version, imageId: to.imageId, launchTemplateVersion },
    instances: {
      new: fresh.slice(0, INSTANCES_MAX),
      old: old.slice(0, INSTANCES_MAX),
      newCount: fresh.length,
      oldCount: old.length,
    },
    startedAt,
    askedAt: isoInstant(nowMs),
  };
}
