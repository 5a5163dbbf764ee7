import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { entry, log } from '../adapters/entry.ts';
import { assertImageIsOurs } from '../adapters/locks.ts';
import {
  changeRelease,
  readRelease,
  readReleaseFleets,
  readVersion,
} from '../adapters/releases.ts';
import { brief } from '../core/brief.ts';
import { decideNextStep, type NextStep } from '../core/decide-release.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { Release } from '../core/ledger.ts';
import { Failure, ReleaseMandate, showFailure } from '../core/mandate.ts';
import type { Catalogue } from '../core/policy.ts';
import { wavesOf } from '../core/waves.ts';
import { Asking, askAboutWave } from './ask.ts';
import { shape } from './shape.ts';

const Input = z.object({
  mandate: ReleaseMandate,
  /** What failed since the last step; null when nothing did. */
  failure: z.nullable(Failure),
  /** When the state was entered: choosing a step opens it, so that a retry must get the same one. */
  enteredAt: z.iso.datetime(),
});

/** Chooses what the release does next, from what the ledger says of every fleet. Idempotent per entering of the state. */
const makeHandler = (nowMs: () => number) => async (event: unknown) => {
  const asking = Asking.safeParse(event);
  if (asking.success) return askAboutWave(asking.data, isoInstant(nowMs()));
  const { mandate, failure, enteredAt } = Input.parse(event);
  const [release, catalogue] = await Promise.all([
    readRelease(mandate.releaseId),
    recallCatalogue(mandate.catalogueDigest),
    assertImageIsOurs(mandate),
  ]);
  const at = isoInstant(nowMs());
  if (release.lastStep?.enteredAt === enteredAt) {
    return shape(JSON.parse(release.lastStep.step) as NextStep, release, catalogue, at);
  }
  const wayBackReason =
    release.wayBackReason ?? (failure === null ? undefined : brief(showFailure(failure)));
  const step = await choose(mandate, { ...release, wayBackReason }, catalogue);
  const changed: Partial<Release> = {
    ...(wayBackReason === undefined ? {} : { wayBackReason }),
    ...opens(step, { ...release, wayBackReason }),
    lastStep: { enteredAt, step: JSON.stringify(step) },
  };
  await changeRelease(mandate.releaseId, changed);
  log('INFO', 'next step', { ...mandate, ...step });
  return shape(step, { ...release, ...changed }, catalogue, at);
};

async function choose(
  mandate: ReleaseMandate,
  release: Release,
  catalogue: Catalogue,
): Promise<NextStep> {
  const { image } = mandate;
  const [fleets, version] = await Promise.all([
    readReleaseFleets(mandate.releaseId),
    release.version === undefined ? undefined : readVersion(image, release.version),
  ]);
  const policy = catalogue.images[image];
  if (policy === undefined) {
    throw new KilnError(ErrorName.Unexpected, `the catalogue has no image ${image}`);
  }
  return decideNextStep(release, fleets, version, policy, wavesOf(catalogue, image));
}

function opens(step: NextStep, release: Release): Partial<Release> {
  if (step.step === 'wave') return { wavesOpened: step.wave };
  if (step.step === 'end' && step.keepsVersion === true) {
    return { keptReason: release.keptReason ?? brief(step.reason) };
  }
  if (step.step !== 'go-back') return {};
  const wayBackRounds = (release.wayBackRounds ?? 0) + 1;
  return step.keepsProven === true
    ? { wayBackRounds, keptReason: release.keptReason ?? step.why }
    : { wayBackRounds, wayBackReason: release.wayBackReason ?? step.why };
}

export const handler = entry(makeHandler(Date.now));
