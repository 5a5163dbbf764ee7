import type { RehearsedFleet } from '../scenarios/catalogue.ts';
import {
  type Invariant,
  isActiveRefresh,
  isServing,
  type Taking,
  textMember,
  type Witness,
  type WitnessedGroup,
  type WitnessedInstance,
} from './witness.ts';

/**
 * 3. In-service healthy instances never fall below the fleet's minimum share because of Kiln. Because of Kiln is: a
 * refresh of Kiln's takes a healthy instance out of service although too few are left without it. Each is judged at the
 * instant at which it is taken: what falls ill, or what a person makes of the group's size, afterwards is not its doing.
 */
export const minimumShareStaysHealthy: Invariant = (witness, broke) => {
  /** Refreshes that a person started. */
  const foreign = new Set<string>();

  const judge = (fleet: RehearsedFleet, { instanceId }: Taking): void => {
    const group = witness.group(fleet.autoScalingGroupName);
    if (group === undefined) return;
    const isOurs = group.refreshes.some((one) => isActiveRefresh(one) && !foreign.has(one.id));
    const taken = group.instances.find((one) => one.instanceId === instanceId);
    if (!isOurs || taken === undefined || !isServing(taken)) return;
    const isCounted = (one: WitnessedInstance): boolean =>
      one !== taken && (isServing(one) || (witness.goesByBelief?.() === true && isBelieved(one)));
    const left = group.instances.filter(isCounted).length;
    const least = leastHealthy(witness, fleet, group);
    if (left >= least) return;
    broke(
      `fleet ${fleet.name} has ${left} healthy instances in service of ${group.desired}, fewer than ${least}, after a refresh took ${instanceId}`,
    );
  };
  witness.onTaking?.((taking) => {
    if (!taking.byRefresh) return;
    for (const fleet of Object.values(witness.catalogue.fleets)) {
      if (fleet.autoScalingGroupName === taking.groupName) judge(fleet, taking);
    }
  });
  return {
    line: (line) => {
      if (line.kind === 'call' && line.operation === 'StartInstanceRefresh' && line.role === '') {
        foreign.add(textMember(line.output, 'InstanceRefreshId') ?? '');
      }
    },
  };
};

const isBelieved = ({ state, healthy }: WitnessedInstance): boolean =>
  state === 'InService' && healthy;

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
