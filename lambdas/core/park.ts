import type { ParkUntil, Wait } from './decision.ts';
import { showInstant } from './durations.ts';

/**
 * The shortest park. A function that starts cold may take ten seconds and more to its first look, and what it then
 * sends to a task that has timed out is lost: with less than this a park could end before every look, for ever. What is
 * awaited is seen at most so much later.
 */
export const SHORTEST_PARK_SECONDS = 30;

/** Whole seconds from now to the instant, as long as a park at least. */
export const secondsUntil = (instantMs: number, nowMs: number): number =>
  Math.max(SHORTEST_PARK_SECONDS, Math.ceil((instantMs - nowMs) / 1000));

/**
 * A park that outlasts the wait by less than this is left alone: parking anew costs two transitions, and a task is
 * parked a moment after its deadline was worked out.
 */
export const PARK_SLACK_SECONDS = 20;

/**
 * A park is left for a longer one when that is at least so many times as long. The safety net repeats a park with its
 * length, one transition each, and leaving it costs two: it pays soon where waits grow long, and is done a few times in each.
 */
export const LONGER_BY = 1.25;

/**
 * What a look answers when there is nothing to do yet. A parked timeout cannot be changed, so a wait that ends
 * before the parked deadline leaves the park and parks anew for as long as is right, unless the shortest park would last
 * as long as what is left of this one: each park begins with a look, which would only park anew again. That first look
 * also leaves a park that is much too short.
 *
 * @param begunSeconds the length of the park, for the look that it begins with
 */
export function parkOrWait(
  wait: Wait,
  parkedDeadlineMs: number,
  nowMs: number,
  begunSeconds = Number.POSITIVE_INFINITY,
): Wait | ParkUntil {
  const wantedSeconds = (wait.lookAgainAtMs - nowMs) / 1000;
  if (wantedSeconds >= LONGER_BY * begunSeconds) return parkUntil(wait, parkedDeadlineMs, nowMs);
  const soonestMs = Math.max(
    wait.lookAgainAtMs + PARK_SLACK_SECONDS * 1000,
    nowMs + SHORTEST_PARK_SECONDS * 1000,
  );
  return soonestMs >= parkedDeadlineMs ? wait : parkUntil(wait, parkedDeadlineMs, nowMs);
}

const parkUntil = (wait: Wait, parkedDeadlineMs: number, nowMs: number): ParkUntil => ({
  kind: 'park-until',
  reason: `${wait.reason}; look again at ${showInstant(wait.lookAgainAtMs)}, parked until ${showInstant(parkedDeadlineMs)}`,
  parkSeconds: secondsUntil(wait.lookAgainAtMs, nowMs),
});
