import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type ImagebuilderClient, imageBuilderClient } from '../adapters/clients.ts';
import { entry, log } from '../adapters/entry.ts';
import { findBake, startBake } from '../adapters/image-builder.ts';
import { assertImageIsOurs } from '../adapters/locks.ts';
import { changeVersion, readOwnVersion } from '../adapters/releases.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { ReleaseMandate } from '../core/mandate.ts';
import { shortHash } from '../core/names.ts';

const Input = z.object({ mandate: ReleaseMandate });

interface Ports {
  readonly imageBuilder: ImagebuilderClient;
  nowMs(): number;
}

/**
 * Starts the bake of this release's version. That it was asked for is written before the call, so that a retry looks
 * for it by its tag first: idempotent whether or not Image Builder still remembers the client token.
 */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const { mandate } = Input.parse(event);
  const [version, catalogue] = await Promise.all([
    readOwnVersion(mandate),
    recallCatalogue(mandate.catalogueDigest),
  ]);
  if (version.buildVersionArn !== undefined) return { buildVersionArn: version.buildVersionArn };
  const policy = catalogue.images[mandate.image];
  if (policy === undefined) {
    throw new KilnError(ErrorName.Unexpected, `the catalogue has no image ${mandate.image}`);
  }
  await assertImageIsOurs(mandate);
  const { pipelineArn } = policy;
  const { releaseId } = mandate;
  const before =
    version.bakeRequestedAt === undefined
      ? undefined
      : await findBake(ports.imageBuilder, pipelineArn, releaseId);
  if (version.bakeRequestedAt === undefined) {
    await changeVersion(version, { bakeRequestedAt: isoInstant(ports.nowMs()) });
  }
  const buildVersionArn =
    before ??
    (await startBake(ports.imageBuilder, {
      pipelineArn,
      releaseId,
      image: mandate.image,
      version: version.label,
      clientToken: `kiln-${shortHash(releaseId, version.label)}`,
    }));
  await changeVersion(version, { buildVersionArn, reason: `bake ${buildVersionArn} is under way` });
  log('INFO', 'bake started', { ...mandate, buildVersionArn, adopted: before !== undefined });
  return { buildVersionArn };
};

export const handler = entry(makeHandler({ imageBuilder: imageBuilderClient(), nowMs: Date.now }));
