import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type ImagebuilderClient, imageBuilderClient } from '../adapters/clients/image-builder.ts';
import { entry, log } from '../adapters/entry.ts';
import { readFindings, readImage } from '../adapters/image-builder.ts';
import { assertImageIsOurs } from '../adapters/locks.ts';
import { changeVersion, readOwnVersion } from '../adapters/releases.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { judgeInspection } from '../core/judge-inspection.ts';
import { ReleaseMandate } from '../core/mandate.ts';

const Input = z.object({ mandate: ReleaseMandate });

/**
 * Judges the image version before any fleet sees it. What is not green is quarantined: with a release by hand of an older
 * version, findings that came to light since then are seen too. Idempotent: it reads and writes the same again.
 */
const makeHandler = (imageBuilder: ImagebuilderClient) => async (event: unknown) => {
  const { mandate } = Input.parse(event);
  const [version, catalogue] = await Promise.all([
    readOwnVersion(mandate),
    recallCatalogue(mandate.catalogueDigest),
    assertImageIsOurs(mandate),
  ]);
  const policy = catalogue.images[mandate.image];
  if (policy === undefined || version.buildVersionArn === undefined) {
    const message = `version ${version.label} of image ${mandate.image} was never baked`;
    throw new KilnError(ErrorName.Unexpected, message);
  }
  const image = await readImage(imageBuilder, version.buildVersionArn);
  const findings =
    policy.inspection.scan === 'required'
      ? await readFindings(imageBuilder, version.buildVersionArn)
      : undefined;
  const verdict = judgeInspection(
    {
      ...image,
      findings,
      provenance: {
        expectedPipelineArn: policy.pipelineArn,
        sourcePipelineArn: image.sourcePipelineArn,
      },
    },
    policy,
  );
  log('INFO', 'inspected', { ...mandate, ...verdict, findings });
  const passed = verdict.kind === 'green';
  // A version that was promoted before stays what it is while it passes.
  const status = passed
    ? version.status === 'promoted'
      ? 'promoted'
      : 'inspected'
    : 'quarantined';
  const written = await changeVersion(version, {
    status,
    reason: `inspection ${verdict.kind}: ${verdict.reason}`,
    ...(image.imageId === undefined ? {} : { imageId: image.imageId }),
  });
  if (!written) {
    const message = `version ${version.label} of image ${mandate.image} is not ${version.status} any more`;
    throw new KilnError(ErrorName.Transient, message);
  }
  if (passed) return { verdict: verdict.kind, reason: verdict.reason, failure: null };
  const cause = `${verdict.kind}: ${verdict.reason}`;
  const failure = { step: 'Inspect the image version', error: 'InspectionFailed', cause };
  return { verdict: verdict.kind, reason: verdict.reason, failure };
};

export const handler = entry(makeHandler(imageBuilderClient()));
