import { instantMs, showInstant } from './durations.ts';
import { ErrorName, KilnError } from './errors.ts';

/**
 * How long whoever asked before may still be about to make its call: longer than a function of ours can live (60 s), with
 * time for what it made to show.
 */
export const ASKED_SECONDS = 90;

/**
 * For acts that AWS would do twice when asked twice: who asks writes so first, and whoever finds that written, and nothing
 * made, waits until nobody can be about to make it.
 *
 * @throws KilnError Busy while the one who asked may still be at it
 */
export function refuseWhileAsked(what: string, askedAt: string, nowMs: number): void {
  if (nowMs >= instantMs(askedAt) + ASKED_SECONDS * 1000) return;
  throw new KilnError(
    ErrorName.Busy,
    `${what} was asked for at ${showInstant(instantMs(askedAt))} and does not show yet`,
  );
}
