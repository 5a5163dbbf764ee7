import type { ProbeRequirements } from './policy.ts';

/** What one request came to. Errors are of one line. */
export type ProbeAttempt =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly latencyMs: number;
      /** Where a redirect leads, which nobody follows. */
      readonly location?: string | undefined;
      /** Why the body does not fit what is asked of it; absent where it does, or nothing is asked. */
      readonly misfit?: string | undefined;
    }
  /** Refused, reset, not trusted, too slow or too long: the target's failure. */
  | { readonly kind: 'unanswered'; readonly error: string }
  /** The request was never made, for a reason on our side: tells nothing about the target. */
  | { readonly kind: 'not-made'; readonly error: string };

const LOCATION_CHARACTERS = 100;

/** Why a request that was made does not pass, with its numbers; undefined when it does. */
export function failureOf(
  attempt: Exclude<ProbeAttempt, { kind: 'not-made' }>,
  { statuses, latencyMsMax = Number.POSITIVE_INFINITY }: ProbeRequirements,
): string | undefined {
  if (attempt.kind === 'unanswered') return attempt.error;
  const { status, latencyMs, location, misfit } = attempt;
  const passes =
    statuses === undefined ? status >= 200 && status <= 299 : statuses.includes(status);
  if (!passes) {
    const wanted = statuses === undefined ? '200 to 299' : statuses.join(' or ');
    const leads =
      location === undefined
        ? ''
        : ` (redirects are not followed, this one leads to ${location.slice(0, LOCATION_CHARACTERS)})`;
    return `status ${status} is not ${wanted}${leads}`;
  }
  if (!(latencyMs <= latencyMsMax)) return `${latencyMs} ms > latencyMs ${latencyMsMax}`;
  return misfit;
}

/** What the attempts at one target came to; the reason is the last failure's, or why nothing was tried. */
export interface TargetTally {
  readonly target: string;
  readonly passed: number;
  readonly failed: number;
  readonly notMade: number;
  /** Of those that were answered. */
  readonly slowestMs?: number | undefined;
  readonly reason?: string | undefined;
}

/** The target passes, fails, or cannot be told: what is still to come changes neither of the first two. */
export function standing(
  { passed, failed }: Pick<TargetTally, 'passed' | 'failed'>,
  { attempts, passes }: Pick<ProbeRequirements, 'attempts' | 'passes'>,
): 'passes' | 'fails' | 'open' {
  if (passed >= passes) return 'passes';
  return failed > attempts - passes ? 'fails' : 'open';
}

/** `attempts` in their order. */
export function tally(
  target: string,
  attempts: readonly ProbeAttempt[],
  asked: ProbeRequirements,
): TargetTally {
  const failures: string[] = [];
  const notMade: string[] = [];
  const latencies: number[] = [];
  for (const attempt of attempts) {
    if (attempt.kind === 'answered') latencies.push(attempt.latencyMs);
    if (attempt.kind === 'not-made') {
      notMade.push(attempt.error);
      continue;
    }
    const failure = failureOf(attempt, asked);
    if (failure !== undefined) failures.push(failure);
  }
  const reason = failures.at(-1) ?? notMade.at(-1);
  return {
    target,
    passed: attempts.length - failures.length - notMade.length,
    failed: failures.length,
    notMade: notMade.length,
    ...(latencies.length === 0 ? {} : { slowestMs: Math.max(...latencies) }),
    ...(reason === undefined ? {} : { reason }),
  };
}
