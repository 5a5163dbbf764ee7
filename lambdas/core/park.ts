import type { ParkUntil, Wait } from './decision.ts';
import { showInstant } from './durations.ts';

/** Whole seconds from now to the instant, at least 1: Step Functions refuses a task timeout of 0. */
export const secondsUntil = (instantMs: number, nowMs: number): number =>
  Math.max(1, Math.ceil((instantMs - nowMs) / 1000));

/**
 * A park that outlasts the wait by less than this is left alone: parking anew costs two transitions, and a task is
 * parked a moment after its deadline was worked out.
 */
export const PARK_SLACK_SECONDS = 20;

/**
 * What a look answers when there is nothing to do yet. A parked timeout cannot be shortened, so a wait that ends
 * before the parked deadline leaves the park and parks anew for exactly as long as is right.
 */
export function parkOrWait(wait: Wait, parkedDeadlineMs: number, nowMs: number): Wait | ParkUntil {
  if (wait.lookAgainAtMs + PARK_SLACK_SECONDS * 1000 >= parkedDeadlineMs) return wait;
  return {
    kind: 'park-until',
    reason: `${wait.reason}; look again at ${showInstant(wait.lookAgainAtMs)}, parked until ${showInstant(parkedDeadlineMs)}`,
    parkSeconds: secondsUntil(wait.lookAgainAtMs, nowMs),
  };
}
