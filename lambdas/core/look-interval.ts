import type { LookPolicy } from './policy.ts';

/** After so many looks of one length the next one may take twice as long. */
export const LOOKS_OF_A_LENGTH = 24;

/**
 * Seconds until the next look while nothing is waited for but a clock or a person: as many as usual at first, twice as
 * many whenever the wait is as old as 24 looks of the length before, and never more than the catalogue says. So what
 * nobody reports is seen within a twelfth of the time for which all went well, or within the usual look.
 *
 * @param ageSeconds how old the wait is
 */
export function lookSeconds(
  { refreshSeconds, waitingSeconds = refreshSeconds }: LookPolicy,
  ageSeconds: number,
): number {
  let seconds = refreshSeconds;
  while (seconds < waitingSeconds && ageSeconds >= LOOKS_OF_A_LENGTH * seconds) {
    seconds = Math.min(2 * seconds, waitingSeconds);
  }
  return seconds;
}
