import { imagesOf, imagesOfGroup, judgeFleets, NOTHING, type Seen } from './how-fleets-ended.ts';
import { type Invariant, member, textMember } from './witness.ts';

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
  const moved = new Map<string, number>();
  const theirs = new Map<string, number>();
  const ran = new Map<string, Seen>();

  const noteGroup = (group: string): void => {
    const images = imagesOfGroup(witness, group);
    if (images !== NOTHING) ran.set(group, { images });
    const last = ran.get(group);
    if (images !== NOTHING || last === undefined) return;
    ran.set(group, { emptySinceMs: witness.nowMs(), ...last });
  };
  const note = (): void => {
    for (const { autoScalingGroupName: group } of Object.values(witness.catalogue.fleets)) {
      if (!ran.has(group)) noteGroup(group);
    }
    for (const release of witness.ledger().releases) {
      if (!before.has(release.id)) before.set(release.id, imagesOf(witness, release.image));
    }
  };
  const judgeEnded = (): void => {
    for (const release of witness.ledger().releases) {
      const runBefore = before.get(release.id);
      if (runBefore === undefined || judged.has(release.id)) continue;
      if (release.outcome === undefined) continue;
      judged.add(release.id);
      if (release.outcome === 'duplicate' || release.outcome === 'merged') continue;
      judgeFleets(witness, release, { before: runBefore, paged, moved, theirs, ran }, broke);
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
      if (line.kind === 'event' && line.detailType.startsWith('EC2 Instance')) {
        noteGroup(textMember(line.event, 'detail', 'AutoScalingGroupName') ?? '');
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
