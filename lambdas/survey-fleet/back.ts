import { observeGroups } from '../adapters/auto-scaling.ts';
import type { EC2Client } from '../adapters/clients/ec2.ts';
import { beginRollout, findRollout, readBlock, readFleetState } from '../adapters/fleets.ts';
import { observeImageState, observeTemplateVersion } from '../adapters/launch-templates.ts';
import { findRelease, readReleaseFleet, readVersion } from '../adapters/releases.ts';
import { refuseWhileAsked } from '../core/ask-once.ts';
import { isoInstant } from '../core/durations.ts';
import {
  findPrevious,
  type PastObservation,
  type PreviousDecision,
} from '../core/find-previous.ts';
import type { FleetSpecification, FleetState, Release, RolloutRecord } from '../core/ledger.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { suspension } from '../core/refreshes.ts';
import { isOf } from './blocked.ts';
import type { Clients } from './observe.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/**
 * Finds where back is: an unfinished rollout's origin before all else, whoever left it; else what the fleet ran before
 * what it runs. A release that failed goes back to where its fleets came from, whatever that is by now; a person's wish
 * to go back leads to no version that is quarantined or gone. All else that is in the way is for the way back itself.
 */
export async function surveyBack(
  clients: Clients,
  asked: Asked,
  reason: string,
): Promise<SurveyFinding> {
  const { input, mandate, policy, nowMs } = asked;
  const [unfinished, block] = await Promise.all([findRollout(policy.name), readBlock(policy.name)]);
  if (unfinished !== undefined) {
    await waitForHold(clients, asked, unfinished);
    const record = takenOver(unfinished, asked, reason, isOf(block, asked));
    await beginRollout(mandate, record, unfinished);
    return { kind: 'back', reason };
  }
  const [state, release] = await Promise.all([
    readFleetState(policy.name),
    input.kind === 'from-release' ? findRelease(mandate.releaseId) : undefined,
  ]);
  const stay = await whyNotBack(asked, state, release);
  if (stay !== undefined) return stay;
  const found =
    release?.direction === 'forward'
      ? origin(policy, state)
      : await choose(clients.ec2, policy, state?.history ?? []);
  if (found.kind === 'refuse') {
    return { kind: 'refused', reason: found.reason, whatToDo: found.whatToDo };
  }
  const record: RolloutRecord = {
    fleet: policy.name,
    releaseId: mandate.releaseId,
    executionArn: mandate.executionArn,
    direction: 'back',
    startedAt: isoInstant(nowMs),
    from: found.previous,
    // By hand the version stays good, and its launch template version with it.
    ...(input.kind === 'from-release' ? { to: state?.current } : {}),
    moved: true,
    judgedPercent: 0,
    wayBack: { since: isoInstant(nowMs), reason, attempts: 0 },
  };
  await beginRollout(mandate, record, undefined);
  return { kind: 'back', reason: `${reason}; ${found.reason}` };
}

/**
 * Whoever was stopped as it was about to suspend the process may still do so, and nobody would lift that: until it shows, or
 * cannot come any more, the fleet is not taken over.
 *
 * @throws KilnError Busy
 */
async function waitForHold(
  { autoScaling }: Clients,
  { mandate, policy, nowMs }: Asked,
  { executionArn, hold }: RolloutRecord,
): Promise<void> {
  if (executionArn === mandate.executionArn || hold?.ours !== true) return;
  const [group] = await observeGroups(autoScaling, [policy.autoScalingGroupName]);
  if (group === undefined || suspension(group, 'InstanceRefresh') !== undefined) return;
  refuseWhileAsked(`the hold of fleet ${policy.name}`, hold.since, nowMs);
}

const takenOver = (
  record: RolloutRecord,
  asked: Asked,
  reason: string,
  endsOnly: boolean,
): RolloutRecord => ({
  ...record,
  releaseId: asked.mandate.releaseId,
  executionArn: asked.mandate.executionArn,
  direction: 'back',
  // A way back that died is begun anew: its bound is for one try.
  wayBack: {
    since: isoInstant(asked.nowMs),
    reason,
    attempts: 0,
    ...(endsOnly ? { endsOnly } : {}),
  },
});

/** A release sends back what it moved, and nothing twice. */
async function whyNotBack(
  { input, mandate, policy }: Asked,
  state: FleetState | undefined,
  release: Release | undefined,
): Promise<SurveyFinding | undefined> {
  if (input.kind !== 'from-release') return undefined;
  const movedByIt = state?.releaseId === mandate.releaseId;
  if (release?.direction === 'back') {
    const reason = `fleet ${policy.name} is back already: release ${mandate.releaseId} brought it there`;
    return movedByIt
      ? { kind: 'already', reason, outcome: 'rolled-back' }
      : whyNotFrom(release, policy, state);
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

/** What goes back is one version of the image: a fleet that runs another one is left where it is. */
function whyNotFrom(
  { version }: Release,
  { name }: FleetPolicy,
  state: FleetState | undefined,
): SurveyFinding | undefined {
  const runs = state?.current.version;
  if (version === undefined || runs === undefined || runs === version) return undefined;
  const input = JSON.stringify({ fleet: name, to: 'previous', reason: '…' });
  return {
    kind: 'refused',
    reason: `fleet ${name} runs ${runs}, not ${version}, which goes back`,
    whatToDo: `nothing, or to send this fleet back too start Rollout with ${input}`,
  };
}

/** Where a fleet that this very release moved came from. */
function origin(policy: FleetPolicy, state: FleetState | undefined): PreviousDecision {
  const previous = state?.history[0];
  if (previous === undefined) return findPrevious(policy, []);
  return { kind: 'found', reason: `back to ${previous.version}, where it came from`, previous };
}

/** Looks at no more of the past than it must. */
async function choose(
  ec2: EC2Client,
  policy: FleetPolicy,
  history: readonly FleetSpecification[],
): Promise<PreviousDecision> {
  const past: PastObservation[] = [];
  for (const specification of history) {
    past.push(await observePast(ec2, policy.image, specification));
    const found = findPrevious(policy, past);
    if (found.kind === 'found') return found;
  }
  return findPrevious(policy, past);
}

async function observePast(
  ec2: EC2Client,
  image: string,
  specification: FleetSpecification,
): Promise<PastObservation> {
  const { version: label, imageId, launchTemplateId, launchTemplateVersion } = specification;
  const [version, imageState, template] = await Promise.all([
    readVersion(image, label),
    observeImageState(ec2, imageId),
    observeTemplateVersion(ec2, launchTemplateId, launchTemplateVersion),
  ]);
  return { specification, version, imageState, templateVersionExists: template !== undefined };
}
