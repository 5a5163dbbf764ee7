import { Catalogue, type CatalogueChunk, type WavePolicy } from './policy.ts';

/**
 * Puts the deployed catalogue together again; `chunks` in the order of the parameter names. A wave that has the name of
 * the one before it continues it: a wave of a thousand fleets does not fit in one parameter.
 *
 * @throws $ZodError when the chunks are not all there
 */
export function assembleCatalogue(chunks: readonly CatalogueChunk[]): Catalogue {
  const waves: WavePolicy[] = [];
  for (const wave of chunks.flatMap((chunk) => chunk.waves ?? [])) {
    const last = waves.at(-1);
    if (last?.name === wave.name) {
      waves[waves.length - 1] = { ...last, fleets: [...last.fleets, ...wave.fleets] };
    } else {
      waves.push(wave);
    }
  }
  return Catalogue.parse({
    hub: chunks.find((chunk) => chunk.hub !== undefined)?.hub,
    look: chunks.find((chunk) => chunk.look !== undefined)?.look,
    images: Object.assign({}, ...chunks.map((chunk) => chunk.images ?? {})),
    fleets: Object.assign({}, ...chunks.map((chunk) => chunk.fleets ?? {})),
    waves,
  });
}
