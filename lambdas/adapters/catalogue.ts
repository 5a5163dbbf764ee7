import { createHash } from 'node:crypto';
import { GetParametersByPathCommand, type SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { assembleCatalogue } from '../core/assemble-catalogue.ts';
import { catalogueChunkKey, cataloguePartition } from '../core/keys.ts';
import { type Catalogue, CatalogueChunk } from '../core/policy.ts';
import { environment } from './entry.ts';
import { readAll, writeTogether } from './table.ts';

export interface KeptCatalogue {
  readonly digest: string;
  readonly catalogue: Catalogue;
}

const StoredChunk = z.object({ sk: z.string(), text: z.string() });

/** Chunks of a catalogue never change, so what was read once stays right as long as the function instance lives. */
const known = new Map<string, Catalogue>();

/**
 * The catalogue as deployed now, kept in the ledger under its digest, so that a release that begins with it can be
 * decided by it to its end. Idempotent: the digest is the content's.
 */
export async function keepDeployedCatalogue(ssm: SSMClient): Promise<KeptCatalogue> {
  const texts = await deployedTexts(ssm);
  const digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
  const catalogue = known.get(digest) ?? (await recall(digest)) ?? (await keep(digest, texts));
  return { digest, catalogue };
}

/** The catalogue that a release began with. @throws Error when the ledger does not hold it */
export async function recallCatalogue(digest: string): Promise<Catalogue> {
  const catalogue = known.get(digest) ?? (await recall(digest));
  if (catalogue === undefined) {
    throw new Error(`expected catalogue ${digest} in the ledger, found no chunk of it`);
  }
  return catalogue;
}

/** The catalogue as deployed now, without keeping it. */
export async function readDeployedCatalogue(ssm: SSMClient): Promise<Catalogue> {
  return assemble(await deployedTexts(ssm));
}

async function deployedTexts(ssm: SSMClient): Promise<readonly string[]> {
  const found: { name: string; value: string }[] = [];
  let token: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({
        Path: environment('CATALOGUE_PATH'),
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    for (const { Name: name, Value: value } of page.Parameters ?? []) {
      if (name !== undefined && value !== undefined) found.push({ name, value });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map((one) => one.value);
}

async function recall(digest: string): Promise<Catalogue | undefined> {
  const chunks = await readAll(cataloguePartition(digest), 'CHUNK#', StoredChunk);
  // The first chunk is written last: without it the others are the beginning of a write that was cut off.
  if (chunks[0]?.sk !== catalogueChunkKey(digest, 0).sk) return undefined;
  const catalogue = assemble(chunks.map((chunk) => chunk.text));
  known.set(digest, catalogue);
  return catalogue;
}

/** TransactWriteItems takes 100 items and 4 MB at most; a chunk is a parameter of 4 KB at most. */
const TOGETHER = 100;

async function keep(digest: string, texts: readonly string[]): Promise<Catalogue> {
  const catalogue = assemble(texts);
  const writes = texts.map((text, index) => ({
    put: catalogueChunkKey(digest, index),
    item: { text },
  }));
  // The first chunks come last: a catalogue that is there at all is there as a whole.
  for (let end = writes.length; end > 0; end -= TOGETHER) {
    await writeTogether(writes.slice(Math.max(0, end - TOGETHER), end));
  }
  known.set(digest, catalogue);
  return catalogue;
}

const assemble = (texts: readonly string[]): Catalogue =>
  assembleCatalogue(texts.map((text) => CatalogueChunk.parse(JSON.parse(text))));
