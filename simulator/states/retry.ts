/** Which retrier takes a failure, and how long it waits. Source: States Language specification, "Retrying after error". */

import { type Failure, matchesError } from './errors.ts';
import type { Retrier } from './machine.ts';

/** How often each retrier of a state has been used in this visit. */
export class RetryCounts {
  readonly #used = new Map<Retrier, number>();
  #total = 0;
  /** `$states.context.State.RetryCount` */
  get total(): number {
    return this.#total;
  }

  /**
   * Milliseconds until the state is tried again, or undefined when it is not. Only the first retrier that names the
   * error counts; once that one is used up, the state has failed.
   */
  next(retry: readonly Retrier[], failure: Failure, random: () => number): number | undefined {
    const retrier = retry.find(({ errorEquals }) => matchesError(errorEquals, failure));
    if (retrier === undefined) return undefined;
    const used = this.#used.get(retrier) ?? 0;
    if (used >= retrier.maxAttempts) return undefined;
    this.#used.set(retrier, used + 1);
    this.#total += 1;
    return retryDelayMs(retrier, used, random);
  }
}

/** Nothing waits longer than the longest MaxDelaySeconds: a leap year, more than an execution lasts. */
const DELAY_SECONDS_MAX = 31_622_400;

/** The delay before the retry that follows `used` earlier ones; with full jitter any share of it. */
export function retryDelayMs(retrier: Retrier, used: number, random: () => number): number {
  const seconds = Math.min(
    retrier.intervalSeconds * retrier.backoffRate ** used,
    retrier.maxDelaySeconds ?? DELAY_SECONDS_MAX,
  );
  const delayMs = Math.round(seconds * 1_000);
  return retrier.jitter ? Math.round(random() * delayMs) : delayMs;
}
