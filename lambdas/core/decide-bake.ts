import type { BakeDecision } from './decision.ts';
import { earliest, showInstant, showSince } from './durations.ts';
import type { BakeObservation } from './observation.ts';
import { type Owner, refuseWhenOutbid } from './ownership.ts';
import type { ImagePolicy, LookPolicy } from './policy.ts';
import { quoteAws } from './refreshes.ts';

/** Image states on the way to `AVAILABLE` (Image Builder API, `ImageState`); any other is an end. */
const UNDER_WAY: ReadonlySet<string> = new Set([
  'PENDING',
  'CREATING',
  'BUILDING',
  'TESTING',
  'DISTRIBUTING',
  'INTEGRATING',
]);

/** Scan states that no longer change (Image Builder API, `ImageScanState`). */
export const SCAN_ENDS: ReadonlySet<string> = new Set([
  'COMPLETED',
  'ABANDONED',
  'FAILED',
  'TIMED_OUT',
]);

/**
 * Decides whether a bake is done. The bake itself has `bakeLimitSeconds` from the request; from when the image was
 * first seen available its scan has `scanLimitSeconds`. A scan that is not there by then completes the bake all the
 * same: it is inspect that refuses the version, so that the version is recorded as refused and why.
 */
export function decideBake(
  observation: BakeObservation,
  policy: ImagePolicy,
  look: LookPolicy,
  owner: Owner,
  requestedAtMs: number,
  availableSinceMs: number | undefined,
  nowMs: number,
): BakeDecision {
  const outbid = refuseWhenOutbid(`image ${policy.name}`, observation.claim, owner);
  if (outbid !== undefined) return outbid;
  const { status, imageId } = observation;
  const parkSeconds = look.bakeSeconds;
  if (status !== 'AVAILABLE' && !UNDER_WAY.has(status)) {
    const reason = `the bake ended ${status} after ${showSince(requestedAtMs, nowMs)}: ${quoteAws(observation.reason)}`;
    return { kind: 'fail', cancelBake: false, reason, parkSeconds };
  }
  if (status === 'AVAILABLE' && imageId !== undefined) {
    return decideScan(observation, imageId, policy, look, availableSinceMs ?? nowMs, nowMs);
  }
  const what = status === 'AVAILABLE' ? 'AVAILABLE without an AMI id' : status;
  const age = `${what}, ${showSince(requestedAtMs, nowMs)} after it was asked for`;
  const limitMs = requestedAtMs + policy.bakeLimitSeconds * 1000;
  if (nowMs >= limitMs) {
    return {
      kind: 'fail',
      cancelBake: status !== 'AVAILABLE',
      reason: `${age} >= bakeLimitSeconds ${policy.bakeLimitSeconds}`,
      parkSeconds,
    };
  }
  return {
    kind: 'wait',
    reason: age,
    lookAgainAtMs: earliest(limitMs, nowMs + look.bakeSeconds * 1000),
    awaiting: `the image is available; at ${showInstant(limitMs)} at the latest the bake is cancelled`,
  };
}

function decideScan(
  { scanStatus }: BakeObservation,
  imageId: string,
  { inspection }: ImagePolicy,
  look: LookPolicy,
  availableSinceMs: number,
  nowMs: number,
): BakeDecision {
  const limitMs = availableSinceMs + inspection.scanLimitSeconds * 1000;
  const complete = (reason: string): BakeDecision => ({
    kind: 'complete',
    reason: `image ${imageId} is available; ${reason}`,
    imageId,
    parkSeconds: look.bakeSeconds,
  });
  if (inspection.scan === 'off') return complete('findings are not looked at');
  if (scanStatus !== undefined && SCAN_ENDS.has(scanStatus)) return complete(`scan ${scanStatus}`);
  const age = `scan ${scanStatus ?? 'not begun'} ${showSince(availableSinceMs, nowMs)} after the image was available`;
  if (nowMs >= limitMs) {
    return complete(`${age} >= scanLimitSeconds ${inspection.scanLimitSeconds}: inspect judges`);
  }
  return {
    kind: 'wait',
    reason: age,
    lookAgainAtMs: earliest(limitMs, nowMs + look.bakeSeconds * 1000),
    awaiting: `the scan ends; at ${showInstant(limitMs)} at the latest inspect judges without it`,
  };
}
