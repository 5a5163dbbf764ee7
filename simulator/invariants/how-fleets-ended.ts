import { keptWaves, wrongWithKept } from './kept-waves.ts';
import type { AuditedRelease, AuditedReleaseFleet } from './ledger-view.ts';
import { fleetOf, isLive, isRunning, member, type Witness } from './witness.ts';

/** What the fleets of a release must run when it has ended, and what excuses another thing. */

export const NOTHING = 'nothing';
/** Between several images. */
const AND = ' and ';
/** What ran when somebody last looked tells nothing of a group that has been empty for longer. */
const JUST_DIED_MS = 3 * 60_000;

/** What was noted while the release went on. Instants are epoch milliseconds. */
export interface Noted {
  /** Images that each fleet ran when the release was first seen. */
  readonly before: ReadonlyMap<string, string>;
  /** Fleets that a notification has named. */
  readonly paged: ReadonlySet<string>;
  /** When Kiln last began a refresh, by group. */
  readonly moved: ReadonlyMap<string, number>;
  /** When a person last began a refresh or deployed, by group. */
  readonly theirs: ReadonlyMap<string, number>;
  /** What was last seen in each group, when anything was. */
  readonly ran: ReadonlyMap<string, Seen>;
}

export interface Seen {
  readonly images: string;
  /** Since when the group is known to be empty. */
  readonly emptySinceMs?: number;
}

interface End {
  readonly witness: Witness;
  readonly release: AuditedRelease;
  readonly groupName: string;
  readonly outcome: AuditedReleaseFleet | undefined;
  /** Whether nothing was recorded of it, or that it was not moved. */
  readonly isUntouched: boolean;
  /** Whether a person has sent it back since the release began: where its rollout came from, the ledger says. */
  readonly isSentBack: boolean;
  readonly runs: string;
  /** One image, or where nothing moved whatever ran before. */
  readonly wanted: string;
  readonly noted: Noted;
}

/** Judges every fleet of the image of a release that has just ended. */
export function judgeFleets(
  witness: Witness,
  release: AuditedRelease,
  noted: Noted,
  broke: (what: string) => void,
): void {
  const { releaseFleets, blocks } = witness.ledger();
  const recorded = releaseFleets.filter((one) => one.releaseId === release.id);
  const ended = `release ${release.id} (${release.outcome})`;
  if (keptWaves(release)) {
    for (const wrong of wrongWithKept(witness, release, recorded)) broke(`${ended}: ${wrong}`);
  }
  for (const fleet of Object.values(witness.catalogue.fleets)) {
    if (fleet.image !== release.image) continue;
    const outcome = recorded.find((one) => one.fleet === fleet.name);
    const who = `${ended}: fleet ${fleet.name}`;
    // Of one that was sent back in vain no rollout wrote an outcome: the block is the record, the release's own end the page.
    const stranded = blocks.some((one) => one.fleet === fleet.name && one.releaseId === release.id);
    if (stranded && release.outcome === 'needs-a-person') continue;
    if (outcome?.outcome === 'needs-a-person') {
      judgeBlocked(witness, release, outcome, noted.paged, (what) => broke(`${who} ${what}`));
      continue;
    }
    const isSentBack = backByHand(witness, release, fleet.name);
    const began = isSentBack ? undefined : noted.before.get(fleet.name);
    const end: End = {
      ...{ witness, release, outcome, isSentBack, noted },
      groupName: fleet.autoScalingGroupName,
      isUntouched: outcome === undefined || outcome.outcome === 'untouched',
      runs: imagesOfGroup(witness, fleet.autoScalingGroupName),
      wanted: wantedImage(witness, release, outcome, began),
    };
    if (isWanted(end, end.runs) || excuses.some((excuse) => excuse(end))) continue;
    broke(
      `${who}, recorded as ${outcome?.outcome ?? 'untouched'}, runs ${end.runs}, not ${end.wanted}`,
    );
  }
}

/** Where somebody else's refresh was under way when the release began, one of the two is as good as the other. */
const isWanted = ({ wanted }: End, images: string): boolean => wanted.split(AND).includes(images);

