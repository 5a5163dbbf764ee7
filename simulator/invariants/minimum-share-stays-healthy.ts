import type { RehearsedFleet } from '../scenarios/catalogue.ts';
import {
  type Invariant,
  isActiveRefresh,
  isServing,
  type Witness,
  type WitnessedGroup,
} from './witness.ts';

/**
 * 3. In-service healthy instances never fall below the fleet's minimum share because of Kiln. Because of Kiln is: a
 * refresh took healthy instances out of service. Those that fell ill where they stand are not its doing, and are
 * counted as if they were well.
 */
export const minimumShareStaysHealthy: Invariant = (witness, broke) => {
  /** Instances that served at the last look, by fleet. */
  const served = new Map<string, ReadonlySet<string>>();

  const look = (fleet: RehearsedFleet): void => {
    const group = witness.group(fleet.autoScalingGroupName);
    if (group === undefined) return;
    const serving = new Set(group.instances.filter(isServing).map(({ instanceId }) => instanceId));
    const before = served.get(fleet.name) ?? serving;
    served.set(fleet.name, serving);
    const inService = new Set(
      group.instances.filter(({ state }) => state === 'InService').map((one) => one.instanceId),
    );
    const gone = [...before].filter((id) => !inService.has(id));
    if (gone.length === 0 || !group.refreshes.some(isActiveRefresh)) return;
    const taken = gone.filter((id) => witness.endedByRefresh?.(group.name, id) ?? true);
    if (taken.length === 0) return;
    const lost = gone.length - taken.length;
    const fellIll = [...before].filter((id) => inService.has(id) && !serving.has(id)).length + lost;
    const least = leastHealthy(witness, fleet, group);
    if (serving.size + fellIll >= least) return;
    broke(
      `fleet ${fleet.name} has ${serving.size} healthy instances in service of ${group.desired}, fewer than ${least}, after a refresh took ${taken.join(', ')}`,
    );
  };
  const lookAtAll = (): void => Object.values(witness.catalogue.fleets).forEach(look);
  return {
    line: (line) => {
      if (line.kind !== 'event' || line.source !== 'aws.autoscaling') return;
      lookAtAll();
    },
    minute: lookAtAll,
  };
};

/** Shares of instances are rounded down here: Auto Scaling's own rounding is not confirmed. */
function leastHealthy(
  witness: Witness,
  fleet: RehearsedFleet,
  { desired }: WitnessedGroup,
): number {
  const rollout = witness.ledger().rollouts.find((one) => one.fleet === fleet.name);
  const { min, max } = rollout?.direction === 'back' ? fleet.back : fleet.forward;
  const share = Math.floor((desired * min) / 100);
  // Without room above or below, Auto Scaling replaces one at a time all the same.
  return max === 100 ? Math.min(share, desired - 1) : share;
}
