import { awaitApproval, inconclusiveFromMs } from './await-approval.ts';
import type { ForwardDecision, HoldDecision, Resume } from './decision.ts';
import { instantMs, showInstant, showSince } from './durations.ts';
import { type ForwardView, nextPark, rollBack, waitFor } from './forward-view.ts';
import { shareOf } from './instances.ts';
import type { Hold } from './ledger.ts';
import type { RefreshObservation } from './observation.ts';
import { showRefresh, suspension } from './refreshes.ts';

/** How long after a hold its suspension may be missing from what is read before the hold is asked for again. */
export const HOLD_VISIBLE_WITHIN_SECONDS = 60;

/**
 * Decides at and between the checkpoints of our refresh while it moves on. Nothing here looks for harm: that was
 * asked before. Hold first, judge second; Auto Scaling goes on by itself when its checkpoint delay ends.
 */
export function decideCheckpoint(view: ForwardView, refresh: RefreshObservation): ForwardDecision {
  const { hold } = view.observation.rollout;
  if (hold !== undefined) return decideHeld(view, hold);
  const suspended = suspension(view.observation.group, 'InstanceRefresh');
  if (suspended !== undefined) {
    return waitFor(
      view,
      `process InstanceRefresh is suspended, and not by Kiln (${suspended.reason}); ${showRefresh(refresh)}`,
      'whoever suspended InstanceRefresh resumes it',
      'the fleet goes back',
    );
  }
  const percent = highestReached(view, refresh);
  if (percent === undefined) return awaitNext(view, refresh);
  return heldOrPassed(view, refresh, percent);
}

/** The highest checkpoint but the last that is reached and not judged. Small groups reach several at once. */
function highestReached(view: ForwardView, refresh: RefreshObservation): number | undefined {
  const { counts, observation } = view;
  return view.policy.checkpoints
    .map((checkpoint) => checkpoint.percent)
    .filter(
      (percent) =>
        percent < 100 &&
        percent > observation.rollout.judgedPercent &&
        counts.healthy >= Math.max(1, shareOf(counts.desired, percent)) &&
        refresh.percentageComplete >= percent,
    )
    .at(-1);
}

function heldOrPassed(
  view: ForwardView,
  refresh: RefreshObservation,
  percent: number,
): ForwardDecision {
  const { counts, gates } = view;
  const needed = Math.max(1, shareOf(counts.desired, percent));
  const reached = `checkpoint ${percent} % reached: ${counts.healthy} healthy instances of version ${counts.version} >= ${needed} of ${counts.desired}`;
  if (wentOn(view, refresh, percent, needed) && gates.combined.kind === 'green') {
    return resume(
      view,
      percent,
      `${reached}; Auto Scaling went on (${refresh.percentageComplete} % replaced), judged at once: green: ${gates.combined.reason}`,
    );
  }
  return hold(view, percent, `${reached}; ${gates.combined.kind}: ${gates.combined.reason}`);
}

/**
 * Whether Auto Scaling has clearly gone on past a checkpoint that nobody held. More new instances than the checkpoint
 * needs are no sign of it: a scale-out, or an old instance that died, is replaced by a new one while the refresh pauses, and
 * may count as one replaced.
 */
function wentOn(
  { policy, counts }: ForwardView,
  { percentageComplete }: RefreshObservation,
  percent: number,
  needed: number,
): boolean {
  const next = policy.checkpoints.find((checkpoint) => checkpoint.percent > percent);
  if (next !== undefined && percentageComplete >= next.percent) return true;
  return percentageComplete * counts.desired > (needed + 1) * 100;
}

