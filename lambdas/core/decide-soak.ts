import { awaitApproval, inconclusiveFromMs } from './await-approval.ts';
import type { ForwardDecision } from './decision.ts';
import { showInstant, showSince } from './durations.ts';
import { type ForwardView, nextPark, rollBack, waitFor } from './forward-view.ts';
import { showVersions } from './instances.ts';
import { judgeSoak } from './judge-soak.ts';
import type { RefreshObservation } from './observation.ts';
import { savedTemplate } from './saved-template.ts';

/**
 * Decides after our refresh was successful: the fleet is watched for `soakSeconds` from the refresh's end, or for the hold
 * of a checkpoint that was passed without having been judged, whichever is longer (a single instance is replaced in one
 * step, in which no checkpoint below 100 % can be held). Then it is
 * complete if all gates are green, every live instance is of the new version, and the group's saved template is too.
 * What is not yet so may become so within `inconclusiveSeconds`; past them the fleet goes back.
 */
export function decideSoak(view: ForwardView, refresh: RefreshObservation): ForwardDecision {
  const { nowMs, policy, observation } = view;
  const { hold } = observation.rollout;
  if (hold !== undefined) {
    return {
      kind: 'resume',
      reason: `refresh ${refresh.instanceRefreshId} ended while held at checkpoint ${hold.checkpointPercent} %; the hold is lifted, the soak judges`,
      // Not judged: what it would have been held for is owed.
      checkpointPercent: observation.rollout.judgedPercent,
      parkSeconds: nextPark(view),
    };
  }
  // An end that AWS does not tell yet is taken as now: too late rather than too early.
  const endedAtMs = refresh.endedAtMs ?? nowMs;
  const { seconds } = watch(view);
  const soak = judgeSoak(
    { soakSeconds: seconds, evidence: policy.soakEvidence },
    endedAtMs,
    observation.gates.soakSeen,
    nowMs,
  );
  const judged = `${view.gates.combined.kind}: ${view.gates.combined.reason}`;
  const age = policy.soakEvidence === undefined ? ageOf(view, endedAtMs) : soak.reason;
  if (soak.kind === 'soaking') {
    const awaited =
      nowMs < endedAtMs + seconds * 1000
        ? `the soak ends at ${showInstant(endedAtMs + seconds * 1000)}`
        : `${policy.soakEvidence?.min} ${policy.soakEvidence?.what} are seen`;
    return waitFor(
      view,
      `${age}; ${judged}`,
      awaited,
      'the fleet is judged',
      soak.untilMs,
      endedAtMs,
    );
  }
  if (soak.kind === 'starved') return rollBack(view, `${age}; ${judged}`);
  // Evidence may have come as late as its bound.
  const soakEndMs = endedAtMs + Math.max(seconds, policy.soakEvidence?.soakSecondsMax ?? 0) * 1000;
  const missing = notYet(view);
  if (missing === undefined) {
    return {
      kind: 'complete',
      reason: `${age}; all ${view.counts.live} instances on version ${view.counts.version}; ${judged}`,
      parkSeconds: nextPark(view),
    };
  }
  const asking = awaitApproval(view, age, endedAtMs);
  if (asking !== undefined) return asking;
  const limitMs = inconclusiveFromMs(view, soakEndMs) + policy.limits.inconclusiveSeconds * 1000;
  if (nowMs >= limitMs) {
    return rollBack(
      view,
      `${age}, ${showSince(soakEndMs, nowMs)} past its end >= inconclusiveSeconds ${policy.limits.inconclusiveSeconds}; ${missing}`,
    );
  }
  return waitFor(
    view,
    `${age}; ${missing}`,
    'gates, instances and group all show the new version green',
    'the fleet goes back',
    limitMs,
  );
}

function ageOf(view: ForwardView, endedAtMs: number): string {
  const { seconds, name } = watch(view);
  return `soaked for ${showSince(endedAtMs, view.nowMs)} (${name} ${seconds})`;
}

/** How long the whole fleet is watched, and which number of the policy that is. */
function watch({ policy, observation }: ForwardView): { seconds: number; name: string } {
  const { judgedPercent } = observation.rollout;
  const passed = policy.checkpoints.filter(
    ({ percent }) => percent < 100 && percent > judgedPercent,
  );
  const owed = Math.max(0, ...passed.map(({ holdSeconds }) => holdSeconds));
  return owed > policy.soakSeconds
    ? { seconds: owed, name: 'holdSeconds of a checkpoint that was passed unjudged,' }
    : { seconds: policy.soakSeconds, name: 'soakSeconds' };
}

function notYet({ observation, counts, gates }: ForwardView): string | undefined {
  const saved = savedTemplate(observation.group)?.version;
  if (counts.others > 0) {
    return `${counts.others} instances are not on version ${counts.version}: ${showVersions(observation.group)}`;
  }
  if (saved !== counts.version) {
    return `the group's saved launch template version is ${saved ?? 'unreadable'}, not ${counts.version}`;
  }
  if (gates.combined.kind !== 'green') return `${gates.combined.kind}: ${gates.combined.reason}`;
  return undefined;
}
