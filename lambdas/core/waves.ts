import type { Catalogue, WavePolicy } from './policy.ts';

/** The waves of a release of this image, in order: of each wave the fleets that run it, none empty. */
export const wavesOf = (
  catalogue: Pick<Catalogue, 'waves' | 'fleets'>,
  image: string,
): readonly WavePolicy[] =>
  catalogue.waves
    .map((wave) => ({
      ...wave,
      fleets: wave.fleets.filter((fleet) => catalogue.fleets[fleet]?.image === image),
    }))
    .filter((wave) => wave.fleets.length > 0);
