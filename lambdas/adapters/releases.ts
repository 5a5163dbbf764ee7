import { FLEET_PREFIX, imageKeys, releaseKeys } from '../core/keys.ts';
import { ImageVersion, Release, ReleaseFleet } from '../core/ledger.ts';
import type { ReleaseMandate } from '../core/mandate.ts';
import { type Condition, read, readAll, write } from './table.ts';

export const findRelease = (id: string): Promise<Release | undefined> =>
  read(releaseKeys(id).meta, Release);

/** @throws Error when the ledger has no such release, which its opening wrote before anything else */
export async function readRelease(id: string): Promise<Release> {
  const release = await findRelease(id);
  if (release === undefined) throw new Error(`expected release ${id} in the ledger, found none`);
  return release;
}

export const readReleaseFleets = (id: string): Promise<ReleaseFleet[]> =>
  readAll(releaseKeys(id).partition, FLEET_PREFIX, ReleaseFleet);

export const readReleaseFleet = (id: string, fleet: string): Promise<ReleaseFleet | undefined> =>
  read(releaseKeys(id).fleet(fleet), ReleaseFleet);

export const readVersion = (image: string, label: string): Promise<ImageVersion | undefined> =>
  read(imageKeys(image).version(label), ImageVersion);

/** @throws Error when this release has no version in the ledger */
export async function readOwnVersion({ image, version }: ReleaseMandate): Promise<ImageVersion> {
  const found =
    version === undefined || version === null ? undefined : await readVersion(image, version);
  if (found === undefined) {
    throw new Error(`expected version ${version} of image ${image} in the ledger, found none`);
  }
  return found;
}

/**
 * Changes fields of an image version. False when there is none, and when its status is to change and it is not what was read
 * any more: of two looks at a bake one may be minutes late, and a bake may be asked for as it is given up.
 */
export const changeVersion = (
  version: ImageVersion,
  set: Partial<ImageVersion>,
): Promise<boolean> =>
  write({
    update: imageKeys(version.image).version(version.label),
    set,
    when: set.status === undefined ? { equals: { label: version.label } } : isStill(version),
  });

/** Writes that the bake of a version is asked for. False when somebody else has, or has given it up, since it was read. */
export const askForBake = (version: ImageVersion, at: string): Promise<boolean> =>
  write({
    update: imageKeys(version.image).version(version.label),
    set: { bakeRequestedAt: at },
    when: isStill(version),
  });

/** That a version has come no further than what was read. */
const isStill = ({ label, status, bakeRequestedAt }: ImageVersion): Condition =>
  bakeRequestedAt === undefined
    ? { equals: { label, status }, absent: ['bakeRequestedAt'] }
    : { equals: { label, status, bakeRequestedAt } };

/** Changes fields of a release that has not ended. */
export const changeRelease = (
  id: string,
  set: Partial<Release>,
  remove: readonly (keyof Release)[] = [],
): Promise<boolean> =>
  write({
    update: releaseKeys(id).meta,
    set,
    remove,
    when: { equals: { id }, absent: ['endedAt'] },
  });
