import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { ImageBehaviour } from '../../simulator/contract.ts';
import { type Account, defaultBakePlan, publishImage, simulate } from '../../simulator/index.ts';
import { lifelessImage, sickImage, wellImage } from '../../simulator/scenarios/behaviours.ts';
import { settle } from './history.ts';
import { invent, placeOf } from './invention.ts';
import { UserMistake } from './user-mistake.ts';
import type { WorldFile } from './world-file.ts';

/** How images turn out that are baked from now on. */
export const imageFates = {
  well: wellImage,
  sick: sickImage,
  lifeless: lifelessImage,
} as const satisfies Record<string, ImageBehaviour>;
export type ImageFate = keyof typeof imageFates;

export interface ServedAccount {
  readonly account: Account;
  bakesWillBe(fate: ImageFate): void;
  /**
   * What an image is built on gets a new version, as from AWS or an upstream team. Answers what is new.
   * @throws UserMistake for an image that is not in the catalogue, or whose base never moves
   */
  moveBase(image: string): string;
}

export interface ServedAccountOptions {
  readonly catalogue: CheckedCatalogue;
  /** Directory of the cloud assembly. */
  readonly assembly: string;
  readonly world: WorldFile;
  readonly seed: number;
}

/** The account that a rehearsal would play in, at the instant at which its first scenario would begin. */
export async function makeServedAccount(options: ServedAccountOptions): Promise<ServedAccount> {
  const { catalogue, seed } = options;
  const simulation = simulate({ seed, place: placeOf(catalogue) });
  const { account } = simulation;
  const { finishUpstream } = invent(account, catalogue, options.world);
  simulation.deploy(options.assembly);
  await settle(simulation, catalogue);
  return {
    account,
    bakesWillBe: (fate) =>
      account.imageBuilder.setBakePlan((bake) => ({
        ...defaultBakePlan(bake),
        behaviour: imageFates[fate],
      })),
    moveBase: (image) => moveBase(account, catalogue, finishUpstream, image),
  };
}

function moveBase(
  account: Account,
  catalogue: CheckedCatalogue,
  finishUpstream: Readonly<Record<string, () => void>>,
  name: string,
): string {
  const known = Object.keys(catalogue.images);
  const image = Object.hasOwn(catalogue.images, name) ? catalogue.images[name] : undefined;
  if (image === undefined) {
    throw new UserMistake(`there is no image ${name}; there is ${known.join(', ')}`);
  }
  const { base } = image;
  switch (base.kind) {
    case 'ssm': {
      if (base.parameter.startsWith('/aws/')) {
        return `${base.parameter} is ${publishImage(account, { parameter: base.parameter })}`;
      }
      throw new UserMistake(`${base.parameter} is yours: move it with ssm put-parameter`);
    }
    case 'image-builder':
      finishUpstream[name]?.();
      return `the pipeline of ${base.imageArn} has finished an image`;
    case 'ami':
      throw new UserMistake(`image ${name} is built on ${base.imageId}, which never changes`);
    default:
      return base satisfies never;
  }
}
