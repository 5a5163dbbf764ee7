import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import {
  type ImagebuilderClient,
  imageBuilderClientOnce,
} from '../adapters/clients/image-builder.ts';
import { entry, log } from '../adapters/entry.ts';
import { findBake, startBake } from '../adapters/image-builder.ts';
import { assertImageIsOurs } from '../adapters/locks.ts';
import { askForBake, changeVersion, readOwnVersion } from '../adapters/releases.ts';
import { refuseWhileAsked } from '../core/ask-once.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { ImageVersion } from '../core/ledger.ts';
import { ReleaseMandate } from '../core/mandate.ts';
import { shortHash } from '../core/names.ts';

const Input = z.object({ mandate: ReleaseMandate });

interface Ports {
  readonly imageBuilder: ImagebuilderClient;
  nowMs(): number;
}

/**
 * Starts the bake of this release's version. That it is asked for is written before the call, by one who asks: a retry
 * looks for it by its tag first. Idempotent whether or not Image Builder remembers the client token.
 *
 * @throws KilnError Busy while another may be about to make the call
 */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const { mandate } = Input.parse(event);
  const [version, catalogue] = await Promise.all([
    readOwnVersion(mandate),
    recallCatalogue(mandate.catalogueDigest),
    assertImageIsOurs(mandate),
  ]);
  if (version.buildVersionArn !== undefined) return { buildVersionArn: version.buildVersionArn };
  const policy = catalogue.images[mandate.image];
  if (policy === undefined) {
    throw new KilnError(ErrorName.Unexpected, `the catalogue has no image ${mandate.image}`);
  }
  const { pipelineArn } = policy;
  const { releaseId } = mandate;
  const before =
    version.bakeRequestedAt === undefined
      ? undefined
      : await findBake(ports.imageBuilder, pipelineArn, releaseId);
  if (before === undefined) await ask(version, ports.nowMs());
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

async function ask(version: ImageVersion, nowMs: number): Promise<void> {
  const what = `the bake of version ${version.label}`;
  if (version.bakeRequestedAt !== undefined) refuseWhileAsked(what, version.bakeRequestedAt, nowMs);
  if (await askForBake(version, isoInstant(nowMs))) return;
  // Somebody else has asked since it was read, this very moment.
  refuseWhileAsked(what, isoInstant(nowMs), nowMs);
}

export const handler = entry(
  makeHandler({ imageBuilder: imageBuilderClientOnce(), nowMs: Date.now }),
);
