import { beginRollout, findRollout, readFleetState } from '../adapters/fleets.ts';
import { findRelease, readReleaseFleet } from '../adapters/releases.ts';
import { isoInstant } from '../core/durations.ts';
import type { FleetState, RolloutRecord } from '../core/ledger.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/**
 * Finds where back is: an unfinished rollout's origin before all else, whoever left it; else what the fleet ran before
 * what it runs. Refuses nothing but a missing specification: all that is in the way is for the way back itself.
 */
export async function surveyBack(asked: Asked, reason: string): Promise<SurveyFinding> {
  const { mandate, policy, nowMs } = asked;
  const unfinished = await findRollout(policy.name);
  if (unfinished !== undefined) {
    await beginRollout(takenOver(unfinished, asked, reason));
    return { kind: 'back', reason };
  }
  const state = await readFleetState(policy.name);
  const stay = await whyNotBack(asked, state);
  if (stay !== undefined) return stay;
  const previous = state?.history[0];
  if (state === undefined || previous === undefined) {
    return {
      kind: 'refused',
      reason: `nothing is recorded that fleet ${policy.name} ran before`,
      whatToDo: 'start Release with the image version that the fleet should run',
    };
  }
  await beginRollout({
    fleet: policy.name,
    releaseId: mandate.releaseId,
    executionArn: mandate.executionArn,
    direction: 'back',
    startedAt: isoInstant(nowMs),
    from: previous,
    // By hand the version stays good, and its launch template version with it.
    ...(asked.input.kind === 'from-release' ? { to: state.current } : {}),
    moved: true,
    judgedPercent: 0,
    wayBack: { since: isoInstant(nowMs), reason, attempts: 0 },
  });
  return { kind: 'back', reason };
}

const takenOver = (record: RolloutRecord, asked: Asked, reason: string): RolloutRecord => ({
  ...record,
  releaseId: asked.mandate.releaseId,
  executionArn: asked.mandate.executionArn,
  direction: 'back',
  // A way back that died is begun anew: its bound is for one try.
  wayBack: { since: isoInstant(asked.nowMs), reason, attempts: 0 },
});

/** A release sends back what it moved, and nothing twice. */
async function whyNotBack(
  { input, mandate, policy }: Asked,
  state: FleetState | undefined,
): Promise<SurveyFinding | undefined> {
  if (input.kind !== 'from-release') return undefined;
  const release = await findRelease(mandate.releaseId);
  const movedByIt = state?.releaseId === mandate.releaseId;
  if (release?.direction === 'back') {
    const reason = `fleet ${policy.name} is back already: release ${mandate.releaseId} brought it there`;
    return movedByIt ? { kind: 'already', reason, outcome: 'rolled-back' } : undefined;
  }
  if (!movedByIt) {
    const reason = `release ${mandate.releaseId} did not move fleet ${policy.name}`;
    return { kind: 'refused', reason };
  }
  const fared = await readReleaseFleet(mandate.releaseId, policy.name);
  return fared?.outcome === 'rolled-out'
    ? undefined
    : {
        kind: 'already',
        reason: `fleet ${policy.name} is ${fared?.outcome}: ${fared?.reason}`,
        outcome: fared?.outcome ?? 'untouched',
      };
}
