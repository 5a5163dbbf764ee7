import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type ImagebuilderClient, imageBuilderClient } from '../adapters/clients/image-builder.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry } from '../adapters/entry.ts';
import { readImage } from '../adapters/image-builder.ts';
import { readLock } from '../adapters/locks.ts';
import { changeVersion, readOwnVersion } from '../adapters/releases.ts';
import { type Look, makeSupervise, type Supervisor } from '../adapters/supervise.ts';
import { decideBake } from '../core/decide-bake.ts';
import type { BakeDecision, Wait } from '../core/decision.ts';
import { instantMs, isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { imageKeys } from '../core/keys.ts';
import { ReleaseMandate } from '../core/mandate.ts';

const Input = z.object({ mandate: ReleaseMandate });
type Input = z.infer<typeof Input>;
type Moving = Exclude<BakeDecision, Wait>;

/** Watches a bake from its request until the image is available and scanned, or cannot be any more. */
const makeSuperviseBake = (imageBuilder: ImagebuilderClient): Supervisor<Input, Moving> => ({
  name: 'bake',
  input: Input,
  async look({ mandate }: Input, nowMs: number): Promise<Look<Moving>> {
    const [catalogue, version, claim] = await Promise.all([
      recallCatalogue(mandate.catalogueDigest),
      readOwnVersion(mandate),
      readLock(imageKeys(mandate.image).claim),
    ]);
    const policy = catalogue.images[mandate.image];
    if (policy === undefined || version.buildVersionArn === undefined) {
      throw new KilnError(
        ErrorName.Unexpected,
        `version ${version.label} of image ${mandate.image} has no bake to supervise`,
      );
    }
    const image = await readImage(imageBuilder, version.buildVersionArn);
    if (image.status === 'AVAILABLE' && version.availableSince === undefined) {
      await changeVersion(version, { availableSince: isoInstant(nowMs) });
    }
    const decision = decideBake(
      { ...image, claim },
      policy,
      catalogue.look,
      mandate,
      instantMs(version.bakeRequestedAt ?? version.claimedAt),
      version.availableSince === undefined ? undefined : instantMs(version.availableSince),
      nowMs,
    );
    if (decision.kind === 'complete' && version.status === 'baking') {
      await changeVersion(version, { status: 'baked', reason: decision.reason });
    }
    return { decision, seen: { imageStatus: image.status } };
  },
});

export const handler = entry(
  makeSupervise(makeSuperviseBake(imageBuilderClient()), {
    stepFunctions: stepFunctionsClient(),
    nowMs: Date.now,
  }),
);
