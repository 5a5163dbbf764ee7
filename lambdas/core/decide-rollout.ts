import { decideCheckpoint } from './decide-checkpoint.ts';
import { decideSoak } from './decide-soak.ts';
import type { ForwardDecision } from './decision.ts';
import { instantMs, showSeconds, showSince } from './durations.ts';
import { type ForwardView, rollBack, waitFor } from './forward-view.ts';
import { shareOf } from './instances.ts';
import { type Owner, refuseWhenOutbid } from './ownership.ts';
import type { FleetPolicy } from './policy.ts';
import { isActive, isMovingOn, showRefresh } from './refreshes.ts';

/** How long a refresh that was asked for may stay invisible (reads are eventually consistent) before that is a failure. */
export const VISIBLE_WITHIN_SECONDS = 300;

/**
 * Decides what a forward rollout does next. Bad news first: whatever speaks against the new version, or against our
 * knowing it, ends the rollout before anything good is asked. Every wait ends at the rollout's deadline at the latest.
 */
export function decideForward(view: ForwardView, owner: Owner): ForwardDecision {
  const { observation, policy } = view;
  const outbid = refuseWhenOutbid(`fleet ${policy.name}`, observation.lock, owner);
  if (outbid !== undefined) return outbid;
  const harm =
    alreadyGoingBack(view) ??
    brokenRefresh(view) ??
    foreignRefresh(view) ??
    redGate(view) ??
    overexposed(view) ??
    unreadableTooLong(view) ??
    tooOld(view);
  if (harm !== undefined) return rollBack(view, harm);
  if (view.refresh === undefined) return awaitVisible(view);
  return view.refresh.status === 'Successful'
    ? decideSoak(view, view.refresh)
    : decideCheckpoint(view, view.refresh);
}

/** Back is never forward again: a look that finds the way back decided only repeats it. */
function alreadyGoingBack({ observation }: ForwardView): string | undefined {
  if (observation.rollout.direction === 'forward') return undefined;
  return `the way back was decided before: ${observation.rollout.wayBack?.reason ?? 'no reason recorded'}`;
}

function brokenRefresh({ refresh }: ForwardView): string | undefined {
  if (refresh === undefined || isMovingOn(refresh) || refresh.status === 'Successful') {
    return undefined;
  }
  return showRefresh(refresh);
}

/** One refresh at a time may be active, so another one's being active means that ours is not the one that moves the fleet. */
function foreignRefresh({ observation, refresh }: ForwardView): string | undefined {
  const foreign = observation.refreshes.find((one) => isActive(one) && one !== refresh);
  if (foreign === undefined) return undefined;
  return `a refresh that is not ours is under way to version ${foreign.desiredLaunchTemplateVersion ?? 'unknown'}: ${showRefresh(foreign)}`;
}

function redGate({ gates }: ForwardView): string | undefined {
  return gates.combined.kind === 'red' ? `red: ${gates.combined.reason}` : undefined;
}

/** More new instances than the next checkpoint may show, before that one was judged: a scale-out, or AWS went on. */
function overexposed({ observation, policy, counts }: ForwardView): string | undefined {
  const { judgedPercent, hold } = observation.rollout;
  const bound = Math.max(hold?.checkpointPercent ?? 0, nextPercent(policy, judgedPercent));
  if (bound >= 100) return undefined;
  const share = Math.min(100, bound + policy.exposureTolerancePercent);
  const allowed = shareOf(counts.desired, share);
  if (counts.exposed <= allowed) return undefined;
  return `overexposed: ${counts.exposed} instances of version ${counts.version} > ${allowed} (${bound} % and tolerance ${policy.exposureTolerancePercent} % of ${counts.desired}) before checkpoint ${bound} % was judged`;
}

const nextPercent = (policy: FleetPolicy, judgedPercent: number): number =>
  policy.checkpoints.find((checkpoint) => checkpoint.percent > judgedPercent)?.percent ?? 100;

function unreadableTooLong({
  gates,
  unreadableUntilMs,
  policy,
  nowMs,
}: ForwardView): string | undefined {
  if (unreadableUntilMs === undefined || nowMs < unreadableUntilMs) return undefined;
  const limit = policy.limits.unreadableSeconds;
  const since = showSince(unreadableUntilMs - limit * 1000, nowMs);
  return `gates unreadable for ${since} >= unreadableSeconds ${limit}: ${gates.combined.reason}`;
}

function tooOld({ observation, deadlineMs, policy, nowMs }: ForwardView): string | undefined {
  if (nowMs < deadlineMs) return undefined;
  const age = showSince(instantMs(observation.rollout.startedAt), nowMs);
  return `rollout is ${age} old >= rolloutSeconds ${policy.limits.rolloutSeconds}`;
}

function awaitVisible(view: ForwardView): ForwardDecision {
  const { rollout } = view.observation;
  const sinceMs = instantMs(rollout.refreshRequestedAt ?? rollout.startedAt);
  const untilMs = sinceMs + VISIBLE_WITHIN_SECONDS * 1000;
  const reason = `no refresh to version ${view.counts.version} is visible, ${showSince(sinceMs, view.nowMs)} after it was asked for`;
  if (view.nowMs >= untilMs) {
    return rollBack(view, `${reason} >= ${showSeconds(VISIBLE_WITHIN_SECONDS)}`);
  }
  return waitFor(view, reason, 'the refresh becomes visible', 'the fleet goes back', untilMs);
}
