import type { ForwardDecision } from './decision.ts';
import { showInstant, showSince } from './durations.ts';
import { type ForwardView, nextPark, rollBack, waitFor } from './forward-view.ts';
import { showVersions } from './instances.ts';
import type { RefreshObservation } from './observation.ts';
import { savedTemplate } from './saved-template.ts';

/**
 * Decides after our refresh was successful: the fleet is watched for `soakSeconds` from the refresh's end, then it is
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
      checkpointPercent: hold.checkpointPercent,
      parkSeconds: nextPark(view),
    };
  }
  // An end that AWS does not tell yet is taken as now: too late rather than too early.
  const endedAtMs = refresh.endedAtMs ?? nowMs;
  const soakEndMs = endedAtMs + policy.soakSeconds * 1000;
  const age = `soaked for ${showSince(endedAtMs, nowMs)} (soakSeconds ${policy.soakSeconds})`;
  const judged = `${view.gates.combined.kind}: ${view.gates.combined.reason}`;
  if (nowMs < soakEndMs) {
    const awaited = `the soak ends at ${showInstant(soakEndMs)}`;
    return waitFor(view, `${age}; ${judged}`, awaited, 'the fleet is judged', soakEndMs);
  }
  const missing = notYet(view);
  if (missing === undefined) {
    return {
      kind: 'complete',
      reason: `${age}; all ${view.counts.live} instances on version ${view.counts.version}; ${judged}`,
      parkSeconds: nextPark(view),
    };
  }
  const limitMs = soakEndMs + policy.limits.inconclusiveSeconds * 1000;
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
