import * as z from 'zod/mini';
import { observeGroups } from '../adapters/auto-scaling.ts';
import { recallCatalogue } from '../adapters/catalogue.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { ElasticLoadBalancingV2Client } from '../adapters/clients/load-balancing.ts';
import { readFleetState } from '../adapters/fleets.ts';
import { readGates } from '../adapters/gates.ts';
import { readLock } from '../adapters/locks.ts';
import { changeRelease } from '../adapters/releases.ts';
import type { Look, Supervisor } from '../adapters/supervise.ts';
import { decideWave } from '../core/decide-wave.ts';
import type { Wait, WaveDecision } from '../core/decision.ts';
import { instantMs } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { imageKeys } from '../core/keys.ts';
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
}

/** Watches all fleets of a wave together after they are rolled out. */
export const makeSuperviseWave = (clients: Clients): Supervisor<Input, Moving> => ({
  name: 'wave',
  input: Input,
  async look({ mandate, wave: number, startedAt }: Input, nowMs: number): Promise<Look<Moving>> {
    const [catalogue, claim] = await Promise.all([
      recallCatalogue(mandate.catalogueDigest),
      readLock(imageKeys(mandate.image).claim),
    ]);
    const wave = wavesOf(catalogue, mandate.image)[number - 1];
    if (wave === undefined) {
      const message = `catalogue ${mandate.catalogueDigest} has no wave ${number} of image ${mandate.image}`;
      throw new KilnError(ErrorName.Unexpected, message);
    }
    const policies = wave.fleets.flatMap((fleet) => catalogue.fleets[fleet] ?? []);
    const fleets = await observeFleets(clients, policies);
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
): Promise<readonly WaveFleetObservation[]> {
  const names = policies.map((policy) => policy.autoScalingGroupName);
  const groups = await observeGroups(clients.autoScaling, names);
  const seen = await Promise.all(
    policies.map(async (policy) => {
      const group = groups.find((one) => one.name === policy.autoScalingGroupName);
      const state = await readFleetState(policy.name);
      if (group === undefined || state === undefined) return [];
      const gates = await readGates(clients, policy, group.targetGroupArns);
      const { launchTemplateVersion } = state.current;
      return [{ fleet: policy.name, group, gates, launchTemplateVersion }];
    }),
  );
  return seen.flat();
}
