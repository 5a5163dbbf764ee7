import { ErrorName, KilnError } from './errors.ts';
import { Catalogue, type CatalogueChunk, type WavePolicy } from './policy.ts';

/**
 * Puts the deployed catalogue together again; `chunks` in the order of the parameter names. A wave that has the name of
 * the one before it continues it: a wave of a thousand fleets does not fit in one parameter.
 *
 * @throws KilnError Transient when the chunks do not make a whole, as while a deployment runs
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
  return whole({
    hub: chunks.find((chunk) => chunk.hub !== undefined)?.hub,
    look: chunks.find((chunk) => chunk.look !== undefined)?.look,
    images: Object.assign({}, ...chunks.map((chunk) => chunk.images ?? {})),
    fleets: Object.assign({}, ...chunks.map((chunk) => chunk.fleets ?? {})),
    waves,
  });
}

/**
 * Parameters change one after another while a deployment runs; what is put together then may lack a fleet or name one that
 * is gone. Every fleet stands in exactly one wave and has its image, or the catalogue is not all there yet.
 */
function whole(assembled: unknown): Catalogue {
  const parsed = Catalogue.safeParse(assembled);
  if (!parsed.success) return notWhole(parsed.error.message);
  const { fleets, images, waves } = parsed.data;
  const inWaves = waves.flatMap((wave) => wave.fleets);
  const strangers = inWaves.filter((fleet) => !(fleet in fleets));
  const unplaced = Object.keys(fleets).filter((fleet) => !inWaves.includes(fleet));
  const imageless = Object.values(fleets).filter((fleet) => !(fleet.image in images));
  const odd = [...strangers, ...unplaced, ...imageless.map((fleet) => fleet.name)];
  return odd.length === 0 ? parsed.data : notWhole(`these fleets do not fit: ${odd.join(', ')}`);
}

function notWhole(why: string): never {
  throw new KilnError(
    ErrorName.Transient,
    `the deployed catalogue is not whole, as while a deployment runs: ${why}`,
  );
}