function decideHeld(view: ForwardView, held: Hold): ForwardDecision {
  const { nowMs, gates, observation, policy } = view;
  const percent = held.checkpointPercent;
  if (observation.rollout.judgedPercent >= percent) {
    return resume(view, percent, `checkpoint ${percent} % was judged green before`);
  }
  const { sinceMs, endMs, holdSeconds } = holdTimes(view, held);
  const age = `held at checkpoint ${percent} % for ${showSince(sinceMs, nowMs)} (holdSeconds ${holdSeconds})`;
  const judged = `${gates.combined.kind}: ${gates.combined.reason}`;
  const limitMs = inconclusiveFromMs(view, endMs) + policy.limits.inconclusiveSeconds * 1000;
  if (nowMs >= endMs && gates.combined.kind === 'green') {
    return resume(view, percent, `${age}; ${judged}`);
  }
  const asking = nowMs >= endMs ? awaitApproval(view, age, sinceMs) : undefined;
  if (asking?.kind === 'roll-back') return asking;
  if (nowMs >= limitMs && asking === undefined) {
    return rollBack(
      view,
      `${age}, ${showSince(endMs, nowMs)} past its end >= inconclusiveSeconds ${policy.limits.inconclusiveSeconds}; ${judged}`,
    );
  }
  if (lostSuspension(view, held)) {
    return hold(view, percent, `${age}, but process InstanceRefresh is not suspended: held again`);
  }
  if (asking !== undefined) return asking;
  if (nowMs < endMs) {
    return waitFor(
      view,
      `${age}; ${judged}`,
      `the hold ends at ${showInstant(endMs)}`,
      'it is judged',
      endMs,
      sinceMs,
    );
  }
  return waitFor(
    view,
    `${age}; ${judged}`,
    'the gates become conclusive',
    'the fleet goes back',
    limitMs,
  );
}

function holdTimes(view: ForwardView, held: Hold) {
  const checkpoint = view.policy.checkpoints.find((one) => one.percent === held.checkpointPercent);
  const holdSeconds = checkpoint?.holdSeconds ?? longestHold(view);
  const sinceMs = instantMs(held.since);
  return { holdSeconds, sinceMs, endMs: sinceMs + holdSeconds * 1000 };
}

/** For a hold at a checkpoint that the policy does not know (a policy that changed under us): the careful choice. */
const longestHold = (view: ForwardView): number =>
  Math.max(...view.policy.checkpoints.map((checkpoint) => checkpoint.holdSeconds));

/**
 * Whether a suspension of Kiln's was lifted under it. One that a person had made before is not made again when that
 * person lifts it: the hold goes on as a watch, and exposure stays bounded.
 */
function lostSuspension(view: ForwardView, held: Hold): boolean {
  return (
    held.ours &&
    suspension(view.observation.group, 'InstanceRefresh') === undefined &&
    view.nowMs >= instantMs(held.since) + HOLD_VISIBLE_WITHIN_SECONDS * 1000
  );
}

function awaitNext(view: ForwardView, refresh: RefreshObservation): ForwardDecision {
  const { counts } = view;
  const next = view.policy.checkpoints.find(
    ({ percent }) => percent < 100 && percent > view.observation.rollout.judgedPercent,
  );
  const progress = `${counts.healthy} of ${counts.desired} healthy on version ${counts.version}; ${showRefresh(refresh)}`;
  const awaited =
    next === undefined
      ? 'the refresh ends'
      : `checkpoint ${next.percent} % (${Math.max(1, shareOf(counts.desired, next.percent))} instances)`;
  return waitFor(view, progress, awaited, 'the fleet goes back');
}

const hold = (view: ForwardView, checkpointPercent: number, reason: string): HoldDecision => ({
  kind: 'hold',
  reason,
  checkpointPercent,
  parkSeconds: nextPark(
    view,
    view.nowMs + Math.max(1, holdSecondsAt(view, checkpointPercent)) * 1000,
  ),
});

const holdSecondsAt = (view: ForwardView, percent: number): number =>
  view.policy.checkpoints.find((one) => one.percent === percent)?.holdSeconds ?? longestHold(view);

const resume = (view: ForwardView, checkpointPercent: number, reason: string): Resume => ({
  kind: 'resume',
  reason,
  checkpointPercent,
  parkSeconds: nextPark(view),
});
