import { brief, firstFew, NAMED } from './brief.ts';
import { instantMs } from './durations.ts';
import type { ImageVersion, Release, ReleaseFleet, ReleaseOutcome } from './ledger.ts';
import type { ImagePolicy, WavePolicy } from './policy.ts';

export type NextStep =
  /** Open wave `wave` (from 1) and roll out its fleets side by side. */
  | {
      readonly step: 'wave';
      readonly wave: number;
      readonly fleets: readonly string[];
      readonly reason: string;
    }
  | {
      readonly step: 'soak';
      readonly wave: number;
      readonly seconds: number;
      readonly reason: string;
    }
  | { readonly step: 'promote'; readonly reason: string }
  /** `maxConcurrency` 0: all at once, as a Map state spells it. */
  | {
      readonly step: 'go-back';
      readonly fleets: readonly string[];
      readonly maxConcurrency: number;
      readonly reason: string;
      /** What made the release go back, without the numbers of this round. */
      readonly why: string;
    }
  | {
      readonly step: 'end';
      readonly outcome: ReleaseOutcome;
      readonly reason: string;
      /** Fleets that were sent back in vain and may be of two versions: nobody has blocked them yet. */
      readonly stranded?: readonly string[];
    };

/** How often fleets are sent back whose rollout back died without an outcome, before a person must see to them. */
export const WAY_BACK_ROUNDS = 2;

/**
 * Decides what a release does next from what the ledger holds. Asked between steps, while no rollout of the release
 * runs: a fleet of an opened wave without an outcome is one whose rollout died, and counts as moved and failed. Reasons
 * are short however many fleets there are.
 *
 * @param waves those of this image, each narrowed to its fleets
 */
export function decideNextStep(
  release: Release,
  fleets: readonly ReleaseFleet[],
  version: ImageVersion | undefined,
  image: ImagePolicy,
  waves: readonly WavePolicy[],
): NextStep {
  if (release.outcome !== undefined) {
    return { step: 'end', outcome: release.outcome, reason: release.reason ?? 'ended before' };
  }
  const journey = { release, version, image, waves, outcomes: byFleet(fleets) };
  if (release.direction === 'back') {
    const reason = release.wayBackReason ?? 'a person asked for it';
    return goBack(journey, waves, brief(reason));
  }
  const why = release.wayBackReason ?? failure(journey);
  if (why !== undefined) return goBack(journey, opened(journey), brief(why));
  return goOn(journey);
}

interface Journey {
  readonly release: Release;
  readonly version: ImageVersion | undefined;
  readonly image: ImagePolicy;
  readonly waves: readonly WavePolicy[];
  readonly outcomes: ReadonlyMap<string, ReleaseFleet>;
}

const byFleet = (fleets: readonly ReleaseFleet[]): ReadonlyMap<string, ReleaseFleet> =>
  new Map(fleets.map((one) => [one.fleet, one]));

const opened = ({ release, waves }: Journey): readonly WavePolicy[] =>
  waves.slice(0, release.wavesOpened);

/** Why the release has failed: a version that may not be rolled out, or a fleet that is not rolled out. */
function failure(journey: Journey): string | undefined {
  const { version, release, outcomes } = journey;
  if (version?.status !== 'inspected' && version?.status !== 'promoted') {
    const label = version?.label ?? release.version ?? 'unknown';
    return `image version ${label} is ${version === undefined ? 'not in the ledger' : `${version.status}: ${version.reason}`}`;
  }
  const failed = opened(journey).flatMap((wave) =>
    wave.fleets.flatMap((fleet) => {
      const found = outcomes.get(fleet);
      if (found === undefined)
        return [`${fleet} in wave ${wave.name}: its rollout ended without an outcome`];
      return found.outcome === 'rolled-out'
        ? []
        : [`${fleet} in wave ${wave.name} is ${found.outcome}: ${found.reason}`];
    }),
  );
  return failed.length === 0 ? undefined : showFailed(failed);
}

/** What the reasons of failed fleets may take up together. */
const FAILED_CHARACTERS = 800;

function showFailed(failed: readonly string[]): string {
  const named = failed.slice(0, NAMED);
  const each = Math.floor(FAILED_CHARACTERS / named.length);
  const reasons = named.map((reason) => brief(reason, each)).join('; ');
  return failed.length <= NAMED
    ? reasons
    : `${failed.length} fleets are not rolled out, the first ${NAMED}: ${reasons}`;
}

