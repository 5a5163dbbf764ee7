import type { Complete, Wait } from './decision.ts';
import { showInstant } from './durations.ts';
import type { RefreshObservation } from './observation.ts';
import type { FleetPolicy, LookPolicy } from './policy.ts';
import { isActive, showRefresh } from './refreshes.ts';

/**
 * Waits for a refresh that is not ours. Complete means: survey again. That is so when it has ended, and when it has
 * been waited for long enough, because then the survey refuses.
 */
export function decideForeign(
  refreshes: readonly RefreshObservation[],
  policy: FleetPolicy,
  look: LookPolicy,
  askedAtMs: number,
  nowMs: number,
): Wait | Complete {
  const active = refreshes.find(isActive);
  const limitMs = askedAtMs + policy.limits.foreignRefreshSeconds * 1000;
  if (active === undefined) {
    return { kind: 'complete', reason: 'no other refresh is active', parkSeconds: 60 };
  }
  if (nowMs >= limitMs) {
    const reason = `${showRefresh(active)}, not ours, still active at ${showInstant(limitMs)}`;
    return { kind: 'complete', reason, parkSeconds: 60 };
  }
  return {
    kind: 'wait',
    reason: `${showRefresh(active)}, not ours`,
    lookAgainAtMs: Math.min(limitMs, nowMs + look.refreshSeconds * 1000),
    awaiting: `the other refresh ends; at ${showInstant(limitMs)} at the latest the fleet is refused`,
  };
}
