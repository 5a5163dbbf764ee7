import { keptWaves, wrongWithKept } from './kept-waves.ts';
import type { AuditedRelease, AuditedReleaseFleet } from './ledger-view.ts';
import {
  fleetOf,
  type Invariant,
  isLive,
  isRunning,
  member,
  textMember,
  type Witness,
} from './witness.ts';

const NOTHING = 'nothing';
/** Between several images. */
const AND = ' and ';
/** What ran when somebody last looked tells nothing of a group that has been empty for longer. */
const JUST_DIED_MS = 3 * 60_000;

/**
 * 1. When a release has ended, every fleet it touched is of exactly one image version (in service, standby, protected
 * and warm pool): the new one if promoted, the one that it came from if not; or it is blocked, the release says so, and
 * a page was sent. Where nobody answered, and the policy keeps what is proven, whole waves from the first on run the new one.
 */
export const oneVersionPerFleet: Invariant = (witness, broke) => {
  /** Images that the fleets ran when a release was first seen: release id → fleet → images. */
  const before = new Map<string, ReadonlyMap<string, string>>();
  const judged = new Set<string>();
  const paged = new Set<string>();
  /** When Kiln last began a refresh, by group, epoch milliseconds. */
  const moved = new Map<string, number>();
  /** When a person last began a refresh or deployed, by group, epoch milliseconds. */
  const theirs = new Map<string, number>();
  const ran = new Map<string, Ran>();

  const note = (): void => {
    for (const { autoScalingGroupName: group } of Object.values(witness.catalogue.fleets)) {
      const images = imagesOfGroup(witness, group);
      if (images !== NOTHING) ran.set(group, { images, atMs: witness.nowMs() });
    }
    for (const release of witness.ledger().releases) {
      if (!before.has(release.id)) before.set(release.id, imagesOf(witness, release.image));
    }
  };
  const judgeEnded = (): void => {
    for (const release of witness.ledger().releases) {
      if (!before.has(release.id)) continue;
      if (release.outcome === undefined || judged.has(release.id)) continue;
      judged.add(release.id);
      if (release.outcome === 'duplicate' || release.outcome === 'merged') continue;
      judge(
        witness,
        release,
        before.get(release.id) ?? new Map(),
        { paged, moved, theirs, ran },
        broke,
      );
    }
  };
  const look = (): void => {
    note();
    judgeEnded();
  };
  // It forgets how a release has ended.
  witness.onLedgerGoingBack?.(judgeEnded);
  return {
    line: (line) => {
      if (line.kind === 'call' && line.operation === 'Publish') {
        const message = textMember(line.input, 'Message') ?? '';
        for (const fleet of Object.keys(witness.catalogue.fleets)) {
          if (namesFleet(message, fleet)) paged.add(fleet);
        }
      }
      if (line.kind === 'call' && changesVersion(line.operation, line.input)) {
        const group = textMember(line.input, 'AutoScalingGroupName') ?? '';
        if (line.role === '') theirs.set(group, witness.nowMs());
        else if (line.operation === 'StartInstanceRefresh') moved.set(group, witness.nowMs());
      }
      if (line.kind === 'execution') look();
    },
    minute: look,
    end: look,
  };
};

/** As the fleet of a notification, or among those that a release says need a person. */
function namesFleet(message: string, fleet: string): boolean {
  const listed = [...message.matchAll(/fleets need a person \(([^)]*)\)/g)];
  return (
    message.includes(`"${fleet}"`) ||
    listed.some(([, names = '']) => names.split(', ').includes(fleet))
  );
}

const changesVersion = (operation: string, input: unknown): boolean =>
  operation === 'StartInstanceRefresh' ||
  (operation === 'UpdateAutoScalingGroup' && member(input, 'LaunchTemplate') !== undefined);

interface Heard {
  /** Fleets that a notification has named. */
  readonly paged: ReadonlySet<string>;
  readonly moved: ReadonlyMap<string, number>;
  readonly theirs: ReadonlyMap<string, number>;
  /** By group: what was seen there last. */
  readonly ran: ReadonlyMap<string, Ran>;
}

interface Ran {
  readonly images: string;
  readonly atMs: number;
}

