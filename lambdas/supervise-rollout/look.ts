import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { changeRollout, findRollout } from '../adapters/fleets.ts';
import { readLock } from '../adapters/locks.ts';
import type { Look, Supervisor } from '../adapters/supervise.ts';
import { decideForeign } from '../core/decide-foreign.ts';
import { decideMissingGroup } from '../core/decide-missing-group.ts';
import { decideWayBack } from '../core/decide-way-back.ts';
import type { ForwardDecision, Wait, WayBackDecision } from '../core/decision.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetKeys } from '../core/keys.ts';
import type { Lock, RolloutRecord } from '../core/ledger.ts';
import { RolloutMandate } from '../core/mandate.ts';
import { type Owner, refuseWhenOutbid } from '../core/ownership.ts';
import type { Catalogue, FleetPolicy } from '../core/policy.ts';
import { nextProgress } from '../core/way-back-view.ts';
import { type Clients, lookForward } from './look-forward.ts';
import { observePresent } from './present.ts';
import { seenOf } from './seen.ts';

const Input = z.object({
  mandate: RolloutMandate,
  phase: z.enum(['foreign', 'forward', 'back']),
});
type Input = z.infer<typeof Input>;
type Moving = Exclude<ForwardDecision | WayBackDecision, Wait>;

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
  const present = await observePresent(clients, policy);
  if (present === undefined) {
    return { decision: decideMissingGroup('foreign', policy, look, undefined), seen: {} };
  }
  const { refreshes } = present;
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
  const present = await observePresent(clients, policy);
  if (present === undefined) {
    return { decision: decideMissingGroup(phase, policy, look, rollout), seen: {} };
  }
  const { group, refreshes } = present;
  const owner: Owner = mandate;
  if (phase === 'back') {
    const seen = { group, refreshes, rollout, lock };
    const progress = nextProgress(seen, isoInstant(nowMs));
    if (progress !== undefined && rollout.wayBack !== undefined) {
      await changeRollout(mandate, { set: { 'wayBack.progress': progress } });
    }
    return { decision: decideWayBack(seen, policy, look, owner, nowMs), seen: seenOf(refreshes) };
  }
  const observation = { group, refreshes, rollout, lock };
  return lookForward(clients, mandate, observation, look, policy, nowMs);
}

function ours(mandate: RolloutMandate, record: RolloutRecord | undefined): RolloutRecord {
  if (record?.executionArn === mandate.executionArn) return record;
  throw new KilnError(
    ErrorName.Unexpected,
    `the ledger has no rollout of fleet ${mandate.fleet} by ${mandate.executionArn}, which holds its lock`,
  );
}
