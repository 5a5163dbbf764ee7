import type { TraceLine } from '../../simulator/index.ts';
import { textMember, type Witness } from '../../simulator/invariants/witness.ts';

export interface Spent {
  readonly transitions: number;
  readonly lambdaInvocations: number;
  readonly awsCalls: number;
}

/** Schedules, and functions that they and events start, whether a release is under way or not. */
const NOT_OF_A_RELEASE = /FindOrphans|ReceiveCause|Schedules/;

/**
 * What each release costs. Its executions are the Release, the Rollouts that it started and a Recover that took it over.
 *
 * - Transitions: states entered plus retries of these executions.
 * - A call made by a workflow itself belongs to the release of its execution.
 * - An invocation of a function, and a call that a function makes, belong to the release that is under way (from the start
 *   of its Release to the end of its last execution); where several are, to the one that began first. What `find-orphans`
 *   and `receive-cause` do belongs to none. Calls of people and of AWS are not counted.
 */
export class Accounting {
  readonly #witness: Witness;
  /** Executions under way by release, in order of their start. */
  readonly #underWay = new Map<string, Set<string>>();
  readonly #releaseOf = new Map<string, string>();
  readonly #counts = new Map<string, { lambdaInvocations: number; awsCalls: number }>();

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  heard(line: TraceLine): void {
    switch (line.kind) {
      case 'execution':
        if (line.phase === 'started') this.#began(line.execution, line.input);
        else this.#ended(line.execution);
        return;
      case 'invocation':
        if (line.phase === 'started') this.#count('lambdaInvocations', line.functionName);
        return;
      case 'call':
        if (line.role !== '') this.#count('awsCalls', line.caller);
        return;
      default:
    }
  }

  spentOn(releaseId: string): Spent {
    const counts = this.#counts.get(releaseId) ?? { lambdaInvocations: 0, awsCalls: 0 };
    const transitions = [...this.#releaseOf]
      .filter(([, release]) => release === releaseId)
      .reduce((sum, [arn]) => sum + (this.#witness.execution(arn)?.transitions ?? 0), 0);
    return { transitions, ...counts };
  }

  #began(arn: string, input: unknown): void {
    const release = this.#releaseAsked(arn, input);
    if (release === undefined) return;
    this.#releaseOf.set(arn, release);
    const open = this.#underWay.get(release) ?? new Set();
    open.add(arn);
    this.#underWay.set(release, open);
  }

  #ended(arn: string): void {
    const release = this.#releaseOf.get(arn);
    if (release === undefined) return;
    const open = this.#underWay.get(release);
    open?.delete(arn);
    if (open?.size === 0) this.#underWay.delete(release);
  }

  #releaseAsked(arn: string, input: unknown): string | undefined {
    const name = arn.split(':').at(-1);
    const recovered = textMember(input, 'executionArn');
    if (recovered !== undefined) return this.#releaseOf.get(recovered);
    return textMember(input, 'releaseId') ?? (isNoRelease(input) ? undefined : name);
  }

  #count(what: 'lambdaInvocations' | 'awsCalls', who: string): void {
    if (NOT_OF_A_RELEASE.test(who)) return;
    const release = this.#releaseNamed(who) ?? this.#underWay.keys().next().value;
    if (release === undefined) return;
    const counts = this.#counts.get(release) ?? { lambdaInvocations: 0, awsCalls: 0 };
    counts[what] += 1;
    this.#counts.set(release, counts);
  }

  /** A workflow's own calls carry the name of its execution. */
  #releaseNamed(caller: string): string | undefined {
    for (const [arn, release] of this.#releaseOf) {
      if (arn.endsWith(`:${caller}`)) return release;
    }
    return undefined;
  }
}

/** By hand, a rollout belongs to no release, and an answer about a wave is none. */
const isNoRelease = (input: unknown): boolean =>
  textMember(input, 'fleet') !== undefined || textMember(input, 'wave') !== undefined;
