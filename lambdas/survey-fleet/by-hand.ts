import { readBlock } from '../adapters/fleets.ts';
import { letGo } from '../adapters/locks.ts';
import { writeTogether } from '../adapters/table.ts';
import { decidePin } from '../core/decide-survey.ts';
import { fleetKeys } from '../core/keys.ts';
import { type Clients, observeSurvey } from './observe.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/** Clears the mark of a fleet that a person has mended, with what is left of the rollout that did not converge. */
export async function unblock({ mandate }: Asked, reason: string): Promise<SurveyFinding> {
  const keys = fleetKeys(mandate.fleet);
  const block = await readBlock(mandate.fleet);
  await writeTogether([
    { delete: keys.block },
    // Only a blocked fleet's record is the blocked rollout's.
    ...(block === undefined ? [] : [{ delete: keys.rollout }]),
    letGo(keys.lock, mandate),
  ]);
  return {
    kind: 'unblocked',
    reason:
      block === undefined
        ? `fleet ${mandate.fleet} was not blocked`
        : `cleared (${reason}): ${block.reason}, since ${block.since}`,
  };
}

/** Whether the group may be given the number that all its instances run. */
export async function surveyPin(clients: Clients, asked: Asked): Promise<SurveyFinding> {
  const { policy } = asked;
  const decision = decidePin(await observeSurvey(clients, asked, undefined), policy);
  switch (decision.kind) {
    case 'refuse':
      return { kind: 'refused', reason: decision.reason, whatToDo: decision.whatToDo };
    case 'already':
      return { kind: 'already', reason: decision.reason };
    case 'pin':
      return {
        kind: 'pin',
        reason: decision.reason,
        pin: {
          autoScalingGroupName: policy.autoScalingGroupName,
          launchTemplateId: policy.launchTemplateId,
          version: decision.version,
        },
      };
    default:
      return decision satisfies never;
  }
}
