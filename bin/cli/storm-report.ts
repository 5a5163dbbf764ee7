import type { Breach } from '../../simulator/invariants/auditor.ts';
import type { StormPlan } from '../../simulator/storm/plan.ts';
import type { Night } from './storm-play.ts';

/** What `--json` prints. */
export interface StormReport {
  readonly runs: number;
  /** Of real time. */
  readonly seconds: number;
  readonly broken: readonly BrokenNight[];
  readonly faults: Readonly<Record<string, number>>;
  /** Of releases. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface BrokenNight extends Breach {
  readonly seed: number;
}

/** Adds nights up. */
export class Tally {
  #runs = 0;
  #left: Night['left'] = { seconds: 0, boundSeconds: 0 };
  readonly #broken: BrokenNight[] = [];
  readonly #faults: Record<string, number> = {};
  readonly #outcomes: Record<string, number> = {};

  get runs(): number {
    return this.#runs;
  }

  get broken(): readonly BrokenNight[] {
    return this.#broken;
  }

  /** The longest that anything was left behind, and the longest bound. */
  get left(): Night['left'] {
    return this.#left;
  }

  add(seed: number, { breaches, faults, outcomes, left }: Night): void {
    this.#runs += 1;
    this.#left = {
      seconds: Math.max(this.#left.seconds, left.seconds),
      boundSeconds: Math.max(this.#left.boundSeconds, left.boundSeconds),
    };
    for (const breach of breaches) this.#broken.push({ seed, ...breach });
    sum(this.#faults, faults);
    sum(this.#outcomes, outcomes);
  }

  report(seconds: number): StormReport {
    return {
      runs: this.#runs,
      seconds: Math.round(seconds * 10) / 10,
      broken: [...this.#broken].sort((a, b) => a.seed - b.seed),
      faults: sorted(this.#faults),
      outcomes: sorted(this.#outcomes),
    };
  }
}

function sum(into: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + count;
}

const sorted = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));

export function reportShown({ runs, seconds, broken, faults, outcomes }: StormReport): string {
  const seeds = new Set(broken.map(({ seed }) => seed));
  const listed = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  return [
    `${runs} runs in ${seconds} s (${(runs / Math.max(seconds, 0.1)).toFixed(1)} a second): ${
      seeds.size === 0 ? 'every promise was kept' : `${seeds.size} broke a promise`
    }`,
    `Releases: ${listed(outcomes)}`,
    `Faults that struck: ${listed(faults)}`,
  ].join('\n');
}

export const leftShown = ({ seconds, boundSeconds }: Night['left']): string =>
  `Of a dead owner nothing was left for longer than ${minutes(seconds)}; the bound is ${minutes(boundSeconds)}`;

const minutes = (seconds: number): string => `${Math.ceil(seconds / 60)} min`;

/** A plan in words, one line each. */
export function planShown(plan: StormPlan): readonly string[] {
  const readings = Object.entries(plan.readings).map(([name, value]) => `${name} ${value}`);
  const groups = Object.entries(plan.groups).map(
    ([name, group]) =>
      `group ${name}: ${Object.entries(group)
        .map(([field, value]) => `${field} ${value}`)
        .join(', ')}`,
  );
  const deeds = plan.deeds.map((deed) => {
    const { kind, afterSeconds, pick } = deed;
    return `a person: ${kind} ${afterSeconds} s after ${whenShown(deed)} (pick ${pick.toFixed(2)})`;
  });
  const faults = plan.faults.map(
    ({ name, fromSeconds, forSeconds, strength, pick }) =>
      `fault ${name} from ${fromSeconds} s for ${forSeconds} s at ${strength} (pick ${pick.toFixed(2)})`,
  );
  const bakes = plan.bakes.map(
    ({ seconds, temperament, fails, critical }) =>
      `bake: ${seconds} s, ${fails ? 'fails' : temperament}, ${critical} critical findings`,
  );
  return [
    `catalogue ${plan.ground}, seed ${plan.seed}`,
    ...(readings.length === 0 ? [] : [`readings: ${readings.join(', ')}`]),
    ...groups,
    ...bakes,
    ...deeds,
    ...faults,
  ];
}

function whenShown({ state, question }: StormPlan['deeds'][number]): string {
  if (question !== undefined) return `question ${question} was asked`;
  return state === undefined ? 'the beginning' : `${state} states were entered`;
}
