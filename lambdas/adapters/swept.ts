import { listChanges, type KeptCatalogue as Sweepable } from '../core/decide-sweep.ts';
import { isoInstant } from '../core/durations.ts';
import { SWEPT_PREFIX, sweptKey, sweptPartition } from '../core/keys.ts';
import { SweptCatalogue } from '../core/ledger.ts';
import type { Catalogue } from '../core/policy.ts';
import { findCatalogue } from './catalogue.ts';
import type { KeptCatalogue } from './deployed-catalogue.ts';
import { readAll, write } from './table.ts';

/** The deployed catalogue first, then those that something began by before it took their place. */
export interface Swept {
  readonly catalogues: readonly (Sweepable & { readonly catalogue: Catalogue })[];
  /** As the ledger lists them. */
  readonly listed: readonly SweptCatalogue[];
}

/** All catalogues whose images and fleets may be owned: a subject may be taken out of the catalogue while it moves. */
export async function sweptCatalogues(deployed: KeptCatalogue, nowMs: number): Promise<Swept> {
  const listed = await readAll(sweptPartition, SWEPT_PREFIX, SweptCatalogue);
  const others = await Promise.all(
    listed
      .filter(({ digest }) => digest !== deployed.digest)
      .map(async ({ digest, supersededAt }) => {
        // Without a catalogue nothing began by it: the sweep had listed it because it was deployed.
        const catalogue = (await findCatalogue(digest)) ?? emptied(deployed.catalogue);
        const supersededAtMs = supersededAt === undefined ? nowMs : Date.parse(supersededAt);
        return { digest, catalogue, supersededAtMs };
      }),
  );
  return { catalogues: [deployed, ...others], listed };
}

const emptied = (catalogue: Catalogue): Catalogue => ({
  ...catalogue,
  images: {},
  fleets: {},
  waves: [],
});

/** Brings the list up to date. Idempotent; what could not be written is written by the next sweep. */
export async function keepList(
  deployedDigest: string,
  { listed }: Swept,
  forgotten: readonly string[],
  nowMs: number,
): Promise<void> {
  const { put, remove } = listChanges(deployedDigest, listed, forgotten, isoInstant(nowMs));
  for (const item of put) await write({ put: sweptKey(item.digest), item });
  for (const digest of remove) await write({ delete: sweptKey(digest) });
}
