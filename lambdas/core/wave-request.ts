import { isoInstant } from './durations.ts';
import { inServiceOf } from './instances.ts';
import type { FleetSpecification } from './ledger.ts';
import type { GroupObservation } from './observation.ts';

/** What a gate function of the user's is asked about a wave. `docs/gates.md` documents it: fields are added, never changed. */
export interface WaveRequest {
  readonly version: 1;
  readonly wave: string;
  readonly image: string;
  readonly releaseId: string;
  /** In the order of the catalogue; every one of them runs the new version. */
  readonly fleets: readonly {
    readonly fleet: string;
    readonly autoScalingGroup: string;
    readonly to: Pick<FleetSpecification, 'version' | 'imageId' | 'launchTemplateVersion'>;
    /** In service. */
    readonly newCount: number;
  }[];
  /** In service in all fleets, in their order and sorted, at most 100; the count is of all. */
  readonly instances: { readonly new: readonly string[]; readonly newCount: number };
  /** When the soak began. */
  readonly startedAt: string;
  readonly askedAt: string;
}

const INSTANCES_MAX = 100;

export function waveRequest(
  about: Pick<WaveRequest, 'wave' | 'image' | 'releaseId' | 'startedAt'>,
  fleets: readonly {
    readonly fleet: string;
    readonly group: GroupObservation;
    readonly current: FleetSpecification;
  }[],
  nowMs: number,
): WaveRequest {
  const { wave, image, releaseId, startedAt } = about;
  const ids = fleets.map(({ group, current }) =>
    inServiceOf(group, current.launchTemplateVersion)
      .map(({ instanceId }) => instanceId)
      .sort(),
  );
  const all = ids.flat();
  return {
    ...{ version: 1, wave, image, releaseId },
    fleets: fleets.map(({ fleet, group, current }, index) => {
      const { version, imageId, launchTemplateVersion } = current;
      return {
        ...{ fleet, autoScalingGroup: group.name },
        to: { version, imageId, launchTemplateVersion },
        newCount: ids[index]?.length ?? 0,
      };
    }),
    instances: { new: all.slice(0, INSTANCES_MAX), newCount: all.length },
    startedAt,
    askedAt: isoInstant(nowMs),
  };
}
