import * as z from 'zod/mini';
import { observeGroup, observeRefreshes } from '../adapters/auto-scaling.ts';
import { recallCatalogue } from '../adapters/catalogue.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { ElasticLoadBalancingV2Client } from '../adapters/clients/load-balancing.ts';
import { changeRollout, findRollout } from '../adapters/fleets.ts';
import { readGates } from '../adapters/gates.ts';
import { readLock } from '../adapters/locks.ts';
import type { Look, Supervisor } from '../adapters/supervise.ts';
import type { Seen } from '../core/announcement.ts';
import { decideForeign } from '../core/decide-foreign.ts';
import { decideForward } from '../core/decide-rollout.ts';
import { decideWayBack } from '../core/decide-way-back.ts';
import type { ForwardDecision, Wait, WayBackDecision } from '../core/decision.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { enforcedUnreadable } from '../core/judge-gates.ts';
import { fleetKeys } from '../core/keys.ts';
import type { Lock, RolloutRecord } from '../core/ledger.ts';
import { RolloutMandate } from '../core/mandate.ts';
import type { FleetObservation, RefreshObservation } from '../core/observation.ts';
import { type Owner, refuseWhenOutbid } from '../core/ownership.ts';
import type { Catalogue, FleetPolicy } from '../core/policy.ts';
import { nextProgress } from '../core/way-back-view.ts';

const Input = z.object({
  mandate: RolloutMandate,
  phase: z.enum(['foreign', 'forward', 'back']),
});
type Input = z.infer<typeof Input>;
type Moving = Exclude<ForwardDecision | WayBackDecision, Wait>;

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
}

/** Watches one fleet: another's refresh before ours, ours on the way forward, whatever there is on the way back. */
export const makeSuperviseRollout = (clients: Clients): Supervisor<Input, Moving> => ({
  name: 'rollout',
  input: Input,
  async look({ mandate, phase }: Input, nowMs: number): Promise<Look<Moving>> {
    const [catalogue, lock, rollout] = await Promise.all([
      recallCatalogue(mandate.catalogueDigest),
      readLock(fleetKeys(mandate.fleet).lock),
      findRollout(mandate.fleet),
    ]);
    const outbid = refuseWhenOutbid(`fleet ${mandate.fleet}`, lock, mandate);
    if (outbid !== undefined) return { decision: outbid, seen: {} };
    const policy = catalogue.fleets[mandate.fleet];
    if (policy === undefined) {
      throw new KilnError(
        ErrorName.Unexpected,
        `catalogue ${mandate.catalogueDigest} has no fleet ${mandate.fleet}`,
      );
    }
    return phase === 'foreign'
      ? lookAtForeign(clients, lock, catalogue, policy, nowMs)
      : lookAtOurs(clients, mandate, phase, lock, ours(mandate, rollout), catalogue, policy, nowMs);
  },
});

async function lookAtForeign(
  clients: Clients,
  lock: Lock,
  { look }: Catalogue,
  policy: FleetPolicy,
  nowMs: number,
): Promise<Look<Moving>> {
  const refreshes = await observeRefreshes(clients.autoScaling, policy.autoScalingGroupName);
  const askedAtMs = lock.acquiredAt === undefined ? nowMs : Date.parse(lock.acquiredAt);
  return {
    decision: decideForeign(refreshes, policy, look, askedAtMs, nowMs),
    seen: seenOf(refreshes),
  };
}

async function lookAtOurs(
  clients: Clients,
  mandate: RolloutMandate,
  phase: 'forward' | 'back',
  lock: Lock,
  rollout: RolloutRecord,
  { look }: Catalogue,
  policy: FleetPolicy,
  nowMs: number,
): Promise<Look<Moving>> {
  const [group, refreshes] = await Promise.all([
    observeGroup(clients.autoScaling, policy.autoScalingGroupName),
    observeRefreshes(clients.autoScaling, policy.autoScalingGroupName),
  ]);
  const owner: Owner = mandate;
  if (phase === 'back') {
    const seen = { group, refreshes, rollout, lock };
    const progress = nextProgress(seen, isoInstant(nowMs));
    if (progress !== undefined && rollout.wayBack !== undefined) {
      await changeRollout(mandate, { set: { 'wayBack.progress': progress } });
    }
    return { decision: decideWayBack(seen, policy, look, owner, nowMs), seen: seenOf(refreshes) };
  }
  const gates = await readGates(clients, policy, group.targetGroupArns);
  const unreadable = enforcedUnreadable(policy.gates, gates);
  const noted = await noteUnreadable(mandate, rollout, unreadable, nowMs);
  const observation: FleetObservation = { group, refreshes, gates, rollout: noted, lock };
  return {
    decision: decideForward(observation, policy, look, owner, nowMs),
    seen: {
      ...seenOf(refreshes),
      alarms: gates.alarms.map(({ name, state }) => ({ name, state })),
    },
  };
}

function ours(mandate: RolloutMandate, record: RolloutRecord | undefined): RolloutRecord {
  if (record?.executionArn === mandate.executionArn) return record;
  throw new KilnError(
    ErrorName.Unexpected,
    `the ledger has no rollout of fleet ${mandate.fleet} by ${mandate.executionArn}, which holds its lock`,
  );
}

/** Since when enforced gates could not be read is what the next look must know: the limit on it is the policy's. */
async function noteUnreadable(
  mandate: RolloutMandate,
  rollout: RolloutRecord,
  unreadable: boolean,
  nowMs: number,
): Promise<RolloutRecord> {
  if (unreadable === (rollout.unreadableSince !== undefined)) return rollout;
  const { unreadableSince: _, ...readable } = rollout;
  if (!unreadable) {
    await changeRollout(mandate, { remove: ['unreadableSince'] });
    return readable;
  }
  const unreadableSince = isoInstant(nowMs);
  await changeRollout(mandate, { set: { unreadableSince } });
  return { ...rollout, unreadableSince };
}

const seenOf = (refreshes: readonly RefreshObservation[]): Seen => ({
  refreshes: refreshes.map((one) => ({
    id: one.instanceRefreshId,
    status: one.status,
    percent: one.percentageComplete,
  })),
});
