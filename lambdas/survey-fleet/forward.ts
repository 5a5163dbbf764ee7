import { beginRollout, findRollout } from '../adapters/fleets.ts';
import { decideSurvey } from '../core/decide-survey.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { RolloutRecord } from '../core/ledger.ts';
import { secondsUntil } from '../core/park.ts';
import { type Clients, noGroup, observeSurvey } from './observe.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/** Proves that the fleet can be brought back, as far as it can be proven, and records where back is. */
export async function surveyForward(
  clients: Clients,
  asked: Asked,
  version: string,
): Promise<SurveyFinding> {
  const { mandate, policy, nowMs } = asked;
  const before = await findRollout(policy.name);
  if (before?.executionArn === mandate.executionArn && before.moved) {
    return { kind: 'forward', reason: `begun at ${before.startedAt}, found again` };
  }
  if (before !== undefined && before.executionArn !== mandate.executionArn) {
    throw new KilnError(
      ErrorName.Busy,
      `fleet ${policy.name} has an unfinished rollout of ${before.executionArn}; Recover brings it to an end first`,
    );
  }
  const seen = await observeSurvey(clients, asked, version);
  if (seen === undefined) return noGroup(policy);
  const decision = decideSurvey(seen, policy, nowMs);
  switch (decision.kind) {
    case 'refuse':
      return { kind: 'refused', reason: decision.reason, whatToDo: decision.whatToDo };
    case 'already':
      return {
        kind: 'already',
        reason: decision.reason,
        outcome: 'rolled-out',
        current: decision.current,
      };
    case 'wait-for-refresh': {
      const limitMs = asked.askedAtMs + policy.limits.foreignRefreshSeconds * 1000;
      const parkSeconds = Math.min(asked.look.refreshSeconds, secondsUntil(limitMs, nowMs));
      return { kind: 'wait', reason: decision.reason, parkSeconds };
    }
    case 'proceed': {
      if (seen.wanted === undefined) {
        const reason = `image version ${version} of ${policy.image} is not in the ledger`;
        const whatToDo = 'start Release with a version that was baked';
        return { kind: 'refused', reason, whatToDo };
      }
      const { from } = decision;
      const record: RolloutRecord = {
        fleet: policy.name,
        releaseId: mandate.releaseId,
        executionArn: mandate.executionArn,
        direction: 'forward',
        startedAt: isoInstant(nowMs),
        from,
        to: {
          version: seen.wanted.label,
          imageId: seen.wanted.imageId,
          launchTemplateId: from.launchTemplateId,
        },
        moved: false,
        judgedPercent: 0,
      };
      await beginRollout(mandate, record, before);
      return { kind: 'forward', reason: decision.reason };
    }
    default:
      return decision satisfies never;
  }
}
