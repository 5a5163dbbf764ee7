import { Stack, Token } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Catalogue, CatalogueChunk, WavePolicy } from '../lambdas/core/policy.ts';
import { cataloguePath } from './reach.ts';

/** What a parameter of the standard tier holds. @see Systems Manager user guide, parameter-store-advanced-parameters */
const parameterBytesMax = 4096;

/** A token is filled in by CloudFormation: reckoned with the longest name that AWS gives alarms and groups. */
const tokenPlaceholder = 'x'.repeat(255);

/** The catalogue as SSM parameters `/kiln/<hub>/catalogue/001` and on, which functions read by path. */
export class CatalogueParameters extends Construct {
  constructor(scope: Construct, id: string, catalogue: Catalogue) {
    super(scope, id);
    for (const [index, chunk] of packCatalogue(catalogue).entries()) {
      const number = String(index + 1).padStart(3, '0');
      new ssm.StringParameter(this, number, {
        parameterName: `${cataloguePath(catalogue.hub)}${number}`,
        description:
          'Part of the catalogue of Kiln, made by cdk deploy. Functions read it, nobody edits it.',
        stringValue: Stack.of(this).toJsonString(chunk),
      });
    }
  }
}

/**
 * The fewest chunks that greedy packing in the catalogue's order gives, each small enough for a parameter. A wave with
 * many fleets is split: a wave that has the name of the one before it continues it.
 *
 * @throws Error when a single image or fleet, or a wave of one fleet with its gates, is larger than a parameter
 */
export function packCatalogue(catalogue: Catalogue): readonly CatalogueChunk[] {
  const chunks: CatalogueChunk[] = [{ hub: catalogue.hub, look: catalogue.look }];
  const put = (what: string, add: (chunk: CatalogueChunk) => CatalogueChunk) => {
    const grown = add(chunks.at(-1) ?? {});
    if (bytesOf(grown) <= parameterBytesMax) {
      chunks[chunks.length - 1] = grown;
      return;
    }
    const alone = add({});
    if (bytesOf(alone) > parameterBytesMax) {
      throw new Error(
        `expected ${what} to take at most ${parameterBytesMax} bytes of the catalogue, which is what an SSM parameter holds, came ${bytesOf(alone)}`,
      );
    }
    chunks.push(alone);
  };
  for (const [name, image] of Object.entries(catalogue.images)) {
    put(`image ${name}`, (chunk) => ({ ...chunk, images: { ...chunk.images, [name]: image } }));
  }
  for (const [name, fleet] of Object.entries(catalogue.fleets)) {
    put(`fleet ${name}`, (chunk) => ({ ...chunk, fleets: { ...chunk.fleets, [name]: fleet } }));
  }
  for (const wave of catalogue.waves) {
    for (const fleet of wave.fleets) {
      put(`wave ${wave.name}`, (chunk) => ({
        ...chunk,
        waves: withFleet(chunk.waves, wave, fleet),
      }));
    }
  }
  return chunks;
}

function withFleet(
  waves: readonly WavePolicy[] | undefined,
  wave: WavePolicy,
  fleet: string,
): WavePolicy[] {
  const last = waves?.at(-1);
  if (!waves || last?.name !== wave.name) return [...(waves ?? []), { ...wave, fleets: [fleet] }];
  return [...waves.slice(0, -1), { ...last, fleets: [...last.fleets, fleet] }];
}

function bytesOf(chunk: CatalogueChunk): number {
  const text = JSON.stringify(chunk, (_, value: unknown) =>
    typeof value === 'string' && Token.isUnresolved(value) ? tokenPlaceholder : value,
  );
  return Buffer.byteLength(text, 'utf8');
}