function judge(
  witness: Witness,
  release: AuditedRelease,
  before: ReadonlyMap<string, string>,
  { paged, moved, theirs, ran }: Heard,
  broke: (what: string) => void,
): void {
  const recorded = witness.ledger().releaseFleets.filter((one) => one.releaseId === release.id);
  if (keptWaves(release)) {
    for (const wrong of wrongWithKept(witness, release, recorded)) {
      broke(`release ${release.id} (${release.outcome}): ${wrong}`);
    }
  }
  for (const fleet of Object.values(witness.catalogue.fleets)) {
    if (fleet.image !== release.image) continue;
    const outcome = recorded.find((one) => one.fleet === fleet.name);
    const runs = imagesOfGroup(witness, fleet.autoScalingGroupName);
    const who = `release ${release.id} (${release.outcome}): fleet ${fleet.name}`;
    // Of one that was sent back in vain no rollout wrote an outcome: the block is the record, the release's own end the page.
    const { blocks } = witness.ledger();
    const stranded = blocks.some((one) => one.fleet === fleet.name && one.releaseId === release.id);
    if (stranded && release.outcome === 'needs-a-person') continue;
    if (outcome?.outcome === 'needs-a-person') {
      judgeBlocked(witness, release, outcome, paged, who, broke);
      continue;
    }
    // A person has sent it back since the release began: where its rollout came from, the ledger says.
    const isSentBack = backByHand(witness, release, fleet.name);
    const began = isSentBack ? undefined : before.get(fleet.name);
    const wanted = wantedImage(witness, release, outcome, began);
    // Where somebody else's refresh was under way when the release began, one of the two is as good as the other.
    if (wanted.split(AND).includes(runs)) continue;
    const isUntouched = outcome === undefined || outcome.outcome === 'untouched';
    if (isUntouched && (isSentBack || runs === wanted)) continue;
    // What a person makes of a fleet after its rollout has ended is the person's.
    const theirsMs = theirs.get(fleet.autoScalingGroupName) ?? 0;
    if (outcome?.endedAt !== undefined && theirsMs >= Date.parse(outcome.endedAt)) continue;
    const movedMs = moved.get(fleet.autoScalingGroupName) ?? 0;
    const isEmpty = runs === NOTHING || wanted === NOTHING;
    // All that ran has just died, and Kiln has judged it by what it was.
    const last = runs === NOTHING ? ran.get(fleet.autoScalingGroupName) : undefined;
    const justDied = last !== undefined && witness.nowMs() - last.atMs <= JUST_DIED_MS;
    if (justDied && wanted.split(AND).includes(last.images)) continue;
    if (isUntouched && isEmpty && movedMs < Date.parse(release.startedAt)) continue;
    broke(`${who}, recorded as ${outcome?.outcome ?? 'untouched'}, runs ${runs}, not ${wanted}`);
  }
}

function judgeBlocked(
  witness: Witness,
  release: AuditedRelease,
  outcome: AuditedReleaseFleet,
  paged: ReadonlySet<string>,
  who: string,
  broke: (what: string) => void,
): void {
  const { fleet } = outcome;
  const isBlocked = witness.ledger().blocks.some((block) => block.fleet === fleet);
  const missing = [
    isBlocked || mayBeCleared(witness, outcome) ? [] : 'the block',
    release.outcome === 'needs-a-person' ? [] : 'the outcome of the release',
    paged.has(fleet) ? [] : 'the page',
  ].flat();
  if (missing.length > 0) broke(`${who} needs a person, but ${missing.join(' and ')} is missing`);
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
  // Going back by hand leads to what the ledger recorded; a release that failed leads to where the fleet was.
  if (release.direction === 'back') return imageOf(outcome.endedOn);
  return before ?? imageOf(outcome.endedOn);
}

const imagesOf = (witness: Witness, image: string): ReadonlyMap<string, string> =>
  new Map(
    Object.values(witness.catalogue.fleets)
      .filter((fleet) => fleet.image === image)
      .map((fleet) => [fleet.name, imagesOfGroup(witness, fleet.autoScalingGroupName)]),
  );

function imagesOfGroup(witness: Witness, groupName: string): string {
  const live = witness.group(groupName)?.instances.filter(isLive) ?? [];
  return [...new Set(live.map(({ imageId }) => imageId))].sort().join(AND) || NOTHING;
}