const excuses: readonly ((end: End) => boolean)[] = [
  // What was of two versions and was not moved still is. And the person who sent a fleet back chose what it runs.
  ({ isUntouched, isSentBack, runs, wanted }) => isUntouched && (isSentBack || runs === wanted),
  // What a person makes of a fleet after its rollout has ended is the person's.
  ({ outcome, groupName, noted }) =>
    outcome?.endedAt !== undefined &&
    (noted.theirs.get(groupName) ?? 0) >= Date.parse(outcome.endedAt),
  // All that ran has just died, and Kiln has judged it by what it was.
  (end) => {
    const last = end.runs === NOTHING ? end.noted.ran.get(end.groupName) : undefined;
    if (last === undefined) return false;
    const { emptySinceMs = end.witness.nowMs() } = last;
    if (end.witness.nowMs() - emptySinceMs > JUST_DIED_MS) return false;
    return isWanted(end, last.images);
  },
  // A fleet of which nothing runs is of no version, where Kiln has not moved it.
  ({ isUntouched, runs, wanted, groupName, release, noted }) =>
    isUntouched &&
    (runs === NOTHING || wanted === NOTHING) &&
    (noted.moved.get(groupName) ?? 0) < Date.parse(release.startedAt),
];

function judgeBlocked(
  witness: Witness,
  release: AuditedRelease,
  outcome: AuditedReleaseFleet,
  paged: ReadonlySet<string>,
  broke: (what: string) => void,
): void {
  const { fleet } = outcome;
  const isBlocked = witness.ledger().blocks.some((block) => block.fleet === fleet);
  const missing = [
    isBlocked || mayBeCleared(witness, outcome) ? [] : 'the block',
    release.outcome === 'needs-a-person' ? [] : 'the outcome of the release',
    paged.has(fleet) ? [] : 'the page',
  ].flat();
  if (missing.length > 0) broke(`needs a person, but ${missing.join(' and ')} is missing`);
}

/** A person has started what clears a block, and it was under way after the block was written. */
const mayBeCleared = (witness: Witness, { fleet, endedAt }: AuditedReleaseFleet): boolean =>
  endedAt !== undefined &&
  witness
    .executions()
    .some(
      (one) =>
        fleetOf(one) === fleet &&
        (member(one.input, 'unblock') === true || member(one.input, 'to') === 'previous') &&
        (isRunning(one) ||
          (one.status === 'SUCCEEDED' && (one.stoppedMs ?? 0) >= Date.parse(endedAt))),
    );

/** A way back that a person asked for has ended since the release began. */
const backByHand = (witness: Witness, release: AuditedRelease, fleet: string): boolean =>
  witness
    .executions()
    .some(
      (one) =>
        fleetOf(one) === fleet &&
        member(one.input, 'to') === 'previous' &&
        one.status === 'SUCCEEDED' &&
        (one.stoppedMs ?? 0) >= Date.parse(release.startedAt),
    );

/** What the fleet must run now, as one image or, where nothing moved, whatever it ran before. */
function wantedImage(
  witness: Witness,
  release: AuditedRelease,
  outcome: AuditedReleaseFleet | undefined,
  before: string | undefined,
): string {
  const imageOf = (version: string): string =>
    witness
      .ledger()
      .versions.find(({ image, label }) => image === release.image && label === version)?.imageId ??
    version;
  if (outcome === undefined || outcome.outcome === 'untouched') return before ?? NOTHING;
  const kept = keptWaves(release) && outcome.outcome === 'rolled-out';
  if (release.outcome === 'promoted' || kept) return imageOf(release.version ?? outcome.to);
  // Going back by hand leads to what the ledger recorded; a release that failed leads to where the fleet was. What a group is
  // to launch that was empty then, only the ledger says.
  const isSeen = release.direction !== 'back' && before !== undefined && before !== NOTHING;
  return isSeen ? before : imageOf(outcome.endedOn);
}

export const imagesOf = (witness: Witness, image: string): ReadonlyMap<string, string> =>
  new Map(
    Object.values(witness.catalogue.fleets)
      .filter((fleet) => fleet.image === image)
      .map((fleet) => [fleet.name, imagesOfGroup(witness, fleet.autoScalingGroupName)]),
  );

export function imagesOfGroup(witness: Witness, groupName: string): string {
  const live = witness.group(groupName)?.instances.filter(isLive) ?? [];
  return [...new Set(live.map(({ imageId }) => imageId))].sort().join(AND) || NOTHING;
}
