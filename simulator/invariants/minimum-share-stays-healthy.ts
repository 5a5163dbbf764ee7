import type { RehearsedFleet } from '../scenarios/catalogue.ts';
import {
  type Invariant,
  isActiveRefresh,
  isServing,
  textMember,
  type Witness,
  type WitnessedGroup,
  type WitnessedInstance,
} from './witness.ts';

/**
 * 3. In-service healthy instances never fall below the fleet's minimum share because of Kiln. Because of Kiln is: a
 * refresh of Kiln's took healthy instances out of service. Those that fell ill where they stand are not its doing, and are
 * counted as if they were well.
 */
export const minimumShareStaysHealthy: Invariant = (witness, broke) => {
  /** Instances that served at the last look, by fleet. */
  const served = new Map<string, ReadonlySet<string>>();
  /** Instances that ever served. */
  const everServed = new Set<string>();
  /** Refreshes that a person started. */
  const foreign = new Set<string>();

  const look = (fleet: RehearsedFleet): void => {
    const group = witness.group(fleet.autoScalingGroupName);
    if (group === undefined) return;
    const serving = new Set(group.instances.filter(isServing).map(({ instanceId }) => instanceId));
    const before = served.get(fleet.name) ?? serving;
    served.set(fleet.name, serving);
    for (const id of serving) everServed.add(id);
    const inService = new Set(
      group.instances.filter(({ state }) => state === 'InService').map((one) => one.instanceId),
    );
    const gone = [...before].filter((id) => !inService.has(id));
    const isOurs = group.refreshes.some((one) => isActiveRefresh(one) && !foreign.has(one.id));
    if (gone.length === 0 || !isOurs) return;
    const taken = gone.filter(
      (id) =>
        (witness.endedByRefresh?.(group.name, id) ?? true) &&
        // Between two looks of ours.
        witness.wasGivenUp?.(group.name, id) !== true,
    );
    if (taken.length === 0) return;
    const lost = gone.length - taken.length;
    const isCounted = ({ instanceId, healthy }: WitnessedInstance): boolean =>
      everServed.has(instanceId) || (healthy && witness.goesByBelief?.() === true);
    const ill = group.instances.filter(
      (one) => one.state === 'InService' && !serving.has(one.instanceId) && isCounted(one),
    );
    const fellIll = ill.length + lost;
    const least = leastHealthy(witness, fleet, group);
    if (serving.size + fellIll >= least) return;
    broke(
      `fleet ${fleet.name} has ${serving.size} healthy instances in service of ${group.desired}, fewer than ${least}, after a refresh took ${taken.join(', ')}`,
    );
  };
  const lookAtAll = (): void => Object.values(witness.catalogue.fleets).forEach(look);
  return {
    line: (line) => {
      if (line.kind === 'call' && line.operation === 'StartInstanceRefresh' && line.role === '') {
        foreign.add(textMember(line.output, 'InstanceRefreshId') ?? '');
      }
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
