import { decideAtRest } from './decide-way-back-at-rest.ts';
import type { CancelRefresh, WayBackDecision } from './decision.ts';
import { instantMs, showSince } from './durations.ts';
import type { FleetObservation, RefreshObservation } from './observation.ts';
import { type Owner, refuseWhenOutbid } from './ownership.ts';
import type { FleetPolicy, LookPolicy } from './policy.ts';
import { isActive, isMovingOn, showRefresh } from './refreshes.ts';
import {
  escalate,
  NOTHING_BEGUN,
  nextPark,
  overdueOrHeld,
  personsSuspension,
  tooLong,
  type WayBackView,
  waitOnTheWay,
  wayBackView,
} from './way-back-view.ts';

/**
 * Decides what the way back does next, whatever it finds: it ends with a fleet of exactly one version, the recorded
 * one, or with a person. Gates are never asked, and a suspension that a person made is never lifted.
 */
export function decideWayBack(
  observation: Omit<FleetObservation, 'gates'>,
  policy: FleetPolicy,
  look: LookPolicy,
  owner: Owner,
  nowMs: number,
): WayBackDecision {
  const outbid = refuseWhenOutbid(`fleet ${policy.name}`, observation.lock, owner);
  if (outbid !== undefined) return outbid;
  const view = wayBackView(observation, policy, look, nowMs);
  const active = observation.refreshes.find(isActive);
  return active === undefined ? decideAtRest(view) : decideUnderWay(view, active);
}

/**
 * How long past the deadline a forward refresh is still cancelled: it does more harm every minute, and whoever could not
 * look before must have tried. Past it the cancellation fails for good.
 */
export const STILL_CANCELLED_FOR_SECONDS = 900;

function decideUnderWay(view: WayBackView, active: RefreshObservation): WayBackDecision {
  const { from, to } = view.observation.rollout;
  const leads = active.desiredLaunchTemplateVersion;
  const forward = leads !== undefined && leads === to?.launchTemplateVersion;
  if (forward && isMovingOn(active)) {
    const found = `${showRefresh(active)}, forward to version ${leads}`;
    return view.nowMs < view.deadlineMs + STILL_CANCELLED_FOR_SECONDS * 1000
      ? cancel(view, active, found)
      : escalate(view, `${tooLong(view)}; ${found}, could not be cancelled`);
  }
  if (active.status === 'Cancelling') return awaitCancelled(view, active);
  if (forward || leads === from.launchTemplateVersion) return adopt(view, active);
  return awaitForeign(view, active);
}

function awaitCancelled(view: WayBackView, active: RefreshObservation): WayBackDecision {
  const found = showRefresh(active);
  return overdueOrHeld(view, found) ?? waitOnTheWay(view, found, 'the refresh is cancelled');
}

/** A refresh that leads back already, Kiln's or Auto Scaling's own rollback, is let go on as long as it does. */
function adopt(view: WayBackView, active: RefreshObservation): WayBackDecision {
  const found = `${showRefresh(active)}, back to version ${view.counts.version}: ${view.counts.healthy} of ${view.counts.desired} healthy on it`;
  const first = overdueOrHeld(view, found);
  if (first !== undefined) return first;
  const suspended = personsSuspension(view);
  if (suspended !== undefined) {
    return waitOnTheWay(view, `${found}; ${suspended}`, 'whoever suspended them resumes them');
  }
  const stallMs = stalledSinceMs(view, active) + view.policy.limits.wayBackStallSeconds * 1000;
  if (view.endsOnly) return waitOnTheWay(view, `${found}; ${NOTHING_BEGUN}`, 'the refresh ends');
  if (view.attempts >= view.ladder.length) {
    return waitOnTheWay(view, `${found}; the last attempt`, 'the refresh ends');
  }
  if (view.nowMs >= stallMs) {
    const age = showSince(stalledSinceMs(view, active), view.nowMs);
    return cancel(
      view,
      active,
      `${found}; not one more for ${age} >= wayBackStallSeconds ${view.policy.limits.wayBackStallSeconds}: the next attempt is gentler`,
    );
  }
  return waitOnTheWay(
    view,
    found,
    'the refresh ends',
    'it is cancelled unless one more instance was replaced, and begun anew, gentler',
    stallMs,
  );
}

/** The latest instant at which this refresh is known to have got on: its start, or one more instance on the way. */
function stalledSinceMs(view: WayBackView, active: RefreshObservation): number {
  const { wayBack } = view.observation.rollout;
  const { progress } = wayBack ?? {};
  const known = [
    view.sinceMs,
    active.startedAtMs,
    wayBack?.lastAttemptAt === undefined ? undefined : instantMs(wayBack.lastAttemptAt),
    progress === undefined ? undefined : instantMs(progress.since),
    progress !== undefined && view.counts.healthy > progress.instances ? view.nowMs : undefined,
  ];
  return Math.max(...known.filter((ms) => ms !== undefined));
}

/** Never fought: whoever started it may know more. Waited for, up to a limit; of a blocked fleet it is the person's. */
function awaitForeign(view: WayBackView, active: RefreshObservation): WayBackDecision {
  const { foreignRefreshSeconds } = view.policy.limits;
  const found = `${showRefresh(active)}, not ours, to version ${active.desiredLaunchTemplateVersion ?? 'unknown'}`;
  const first = overdueOrHeld(view, found);
  if (first !== undefined) return first;
  if (view.endsOnly) return escalate(view, `${NOTHING_BEGUN}; ${found}`);
  const sinceMs = Math.max(view.sinceMs, active.startedAtMs ?? view.sinceMs);
  const limitMs = sinceMs + foreignRefreshSeconds * 1000;
  if (view.nowMs >= limitMs) {
    const age = showSince(sinceMs, view.nowMs);
    return escalate(
      view,
      `${found}, waited for ${age} >= foreignRefreshSeconds ${foreignRefreshSeconds}`,
    );
  }
  return waitOnTheWay(view, found, 'the foreign refresh ends', 'a person is called', limitMs);
}

const cancel = (view: WayBackView, active: RefreshObservation, reason: string): CancelRefresh => ({
  kind: 'cancel',
  reason,
  instanceRefreshId: active.instanceRefreshId,
  parkSeconds: nextPark(view),
});
