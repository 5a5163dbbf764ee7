import type { SweptCatalogue } from './ledger.ts';
import type { Catalogue } from './policy.ts';

/** A catalogue that the ledger keeps because something began by it. */
export interface KeptCatalogue {
  readonly digest: string;
  readonly catalogue: Pick<Catalogue, 'images' | 'fleets'>;
  /** Since when another one is deployed; undefined for the one that is. */
  readonly supersededAtMs?: number | undefined;
}

/** Names of images and fleets. */
export interface Subjects {
  readonly images: readonly string[];
  readonly fleets: readonly string[];
}

/**
 * How long a catalogue is still swept after another one took its place, though nothing of its own is owned: longer than
 * the function that has read it may take to lock a fleet (15 minutes at most).
 */
export const SWEPT_FOR_SECONDS = 86_400;

/**
 * Whose locks a sweep looks at: all that any kept catalogue names. A fleet that was taken out of the catalogue while it
 * was rolled out still has a lock, and its owner may die like any other.
 */
export function subjectsToSweep(kept: readonly KeptCatalogue[]): Subjects {
  const all = (of: (one: KeptCatalogue['catalogue']) => object): readonly string[] =>
    [...new Set(kept.flatMap(({ catalogue }) => Object.keys(of(catalogue))))].sort();
  return { images: all((one) => one.images), fleets: all((one) => one.fleets) };
}

/**
 * Which superseded catalogues need no sweep any more: nothing that they alone name is owned, and they have been
 * superseded for long enough. What the deployed one names too is swept by that one.
 */
export function cataloguesToForget(
  kept: readonly KeptCatalogue[],
  owned: Subjects,
  nowMs: number,
): readonly string[] {
  const deployed = subjectsToSweep(kept.filter((one) => one.supersededAtMs === undefined));
  const images = owned.images.filter((name) => !deployed.images.includes(name));
  const fleets = owned.fleets.filter((name) => !deployed.fleets.includes(name));
  return kept.flatMap(({ digest, catalogue, supersededAtMs }) => {
    if (supersededAtMs === undefined) return [];
    if (nowMs - supersededAtMs < SWEPT_FOR_SECONDS * 1000) return [];
    const needed =
      images.some((name) => name in catalogue.images) ||
      fleets.some((name) => name in catalogue.fleets);
    return needed ? [] : [digest];
  });
}

/**
 * What a sweep changes in the list of catalogues: the deployed one stands there as such, every other one says since when
 * it does not, and what is to be forgotten goes. Nothing to write where the list says so already.
 */
export function listChanges(
  deployedDigest: string,
  listed: readonly SweptCatalogue[],
  forgotten: readonly string[],
  nowIso: string,
): { readonly put: readonly SweptCatalogue[]; readonly remove: readonly string[] } {
  const deployed = listed.find(({ digest }) => digest === deployedDigest);
  const right = deployed !== undefined && deployed.supersededAt === undefined;
  const superseded = listed.filter(
    ({ digest, supersededAt }) => digest !== deployedDigest && supersededAt === undefined,
  );
  return {
    put: [
      ...(right ? [] : [{ digest: deployedDigest }]),
      ...superseded.map(({ digest }) => ({ digest, supersededAt: nowIso })),
    ],
    remove: forgotten,
  };
}
