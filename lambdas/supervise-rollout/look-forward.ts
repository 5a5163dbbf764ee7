import { findApproval } from '../adapters/approvals.ts';
import { readCanaries } from '../adapters/canaries.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { LambdaClient } from '../adapters/clients/lambda.ts';
import type { ElasticLoadBalancingV2Client } from '../adapters/clients/load-balancing.ts';
import { changeRollout } from '../adapters/fleets.ts';
import { askFunctions } from '../adapters/gate-functions.ts';
import { readGates } from '../adapters/gates.ts';
import { makeProbes } from '../adapters/probes.ts';
import { readSoakEvidence } from '../adapters/soak-evidence.ts';
import type { Look } from '../adapters/supervise.ts';
import { recordVerdict } from '../adapters/verdicts.ts';
import {
  type ApprovalView,
  approvalGate,
  approvalView,
  needsApproval,
} from '../core/approval-view.ts';
import { nextComparison } from '../core/canary/comparison.ts';
import type { ComparedSides } from '../core/canary/series.ts';
import { decideForward } from '../core/decide-rollout.ts';
import type { ForwardDecision, Wait } from '../core/decision.ts';
import { instantMs, isoInstant } from '../core/durations.ts';
import { forwardView, ourRefresh } from '../core/forward-view.ts';
import { isComparing } from '../core/gate-policy.ts';
import { gateRequest } from '../core/gate-request.ts';
import { liveInstances } from '../core/instances.ts';
import { enforcedUnreadable } from '../core/judge-gates.ts';
import { probedFleet } from '../core/judge-probe.ts';
import type { RolloutRecord } from '../core/ledger.ts';
import type { RolloutMandate } from '../core/mandate.ts';
import type { FleetObservation, GateReading } from '../core/observation.ts';
import type { FleetPolicy, LookPolicy } from '../core/policy.ts';
import { stepOf, verdictOf } from '../core/verdict.ts';
import { seenOf } from './seen.ts';

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly lambda: LambdaClient;
}

type Ungated = Omit<FleetObservation, 'gates'>;
type Moving = Exclude<ForwardDecision, Wait>;

/** Looks at our refresh on its way forward: reads and judges the gates, decides, and records what they said. */
export async function lookForward(
  clients: Clients,
  mandate: RolloutMandate,
  seen: Ungated,
  look: LookPolicy,
  policy: FleetPolicy,
  nowMs: number,
): Promise<Look<Moving>> {
  const compared = await noteComparison(mandate, seen, policy);
  const refresh = ourRefresh(compared);
  const [gates, canaries, functions, [probes], approval, soakSeen] = await Promise.all([
    readGates(clients, policy, seen.group.targetGroupArns),
    readCanaries(
      clients.cloudWatch,
      policy.gates,
      sidesOf(compared),
      {
        requestedAtMs: instantMs(compared.rollout.refreshRequestedAt ?? compared.rollout.startedAt),
        endedAtMs: refresh?.endedAtMs,
      },
      nowMs,
    ),
    askFunctions(
      clients.lambda,
      policy.gates,
      gateRequest({ ...compared, refresh }, policy, nowMs),
    ),
    makeProbes(
      clients.lambda,
      [probedFleet(policy.gates, compared.group, compared.rollout.to?.launchTemplateVersion)],
      nowMs,
    ),
    readApproval(compared, policy, nowMs),
    refresh?.status === 'Successful'
      ? readSoakEvidence(
          clients.cloudWatch,
          policy,
          compared.rollout.to?.imageId ?? '',
          refresh.endedAtMs ?? nowMs,
          nowMs,
        )
      : undefined,
  ]);
  const reading: GateReading = {
    ...gates,
    ...canaries,
    ...functions,
    ...probes,
    ...(approval === undefined ? {} : { approval }),
    ...(soakSeen === undefined ? {} : { soakSeen }),
    unreadable: [...gates.unreadable, ...canaries.unreadable],
  };
  const unreadable = enforcedUnreadable(policy.gates, reading);
  const rollout = await noteUnreadable(mandate, compared.rollout, unreadable, nowMs);
  const view = forwardView({ ...compared, rollout, gates: reading }, policy, look, nowMs);
  const decision = decideForward(view, mandate);
  const verdict = verdictOf(view, decision);
  // Before the token is sent: whoever reads how it ended finds why.
  if (verdict !== undefined) await recordVerdict(mandate.releaseId, verdict);
  const alarms = reading.alarms.map(({ name, state }) => ({ name, state }));
  return { decision, seen: { ...seenOf(seen.refreshes), alarms } };
}

/** Where the approval stands that the fleet needs next. */
async function readApproval(
  { rollout, refreshes }: Ungated,
  policy: FleetPolicy,
  nowMs: number,
): Promise<ApprovalView | undefined> {
  const gate = approvalGate(policy.gates);
  if (gate === undefined) return undefined;
  const percent = stepOf({ rollout, policy, refresh: ourRefresh({ rollout, refreshes }) });
  const asked = needsApproval(gate, rollout, percent)
    ? await findApproval(rollout.releaseId, policy.name, percent)
    : undefined;
  return approvalView(gate, rollout, percent, asked, nowMs);
}

/** Who is compared with whom is what the next look must know: by then the old instances may have left. */
async function noteComparison(
  mandate: RolloutMandate,
  seen: Ungated,
  policy: FleetPolicy,
): Promise<Ungated> {
  const { rollout, group } = seen;
  const version = rollout.to?.launchTemplateVersion;
  if (version === undefined || !policy.gates.some(isComparing)) return seen;
  const comparison = nextComparison(rollout.comparison, group, version);
  if (comparison === rollout.comparison) return seen;
  await changeRollout(mandate, { set: { comparison } });
  return { ...seen, rollout: { ...rollout, comparison } };
}

function sidesOf({ rollout, group }: Ungated): ComparedSides | undefined {
  const { comparison, from, to } = rollout;
  if (comparison === undefined || to === undefined) return undefined;
  return {
    comparison,
    images: { baseline: from.imageId, canary: to.imageId },
    present: new Set(liveInstances(group).map(({ instanceId }) => instanceId)),
  };
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
