import type { WayBackDecision } from './decision.ts';
import { instantMs, showInstant, showSeconds } from './durations.ts';
import { showVersions } from './instances.ts';
import { newestRefreshTo } from './refreshes.ts';
import { pauseSeconds } from './way-back-ladder.ts';
import {
  escalate,
  NOTHING_BEGUN,
  nextPark,
  overdueOrHeld,
  personsSuspension,
  tooLong,
  type WayBackView,
  waitOnTheWay,
} from './way-back-view.ts';

/** How long what was just asked for, or has just ended, may not show in what is read. */
const VISIBLE_WITHIN_SECONDS = 60;

/**
 * How long a forward refresh that was asked for may not show yet. Until then a fleet that looks untouched is no proof:
 * that refresh may be about to move it.
 */
export const FORWARD_VISIBLE_WITHIN_SECONDS = 90;

/**
 * How long a fleet that is of one version again may take until all its instances are healthy. Past it the way back is
 * complete all the same, and says so: one version is what it promises, and an unhealthy instance of the recorded
 * version is Auto Scaling's to replace.
 */
export const HEALTHY_WITHIN_SECONDS = 900;

/** Decides on the way back while no refresh is active. */
export function decideAtRest(view: WayBackView): WayBackDecision {
  const { rollout } = view.observation;
  const held = rollout.hold === undefined ? undefined : overdueOrHeld(view, 'no refresh is active');
  if (held !== undefined) return held;
  const forwardMs = forwardShowsByMs(view);
  if (forwardMs !== undefined && view.nowMs < forwardMs) {
    return waitOnTheWay(
      view,
      `no refresh is active; the forward refresh that was asked for at ${rollout.refreshRequestedAt} does not show yet`,
      `it shows, by ${showInstant(forwardMs)}`,
      'there is none',
      forwardMs,
    );
  }
  const left = whatIsLeft(view);
  if (left === undefined) return finish(view);
  if (view.nowMs >= view.deadlineMs) {
    return escalate(view, `${tooLong(view)}; ${left}`);
  }
  const settledMs = settledAtMs(view);
  if (view.nowMs < settledMs) {
    return waitOnTheWay(
      view,
      left,
      `what AWS was last asked for shows, by ${showInstant(settledMs)}`,
      'the next attempt is decided',
      settledMs,
    );
  }
  return attempt(view, left);
}

function attempt(view: WayBackView, left: string): WayBackDecision {
  const step = view.ladder[view.attempts];
  if (view.endsOnly) return escalate(view, `${NOTHING_BEGUN}; ${left}`);
  if (step === undefined) {
    return escalate(view, `${view.attempts} of ${view.ladder.length} attempts to go back; ${left}`);
  }
  const suspended = personsSuspension(view);
  if (suspended !== undefined) {
    return waitOnTheWay(view, `${left}; ${suspended}`, 'whoever suspended them resumes them');
  }
  const pause = pauseSeconds(view.attempts);
  const startMs = lastEndMs(view) + pause * 1000;
  const next = `attempt ${view.attempts + 1} of ${view.ladder.length}, ${step.min} to ${step.max} % healthy`;
  if (view.nowMs < startMs) {
    return waitOnTheWay(
      view,
      `${left}; pause of ${showSeconds(pause)} before ${next}`,
      `the pause ends at ${showInstant(startMs)}`,
      'the next attempt starts',
      startMs,
    );
  }
  return {
    kind: 'start-back',
    reason: `${left}; ${next}`,
    attempt: view.attempts + 1,
    minHealthyPercent: step.min,
    maxHealthyPercent: step.max,
    parkSeconds: nextPark(view),
  };
}

/** What keeps the fleet from being of one version; undefined when nothing does. */
function whatIsLeft({ counts, savedVersion, observation }: WayBackView): string | undefined {
  if (counts.others > 0) {
    return `${counts.others} instances are not on version ${counts.version}: ${showVersions(observation.group)}`;
  }
  if (savedVersion !== counts.version) {
    return `the group's saved launch template version is ${savedVersion ?? 'unreadable'}, not ${counts.version}`;
  }
  return undefined;
}

function finish(view: WayBackView): WayBackDecision {
  const { counts, nowMs } = view;
  const healthy = `${counts.healthy} of ${counts.desired} healthy`;
  const one = `the group and all ${counts.live} instances are on version ${counts.version}, ${healthy}`;
  const limitMs = Math.min(
    view.deadlineMs,
    Math.max(view.sinceMs, lastEndMs(view)) + HEALTHY_WITHIN_SECONDS * 1000,
  );
  if (counts.healthy >= counts.desired) {
    return { kind: 'complete', reason: one, parkSeconds: nextPark(view) };
  }
  if (nowMs >= limitMs) {
    const age = showSeconds(HEALTHY_WITHIN_SECONDS);
    // A fleet that nothing can be launched for is of no version: it is down, and waiting mends nothing.
    if (counts.live === 0) {
      return escalate(view, `nothing runs, of ${counts.desired} instances, for longer than ${age}`);
    }
    const reason = `${one}, not waited for longer than ${age} or the deadline of the way back: Auto Scaling replaces what is unhealthy`;
    return { kind: 'complete', reason, parkSeconds: nextPark(view) };
  }
  const then = counts.live === 0 ? 'a person is called' : 'it is complete as it is';
  return waitOnTheWay(view, one, 'all instances are healthy', then, limitMs);
}

/** Until when a forward refresh that was asked for may still show; undefined when none was, or when it does. */
function forwardShowsByMs({ observation }: WayBackView): number | undefined {
  const { to, refreshRequestedAt } = observation.rollout;
  if (to?.launchTemplateVersion === undefined || refreshRequestedAt === undefined) return undefined;
  const askedMs = instantMs(refreshRequestedAt);
  const seen = newestRefreshTo(observation.refreshes, to.launchTemplateVersion, askedMs);
  return seen === undefined ? askedMs + FORWARD_VISIBLE_WITHIN_SECONDS * 1000 : undefined;
}

/** When the newest refresh ended or the last attempt was asked for, whichever is later. */
function lastEndMs({ observation, sinceMs }: WayBackView): number {
  const { lastAttemptAt } = observation.rollout.wayBack ?? {};
  const asked = lastAttemptAt === undefined ? sinceMs : instantMs(lastAttemptAt);
  return Math.max(asked, observation.refreshes[0]?.endedAtMs ?? asked);
}

/**
 * Until then a look may be too early: an attempt that was just asked for may not be visible, and after a refresh
 * back that has just succeeded, the instances that it replaced may still be.
 */
function settledAtMs({ observation, counts, sinceMs }: WayBackView): number {
  const { lastAttemptAt } = observation.rollout.wayBack ?? {};
  const askedMs = lastAttemptAt === undefined ? sinceMs : instantMs(lastAttemptAt);
  const back = newestRefreshTo(observation.refreshes, counts.version, askedMs);
  if (lastAttemptAt !== undefined && back === undefined) {
    return askedMs + VISIBLE_WITHIN_SECONDS * 1000;
  }
  if (back?.status === 'Successful' && back.endedAtMs !== undefined) {
    return back.endedAtMs + VISIBLE_WITHIN_SECONDS * 1000;
  }
  return 0;
}
