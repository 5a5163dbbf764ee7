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
 * What a look answers when there is nothing to do yet. A parked timeout cannot be shortened, so a wait that ends
 * before the parked deadline leaves the park and parks anew for as long as is right, unless the shortest park would last
 * as long as what is left of this one: each park begins with a look, which would only park anew again.
 */
export function parkOrWait(wait: Wait, parkedDeadlineMs: number, nowMs: number): Wait | ParkUntil {
  const soonestMs = Math.max(
    wait.lookAgainAtMs + PARK_SLACK_SECONDS * 1000,
    nowMs + SHORTEST_PARK_SECONDS * 1000,
  );
  if (soonestMs >= parkedDeadlineMs) return wait;
  return {
    kind: 'park-until',
    reason: `${wait.reason}; look again at ${showInstant(wait.lookAgainAtMs)}, parked until ${showInstant(parkedDeadlineMs)}`,
    parkSeconds: secondsUntil(wait.lookAgainAtMs, nowMs),
  };
}
