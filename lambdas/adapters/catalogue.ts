import * as z from 'zod/mini';
import { assembleCatalogue } from '../core/assemble-catalogue.ts';
import { catalogueChunkKey, cataloguePartition, sweptKey } from '../core/keys.ts';
import { type Catalogue, CatalogueChunk } from '../core/policy.ts';
import { readAll, writeTogether } from './table.ts';

const StoredChunk = z.object({ sk: z.string(), text: z.string() });

/** Chunks of a catalogue never change, so what was read once stays right as long as the function instance lives. */
const known = new Map<string, Catalogue>();

/** The catalogue that a release began with. @throws Error when the ledger does not hold it */
export async function recallCatalogue(digest: string): Promise<Catalogue> {
  const catalogue = await findCatalogue(digest);
  if (catalogue === undefined) {
    throw new Error(`expected catalogue ${digest} in the ledger, found no chunk of it`);
  }
  return catalogue;
}

/** The catalogue with the digest, where the ledger holds it. */
export const findCatalogue = async (digest: string): Promise<Catalogue | undefined> =>
  known.get(digest) ?? (await recall(digest));

async function recall(digest: string): Promise<Catalogue | undefined> {
  const chunks = await readAll(cataloguePartition(digest), 'CHUNK#', StoredChunk);
  // The first chunk is written last: without it the others are the beginning of a write that was cut off.
  if (chunks[0]?.sk !== catalogueChunkKey(digest, 0).sk) return undefined;
  const catalogue = assemble(chunks.map((chunk) => chunk.text));
  known.set(digest, catalogue);
  return catalogue;
}

/** TransactWriteItems takes 100 items and 4 MB at most, one for the list; a chunk is a parameter of 4 KB at most. */
const TOGETHER = 99;

/**
 * Keeps a catalogue in the ledger, and lists it among those whose subjects are swept, in one transaction with what makes
 * it whole. Idempotent: the digest is the content's.
 */
export async function keepCatalogue(digest: string, texts: readonly string[]): Promise<Catalogue> {
  const catalogue = assemble(texts);
  const writes = texts.map((text, index) => ({
    put: catalogueChunkKey(digest, index),
    item: { text },
  }));
  // The first chunks come last: a catalogue that is there at all is there as a whole.
  for (let end = writes.length; end > 0; end -= TOGETHER) {
    const chunks = writes.slice(Math.max(0, end - TOGETHER), end);
    const last = end <= TOGETHER;
    await writeTogether(last ? [...chunks, { put: sweptKey(digest), item: { digest } }] : chunks);
  }
  known.set(digest, catalogue);
  return catalogue;
}

/** The catalogue whose parts these texts are, in order. */
export const assemble = (texts: readonly string[]): Catalogue =>
  assembleCatalogue(texts.map((text) => CatalogueChunk.parse(JSON.parse(text))));
