import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type ImagebuilderClient, imageBuilderClient } from '../adapters/clients/image-builder.ts';
import { entry, log } from '../adapters/entry.ts';
import { cancelBake, findBake, readImage } from '../adapters/image-builder.ts';
import { assertImageIsOurs } from '../adapters/locks.ts';
import { changeVersion, readOwnVersion } from '../adapters/releases.ts';
import { refuseWhileAsked } from '../core/ask-once.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { ImageVersion } from '../core/ledger.ts';
import { Failure, ReleaseMandate, showFailure } from '../core/mandate.ts';
import { shortHash } from '../core/names.ts';

const Input = z.object({
  mandate: ReleaseMandate,
  decision: z.nullable(z.object({ kind: z.string(), reason: z.string() })),
  failure: z.nullable(Failure),
});

interface Ports {
  readonly imageBuilder: ImagebuilderClient;
  nowMs(): number;
}

/** Image states that still build (Image Builder API, ImageState). */
const UNDER_WAY = ['PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING'];

/**
 * Ends the bake of a release that will not use it: cancelled where it still runs, and the version marked `failed`
 * unless it had got further. Idempotent: a bake that has ended is left alone.
 *
 * @throws KilnError Busy while the bake may be about to be started; Transient when the version has changed meanwhile
 */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const { mandate, decision, failure } = Input.parse(event);
  const cause =
    failure !== null
      ? showFailure(failure)
      : (decision?.reason ?? 'the release was brought to an end');
  const answer = { failure: { step: 'Supervise the bake', error: 'BakeFailed', cause } };
  if (mandate.version === null || mandate.version === undefined) return answer;
  await assertImageIsOurs(mandate);
  const version = await readOwnVersion(mandate);
  if (version.releaseId !== mandate.releaseId || version.status !== 'baking') return answer;
  const bake = await endBake(ports, mandate, version);
  const change = bake === undefined ? {} : { buildVersionArn: bake };
  if (await changeVersion(version, { status: 'failed', reason: cause, ...change })) return answer;
  throw new KilnError(
    ErrorName.Transient,
    `version ${version.label} of image ${mandate.image} has changed since it was read`,
  );
};

/** Cancels what is under way. The bake that there is, or was. */
async function endBake(
  { imageBuilder, nowMs }: Ports,
  mandate: ReleaseMandate,
  version: ImageVersion,
): Promise<string | undefined> {
  const bake = await bakeOf(imageBuilder, mandate, version);
  if (bake === undefined) {
    // A function of a dead execution may be about to make the call.
    const { label, bakeRequestedAt } = version;
    if (bakeRequestedAt !== undefined) {
      refuseWhileAsked(`the bake of version ${label}`, bakeRequestedAt, nowMs());
    }
    return undefined;
  }
  const { status } = await readImage(imageBuilder, bake);
  const token = `kiln-cancel-${shortHash(mandate.releaseId, bake)}`;
  if (UNDER_WAY.includes(status)) await cancelBake(imageBuilder, bake, token);
  log('INFO', 'bake ended', { ...mandate, buildVersionArn: bake, status });
  return bake;
}

/** A bake may have been asked for without its answer having been recorded. */
async function bakeOf(
  imageBuilder: ImagebuilderClient,
  mandate: ReleaseMandate,
  version: ImageVersion,
): Promise<string | undefined> {
  if (version.buildVersionArn !== undefined) return version.buildVersionArn;
  if (version.bakeRequestedAt === undefined) return undefined;
  const catalogue = await recallCatalogue(mandate.catalogueDigest);
  const pipelineArn = catalogue.images[mandate.image]?.pipelineArn;
  return pipelineArn === undefined
    ? undefined
    : findBake(imageBuilder, pipelineArn, mandate.releaseId);
}

export const handler = entry(makeHandler({ imageBuilder: imageBuilderClient(), nowMs: Date.now }));
