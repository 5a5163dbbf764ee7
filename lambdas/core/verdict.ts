import { brief } from './brief.ts';
import type { ForwardDecision } from './decision.ts';
import { isoInstant } from './durations.ts';
import type { ForwardView } from './forward-view.ts';
import type { GateReport } from './judge-gates.ts';
import type { FleetVerdict, RolloutRecord } from './ledger.ts';
import type { RefreshObservation } from './observation.ts';
import type { FleetPolicy } from './policy.ts';

/** What the ledger keeps of a look at the gates: nothing while it only waits, or repeats what was judged before. */
export function verdictOf(view: ForwardView, decision: ForwardDecision): FleetVerdict | undefined {
  const { kind } = decision;
  if (kind !== 'resume' && kind !== 'roll-back' && kind !== 'complete') return undefined;
  const { judgedPercent } = view.observation.rollout;
  if (kind === 'resume' && decision.checkpointPercent <= judgedPercent) return undefined;
  return {
    fleet: view.policy.name,
    checkpointPercent:
      kind === 'resume' ? decision.checkpointPercent : stepOf({ ...view, ...view.observation }),
    at: isoInstant(view.nowMs),
    decision: kind,
    verdict: view.gates.combined.kind,
    reason: brief(decision.reason),
    gates: view.gates.gates.map(keptReport),
  };
}

/** What a gate said, as the ledger keeps it. */
export const keptReport = ({
  gate,
  mode,
  judgement,
}: GateReport): FleetVerdict['gates'][number] => ({
  ...{ gate, mode, verdict: judgement.kind, reason: brief(judgement.reason) },
  ...(judgement.evidence === undefined ? {} : { evidence: JSON.stringify(judgement.evidence) }),
});

/** The checkpoint that the fleet is held at or on its way to; 100 is the soak. */
export function stepOf({
  rollout,
  policy,
  refresh,
}: {
  readonly rollout: RolloutRecord;
  readonly policy: FleetPolicy;
  readonly refresh: RefreshObservation | undefined;
}): number {
  if (rollout.hold !== undefined) return rollout.hold.checkpointPercent;
  if (refresh?.status === 'Successful') return 100;
  const next = policy.checkpoints.find(({ percent }) => percent > rollout.judgedPercent);
  return next?.percent ?? 100;
}
