import { brief } from '../core/brief.ts';
import type { NextStep } from '../core/decide-release.ts';
import type { Release } from '../core/ledger.ts';
import { shortHash } from '../core/names.ts';
import type { Catalogue } from '../core/policy.ts';

/** A wave without a soak of its own is still judged by one look, which may start cold. */
const SHORTEST_SOAK_PARK_SECONDS = 60;

const NO_FLEETS = { wave: 0, fleets: [], maxConcurrency: 0, nameSuffix: '' };

/** All that the machine reads of a step, every field present: an absent one would be an error of JSONata's. */
export function shape(
  step: NextStep,
  release: Pick<Release, 'id' | 'wayBackRounds'>,
  catalogue: Pick<Catalogue, 'look'>,
  at: string,
) {
  const parkSeconds = catalogue.look.refreshSeconds;
  const common = { ...NO_FLEETS, outcome: '', at, parkSeconds };
  // A rollout is told it, and a person reads it.
  const reason = brief(step.reason);
  const hash = shortHash(release.id);
  switch (step.step) {
    case 'wave':
      return { ...common, ...step, reason, nameSuffix: `-forward-${hash}` };
    case 'soak': {
      const atLeast = Math.max(SHORTEST_SOAK_PARK_SECONDS, step.seconds);
      return { ...common, ...step, reason, parkSeconds: Math.min(parkSeconds, atLeast) };
    }
    case 'go-back':
      return {
        ...common,
        ...step,
        reason,
        nameSuffix: `-back-${hash}-${release.wayBackRounds ?? 1}`,
      };
    case 'promote':
      return { ...common, ...step, reason, outcome: 'promoted' };
    case 'end':
      return { ...common, ...step, reason };
    default:
      return step satisfies never;
  }
}
