import type { CurrentVersion } from './pending.ts';

/** How many versions before the current one are remembered: as many as a fleet's history. */
const REMEMBERED = 10;

type Occasion = Pick<CurrentVersion, 'releaseId' | 'at'>;

/** What is current once this version is promoted. */
export const promotedVersion = (
  before: CurrentVersion | undefined,
  version: string,
  occasion: Occasion,
): CurrentVersion =>
  current([version, ...versionsOf(before).filter((one) => one !== version)], occasion) ?? {
    version,
    ...occasion,
  };

/**
 * What is current once this version is quarantined: neither it nor anything before may come back by it. Undefined when
 * nothing changes, or when nothing else was ever promoted.
 */
export function withoutVersion(
  before: CurrentVersion | undefined,
  version: string,
  occasion: Occasion,
): CurrentVersion | undefined {
  const versions = versionsOf(before);
  if (before === undefined || !versions.includes(version)) return undefined;
  const left = versions.filter((one) => one !== version);
  // Who brought the current version, and when, stays true while it stays current.
  return current(left, before.version === version ? occasion : before);
}

const versionsOf = (current: CurrentVersion | undefined): readonly string[] =>
  current === undefined
    ? []
    : [
        current.version,
        ...(current.previous ? [current.previous] : []),
        ...(current.earlier ?? []),
      ];

function current(
  [version, previous, ...earlier]: readonly string[],
  { releaseId, at }: Occasion,
): CurrentVersion | undefined {
  if (version === undefined) return undefined;
  return {
    version,
    releaseId,
    at,
    ...(previous === undefined ? {} : { previous }),
    ...(earlier.length === 0 ? {} : { earlier: earlier.slice(0, REMEMBERED - 1) }),
  };
}
