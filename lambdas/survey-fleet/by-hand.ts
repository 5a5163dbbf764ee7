import { observeGroups, resumeRefreshes } from '../adapters/auto-scaling.ts';
import type { SFNClient } from '../adapters/clients/step-functions.ts';
import { hasEnded } from '../adapters/executions.ts';
import { findRollout, readBlock } from '../adapters/fleets.ts';
import { letGo, readLock } from '../adapters/locks.ts';
import { writeTogether } from '../adapters/table.ts';
import { decidePin } from '../core/decide-survey.ts';
import type { RolloutInput } from '../core/inputs.ts';
import { fleetKeys, imageKeys } from '../core/keys.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { type Clients, noGroup, observeSurvey } from './observe.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/**
 * What a person does to one fleet in the middle of a release of its image would make that release's end untrue; and a
 * claim whose owner is dead is about to be taken over, with every fleet that it moved. Asked before the fleet's lock is
 * taken: a refusal must leave a dead owner's lock where Recover finds it.
 */
export async function whyNotByHand(
  stepFunctions: SFNClient,
  input: RolloutInput,
  { name, image }: FleetPolicy,
  nowMs: number,
): Promise<SurveyFinding | undefined> {
  if (input.kind !== 'to-previous' && input.kind !== 'pin') return undefined;
  const { executionArn, acquiredAt } = await readLock(imageKeys(image).claim);
  if (executionArn === undefined) return undefined;
  const released = `image ${image} of fleet ${name} is being released by ${executionArn} since ${acquiredAt}`;
  return (await hasEnded(stepFunctions, { executionArn, acquiredAt }, nowMs))
    ? {
        kind: 'refused',
        reason: `${released}, which has ended without closing the release: Recover is about to`,
        whatToDo: 'wait until Recover has ended, then start again',
      }
    : {
        kind: 'refused',
        reason: released,
        whatToDo:
          'stop that execution, which brings back every fleet that it moved; or wait for its end',
      };
}

/**
 * Clears the mark of a fleet that a person has mended, with what is left of the rollout that did not converge: its record,
 * and Kiln's own hold, which nobody would know of once the record is gone. A group that is gone has taken the hold with
 * it. Idempotent: what is resumed stays resumed.
 */
export async function unblock(
  { autoScaling }: Clients,
  { mandate, policy }: Asked,
  reason: string,
): Promise<SurveyFinding> {
  const keys = fleetKeys(mandate.fleet);
  const block = await readBlock(mandate.fleet);
  // Only a blocked fleet's record is the blocked rollout's.
  const left = block === undefined ? undefined : await findRollout(mandate.fleet);
  const { autoScalingGroupName: groupName } = policy;
  const held = left?.hold?.ours === true;
  const gone = (await observeGroups(autoScaling, [groupName])).length === 0;
  if (held && !gone) await resumeRefreshes(autoScaling, groupName);
  await writeTogether([
    { delete: keys.block },
    ...(left === undefined ? [] : [{ delete: keys.rollout }]),
    letGo(keys.lock, mandate),
  ]);
  const was = `cleared (${reason}): ${block?.reason}, since ${block?.since}`;
  return {
    kind: 'unblocked',
    reason: `${block === undefined ? `fleet ${mandate.fleet} was not blocked` : was}${alsoFound(groupName, held, gone)}`,
  };
}

function alsoFound(groupName: string, held: boolean, gone: boolean): string {
  if (gone) {
    return `; there is no Auto Scaling group ${groupName} any more: take its fleet out of the catalogue, or make the group again`;
  }
  return held
    ? `; process InstanceRefresh of group ${groupName}, which Kiln had suspended, is resumed`
    : '';
}

/** Whether the group may be given the number that all its instances run. */
export async function surveyPin(clients: Clients, asked: Asked): Promise<SurveyFinding> {
  const { policy } = asked;
  const seen = await observeSurvey(clients, asked, undefined);
  if (seen === undefined) return noGroup(policy);
  const decision = decidePin(seen, policy);
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
