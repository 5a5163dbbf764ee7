import * as z from 'zod/mini';
import { observeGroups } from '../adapters/auto-scaling.ts';
import { recallCatalogue } from '../adapters/catalogue.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { LambdaClient } from '../adapters/clients/lambda.ts';
import type { ElasticLoadBalancingV2Client } from '../adapters/clients/load-balancing.ts';
import { readFleetStates } from '../adapters/fleets.ts';
import { readGatesTogether } from '../adapters/gates.ts';
import { readLock } from '../adapters/locks.ts';
import { makeProbes } from '../adapters/probes.ts';
import { changeRelease, readRelease } from '../adapters/releases.ts';
import type { Look, Supervisor } from '../adapters/supervise.ts';
import { decideWave } from '../core/decide-wave.ts';
import type { Wait, WaveDecision } from '../core/decision.ts';
import { instantMs, isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { gatesOfState } from '../core/gate-policy.ts';
import { enforcedUnreadable } from '../core/judge-gates.ts';
import { imageKeys } from '../core/keys.ts';
import type { Release } from '../core/ledger.ts';
import { ReleaseMandate } from '../core/mandate.ts';
import type { WaveFleetObservation } from '../core/observation.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { wavesOf } from '../core/waves.ts';

const Input = z.object({
  mandate: ReleaseMandate,
  /** From 1. */
  wave: z.int().check(z.minimum(1)),
  startedAt: z.iso.datetime(),
});
type Input = z.infer<typeof Input>;
type Moving = Exclude<WaveDecision, Wait>;

interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly lambda: LambdaClient;
}

/** Watches all fleets of a wave together after they are rolled out. */
export const makeSuperviseWave = (clients: Clients): Supervisor<Input, Moving> => ({
  name: 'wave',
  input: Input,
  async look({ mandate, wave: number, startedAt }: Input, nowMs: number): Promise<Look<Moving>> {
    const [catalogue, claim, release] = await Promise.all([
      recallCatalogue(mandate.catalogueDigest),
      readLock(imageKeys(mandate.image).claim),
      readRelease(mandate.releaseId),
    ]);
    const wave = wavesOf(catalogue, mandate.image)[number - 1];
    if (wave === undefined) {
      const message = `catalogue ${mandate.catalogueDigest} has no wave ${number} of image ${mandate.image}`;
      throw new KilnError(ErrorName.Unexpected, message);
    }
    const policies = wave.fleets.flatMap((fleet) => catalogue.fleets[fleet] ?? []);
    const seen = await observeFleets(clients, policies, nowMs);
    const fleets = await noteUnreadable(release, seen, catalogue.fleets, nowMs);
    const decision = decideWave(
      { fleets, claim },
      wave,
      catalogue.fleets,
      catalogue.look,
      mandate,
      instantMs(startedAt),
      nowMs,
    );
    // Before the token is sent: what comes next is read from the ledger.
    if (decision.kind === 'complete')
      await changeRelease(mandate.releaseId, { wavesSoaked: number });
    const alarms = fleets.flatMap((one) =>
      one.gates.alarms.map(({ name, state }) => ({ name, state })),
    );
    return { decision, seen: { alarms } };
  },
});

async function observeFleets(
  clients: Clients,
  policies: readonly FleetPolicy[],
  nowMs: number,
): Promise<readonly WaveFleetObservation[]> {
  const [groups, states] = await Promise.all([
    observeGroups(
      clients.autoScaling,
      policies.map((policy) => policy.autoScalingGroupName),
    ),
    readFleetStates(policies.map((policy) => policy.name)),
  ]);
  const known = policies.flatMap((policy) => {
    const group = groups.find((one) => one.name === policy.autoScalingGroupName);
    const state = states.get(policy.name);
    if (group === undefined || state === undefined) return [];
    const { launchTemplateVersion } = state.current;
    const { targetGroupArns } = group;
    return [{ fleet: policy.name, policy, group, targetGroupArns, launchTemplateVersion }];
  });
  const probed = known.map(({ policy, group, launchTemplateVersion: newVersion }) => ({
    ...{ group, newVersion },
    gates: gatesOfState(policy.gates),
  }));
  const [readings, probes] = await Promise.all([
    readGatesTogether(clients, known),
    makeProbes(clients.lambda, probed, nowMs),
  ]);
  return known.flatMap(({ fleet, group, launchTemplateVersion }, index) => {
    const read = readings[index];
    const gates = read && { ...read, ...probes[index] };
    return gates === undefined ? [] : [{ fleet, group, gates, launchTemplateVersion }];
  });
}

/**
 * Since when enforced gates could not be read, in any fleet of the wave, is what the next look must know: how long they
 * may be is the policy's. Kept once for the whole wave, as what fails is a service that all its fleets are read from.
 */
async function noteUnreadable(
  { id, waveUnreadableSince }: Release,
  fleets: readonly WaveFleetObservation[],
  policies: Readonly<Record<string, FleetPolicy>>,
  nowMs: number,
): Promise<readonly WaveFleetObservation[]> {
  const isUnreadable = ({ fleet, gates }: WaveFleetObservation) =>
    enforcedUnreadable(gatesOfState(policies[fleet]?.gates ?? []), gates);
  if (!fleets.some(isUnreadable)) {
    if (waveUnreadableSince !== undefined) await changeRelease(id, {}, ['waveUnreadableSince']);
    return fleets;
  }
  const since = waveUnreadableSince ?? isoInstant(nowMs);
  if (waveUnreadableSince === undefined) await changeRelease(id, { waveUnreadableSince: since });
  return fleets.map((one) =>
    isUnreadable(one) ? { ...one, unreadableSinceMs: instantMs(since) } : one,
  );
}
