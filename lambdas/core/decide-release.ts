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
      /** The waves that are soaked stay as they are. */
      readonly keepsProven?: boolean;
    }
  | {
      readonly step: 'end';
      readonly outcome: ReleaseOutcome;
      readonly reason: string;
      /** Nothing speaks against the version: it is not quarantined. */
      readonly keepsVersion?: boolean;
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
  const bad = release.wayBackReason ?? badVersion(journey);
  if (bad !== undefined) return goBack(journey, opened(journey), brief(bad));
  const kept = release.keptReason ?? expired(journey);
  if (kept !== undefined) return keepProven(journey, brief(kept));
  const why = failure(journey);
  return why === undefined ? goOn(journey) : goBack(journey, opened(journey), brief(why));
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

/** Why the version may not be rolled out. */
function badVersion({ version, release }: Journey): string | undefined {
  if (version?.status === 'inspected' || version?.status === 'promoted') return undefined;
  const label = version?.label ?? release.version ?? 'unknown';
  return `image version ${label} is ${version === undefined ? 'not in the ledger' : `${version.status}: ${version.reason}`}`;
}

/** Why the release has failed: a fleet that is not rolled out. */
function failure(journey: Journey): string | undefined {
  const failed = failedFleets(journey).map(({ reason }) => reason);
  return failed.length === 0 ? undefined : showFailed(failed);
}

interface FailedFleet {
  readonly found: ReleaseFleet | undefined;
  readonly reason: string;
}

/** Of the opened waves, each with why it is not rolled out. */
const failedFleets = (journey: Journey): readonly FailedFleet[] =>
  opened(journey).flatMap(({ name, fleets }) =>
    fleets.flatMap((fleet): readonly FailedFleet[] => {
      const found = journey.outcomes.get(fleet);
      if (found === undefined) {
        return [
          { found, reason: `${fleet} in wave ${name}: its rollout ended without an outcome` },
        ];
      }
      return found.outcome === 'rolled-out'
        ? []
        : [{ found, reason: `${fleet} in wave ${name} is ${found.outcome}: ${found.reason}` }];
    }),
  );

/** Why, when all that failed is that nobody answered, by policies that keep what is proven. */
function expired(journey: Journey): string | undefined {
  const failed = failedFleets(journey);
  if (failed.length === 0 || !failed.every(({ found }) => found?.keepsProven === true)) {
    return undefined;
  }
  return showFailed(failed.map(({ reason }) => reason));
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
  wave.soakSeconds === 0 && wave.fleets.length === 1 && wave.gates === undefined;

/**
 * Nobody answered: the waves that are soaked keep the new version, what moved beside them goes back, and the release ends.
 * Fleets of one image then run two versions until a person decides, which is the outcome that says so.
 */
function keepProven(journey: Journey, why: string): NextStep {
  const { release, waves } = journey;
  const kept = waves.slice(0, release.wavesSoaked);
  const step = goBack(journey, opened(journey).slice(kept.length), why);
  if (step.step === 'go-back') return { ...step, keepsProven: true };
  // A fleet that is blocked says more than that nobody answered.
  if (step.outcome === 'needs-a-person' || kept.length === 0) {
    return { ...step, keepsVersion: true };
  }
  return {
    step: 'end',
    outcome: 'needs-a-person',
    keepsVersion: true,
    reason: `${showWaves(kept)} ${kept.length === 1 ? 'keeps' : 'keep'} version ${release.version}, ${untouched(waves.slice(kept.length))}; to go on, start Release with {"image":"${release.image}","version":"${release.version}"}: ${why}`,
  };
}

const showWaves = (waves: readonly WavePolicy[]): string =>
  `${waves.length === 1 ? 'wave' : 'waves'} ${firstFew(waves.map(({ name }) => name))}`;

const untouched = (rest: readonly WavePolicy[]): string =>
  rest.length === 0
    ? 'which are all; it is not promoted'
    : `${showWaves(rest)} ${rest.length === 1 ? 'does' : 'do'} not run it`;

/** Sends back every fleet of these waves that moved or may have, then ends by how they fared. */
function goBack(
  journey: Journey,
  touched: readonly WavePolicy[],
  why: string,
): Extract<NextStep, { step: 'go-back' | 'end' }> {
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
): Extract<NextStep, { step: 'end' }> {
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