function goOn(journey: Journey): NextStep {
  const { release, waves, version } = journey;
  const { wavesOpened, wavesSoaked } = release;
  const open = waves[wavesOpened - 1];
  if (open !== undefined && wavesSoaked < wavesOpened && !provenAlready(open)) {
    return {
      step: 'soak',
      wave: wavesOpened,
      seconds: open.soakSeconds,
      reason: `all ${open.fleets.length} fleets of wave ${wavesOpened} (${open.name}) are rolled out`,
    };
  }
  const next = waves[wavesOpened];
  if (next !== undefined) {
    return {
      step: 'wave',
      wave: wavesOpened + 1,
      fleets: next.fleets,
      reason: `${wavesOpened} of ${waves.length} waves are done; next is ${next.name} with ${next.fleets.length} fleets`,
    };
  }
  const reason = `all ${waves.length} waves are rolled out and soaked green`;
  return version?.status === 'promoted'
    ? { step: 'end', outcome: 'promoted', reason }
    : { step: 'promote', reason };
}

/**
 * A wave of one fleet without a soak of its own was judged a moment ago, when that fleet's soak ended. With several, the
 * first may have gone bad while the last was still soaked, so they are judged once more together.
 */
const provenAlready = (wave: WavePolicy): boolean =>
  wave.soakSeconds === 0 && wave.fleets.length === 1;

/** Sends back every fleet of these waves that moved or may have, then ends by how they fared. */
function goBack(journey: Journey, touched: readonly WavePolicy[], why: string): NextStep {
  const moved = lastMovedFirst(journey, touched).filter((fleet) => mayHaveMoved(journey, fleet));
  const rounds = journey.release.wayBackRounds ?? 0;
  if (moved.length > 0 && rounds < WAY_BACK_ROUNDS) {
    const reverse = journey.image.wayBackOrder === 'reverse';
    return {
      step: 'go-back',
      fleets: moved,
      maxConcurrency: reverse ? 1 : 0,
      reason: `${moved.length} fleets go back (round ${rounds + 1} of ${WAY_BACK_ROUNDS}): ${why}`,
      why,
    };
  }
  return endBack(journey, touched, moved, why);
}

/** Rolled out, or with no outcome recorded. One that is blocked already is a person's, and is left alone. */
function mayHaveMoved({ outcomes }: Journey, fleet: string): boolean {
  const outcome = outcomes.get(fleet)?.outcome;
  return outcome === undefined || outcome === 'rolled-out';
}

/** Last wave first, and within a wave the fleet that ended last first: the reverse of how they moved. */
function lastMovedFirst({ outcomes }: Journey, touched: readonly WavePolicy[]): readonly string[] {
  // Without an outcome: the rollout died on the way, after all that ended.
  const endedMs = (fleet: string): number => {
    const found = outcomes.get(fleet);
    return found === undefined ? Number.MAX_SAFE_INTEGER : instantMs(found.endedAt);
  };
  return [...touched]
    .reverse()
    .flatMap((wave) => [...wave.fleets].reverse().sort((a, b) => endedMs(b) - endedMs(a)));
}

function endBack(
  { outcomes }: Journey,
  touched: readonly WavePolicy[],
  stranded: readonly string[],
  why: string,
): NextStep {
  const all = touched.flatMap((wave) => wave.fleets);
  const having = (outcome: ReleaseFleet['outcome']) =>
    all.filter((fleet) => outcomes.get(fleet)?.outcome === outcome);
  const blocked = [...having('needs-a-person'), ...stranded];
  if (blocked.length > 0) {
    const reason = `${blocked.length} of ${all.length} fleets need a person (${firstFew(blocked)}): ${why}`;
    const end = { step: 'end', outcome: 'needs-a-person', reason } as const;
    return stranded.length === 0 ? end : { ...end, stranded };
  }
  const back = having('rolled-back');
  if (back.length > 0) {
    const reason = `${back.length} of ${all.length} touched fleets are back: ${why}`;
    return { step: 'end', outcome: 'rolled-back', reason };
  }
  return { step: 'end', outcome: 'failed', reason: `no fleet moved: ${why}` };
}
