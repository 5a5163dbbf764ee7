import { showInstant, showSeconds, showSince } from './durations.ts';

/** How long a version is watched: so long, and until so much was seen of it, whichever is later, within a bound. */
export interface SoakPolicy {
  readonly soakSeconds: number;
  readonly evidence?:
    | {
        readonly what: 'requests' | 'samples';
        readonly min: number;
        /** The soak waits for evidence no longer than this, from its begin. At least `soakSeconds`. */
        readonly soakSecondsMax: number;
      }
    | undefined;
}

export type SoakState =
  | { readonly kind: 'soaking'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'soaked'; readonly reason: string }
  /** The bound is reached without the evidence: too little was seen to call the version good. */
  | { readonly kind: 'starved'; readonly reason: string };

/**
 * Where a soak stands. `seen`: requests or samples of the new version since `sinceMs`; undefined when they could not be
 * read, which is never evidence.
 */
export function judgeSoak(
  { soakSeconds, evidence }: SoakPolicy,
  sinceMs: number,
  seen: number | undefined,
  nowMs: number,
): SoakState {
  const age = `soaked for ${showSince(sinceMs, nowMs)} (soakSeconds ${soakSeconds})`;
  const soakEndMs = sinceMs + soakSeconds * 1000;
  const soaking = (untilMs: number, more = ''): SoakState => ({
    kind: 'soaking',
    untilMs,
    reason: `${age}${more}; until ${showInstant(untilMs)}`,
  });
  if (evidence === undefined) {
    return nowMs < soakEndMs ? soaking(soakEndMs) : { kind: 'soaked', reason: age };
  }
  const { what, min, soakSecondsMax } = evidence;
  const enough = seen !== undefined && seen >= min;
  const count = `, ${seen ?? 'unreadable'} ${what} ${enough ? '>=' : 'of'} ${min}`;
  if (nowMs < soakEndMs) return soaking(soakEndMs, count);
  if (enough) return { kind: 'soaked', reason: `${age}${count}` };
  const boundMs = sinceMs + Math.max(soakSeconds, soakSecondsMax) * 1000;
  if (nowMs < boundMs) return soaking(boundMs, count);
  const reason = `${age}${count} at its bound of ${showSeconds((boundMs - sinceMs) / 1000)}`;
  return { kind: 'starved', reason };
}
