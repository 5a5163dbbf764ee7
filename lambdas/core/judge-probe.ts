import type { Verdict } from './decision.ts';

/** Judges requests that were made to the new version: of the last `attempts` to each target, `passes` must pass. */
export interface ProbePolicy {
  readonly attempts: number;
  /** From 1 to `attempts`. */
  readonly passes: number;
  /** Status codes that pass, both ends included. */
  readonly statusMin: number;
  readonly statusMax: number;
  readonly latencyMsMax?: number | undefined;
}

export type ProbeAttempt =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly latencyMs: number;
      /** Absent where the policy asks nothing of the body. */
      readonly bodyMatches?: boolean | undefined;
    }
  /** Refused, reset, timed out, or answered by a redirect to elsewhere: the target's failure. */
  | { readonly kind: 'unanswered'; readonly error: string }
  /** The request was never made: tells nothing about the target. */
  | { readonly kind: 'not-made'; readonly error: string };

export interface ProbedTarget {
  /** An instance id, or the load balancer's name. */
  readonly target: string;
  /** Oldest first. */
  readonly attempts: readonly ProbeAttempt[];
}

/**
 * Red as soon as one target can no longer reach its passes among its last attempts, green when all have reached them,
 * else inconclusive: what is still to come changes neither.
 */
export function judgeProbe(targets: readonly ProbedTarget[], policy: ProbePolicy): Verdict {
  if (targets.length === 0) return { kind: 'inconclusive', reason: 'probe: 0 targets' };
  const seen = targets.map((one) => countAttempts(one, policy));
  const bad = seen.filter(({ failures }) => failures.length > policy.attempts - policy.passes);
  if (bad.length > 0) return { kind: 'red', reason: told(bad, seen.length, 'fail', policy) };
  const open = seen.filter(({ passed }) => passed < policy.passes);
  if (open.length > 0) {
    return { kind: 'inconclusive', reason: told(open, seen.length, 'are undecided', policy) };
  }
  const all = `${seen.length} of ${seen.length} targets passed`;
  return { kind: 'green', reason: `probe: ${all} ${policy.passes} of ${policy.attempts}` };
}

interface Counted {
  readonly target: string;
  readonly passed: number;
  readonly failures: readonly string[];
  readonly notMade: readonly string[];
}

function countAttempts({ target, attempts }: ProbedTarget, policy: ProbePolicy): Counted {
  const failures: string[] = [];
  const notMade: string[] = [];
  const last = attempts.slice(-policy.attempts);
  for (const attempt of last) {
    if (attempt.kind === 'not-made') notMade.push(attempt.error);
    else {
      const failure = failureOf(attempt, policy);
      if (failure !== undefined) failures.push(failure);
    }
  }
  return { target, passed: last.length - failures.length - notMade.length, failures, notMade };
}

function failureOf(
  attempt: Exclude<ProbeAttempt, { kind: 'not-made' }>,
  { statusMin, statusMax, latencyMsMax = Number.POSITIVE_INFINITY }: ProbePolicy,
): string | undefined {
  if (attempt.kind === 'unanswered') return attempt.error;
  const { status, latencyMs, bodyMatches } = attempt;
  if (!(status >= statusMin && status <= statusMax)) {
    return `status ${status} is not ${statusMin} to ${statusMax}`;
  }
  if (!(latencyMs <= latencyMsMax)) return `${latencyMs} ms > latencyMsMax ${latencyMsMax}`;
  return bodyMatches === false ? 'the body does not match' : undefined;
}

/** A gate's reason has to stay a line. */
const TARGETS_SHOWN = 3;

function told(some: readonly Counted[], all: number, what: string, policy: ProbePolicy): string {
  const shown = some.slice(0, TARGETS_SHOWN).map(({ target, passed, failures, notMade }) => {
    const last = failures.at(-1) ?? notMade.at(-1);
    const why = last === undefined ? '' : `, last: ${last}`;
    return `${target} (${passed} passed, ${failures.length} failed, ${notMade.length} not made${why})`;
  });
  const more = some.length > shown.length ? [`and ${some.length - shown.length} more`] : [];
  const asked = `${policy.passes} of ${policy.attempts} must pass`;
  return `probe: ${some.length} of ${all} targets ${what} (${asked}): ${[...shown, ...more].join(', ')}`;
}
