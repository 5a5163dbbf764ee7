import * as z from 'zod/mini';
import { readLock, takeLock } from '../adapters/locks.ts';
import { readVersion } from '../adapters/releases.ts';
import { read, type Write, writeTogether } from '../adapters/table.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { imageKeys, releaseKeys } from '../core/keys.ts';
import type { ImageVersion, Lock, Release } from '../core/ledger.ts';
import { nextVersionLabel } from '../core/names.ts';
import { CurrentVersion } from '../core/pending.ts';
import type { Catalogue } from '../core/policy.ts';
import type { Opened, Opening } from './open.ts';

/** `IMAGE#<image> | LABELS`: the label that was given out last. */
const Labels = z.object({ newest: z.string() });

/** How often the claim is tried again when somebody else wrote between our reads and our write. */
const TRIES = 4;

/**
 * Claims the image for this release, with its version, cause and record, in one transaction. `ours`: another invocation
 * of this very execution has claimed it since.
 */
export async function claim(
  opening: Opening,
  catalogue: Catalogue,
): Promise<Opened | { readonly kind: 'taken'; readonly holder: Lock } | { readonly kind: 'ours' }> {
  const keys = imageKeys(opening.input.image);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const seen = await readLock(keys.claim);
    if (seen.executionArn === opening.executionArn) return { kind: 'ours' };
    if (seen.executionArn !== undefined) {
      return { kind: 'taken', holder: seen };
    }
    const plan = await planOf(opening, catalogue);
    const claimed = await writeTogether([
      takeLock(keys.claim, seen, opening, opening.now),
      ...plan.writes,
    ]);
    if (claimed) return plan.opened;
  }
  throw new KilnError(
    ErrorName.Busy,
    `image ${opening.input.image} could not be claimed in ${TRIES} tries: others claim it at the same time`,
  );
}

interface Plan {
  readonly opened: Opened;
  readonly writes: readonly Write[];
}

async function planOf(opening: Opening, catalogue: Catalogue): Promise<Plan> {
  const { input } = opening;
  if (input.kind === 'roll-back') return planBack(opening, input.reason);
  if (input.kind === 'by-hand' && input.version !== undefined) {
    return planVersion(opening, input.version);
  }
  return planBake(opening, catalogue);
}

async function planBake(opening: Opening, catalogue: Catalogue): Promise<Plan> {
  const { input, now, releaseId } = opening;
  const keys = imageKeys(input.image);
  const labels = await read(keys.labels, Labels);
  const label = nextVersionLabel(Date.parse(now), labels?.newest);
  const version: ImageVersion = {
    image: input.image,
    label,
    status: 'baking',
    reason: `claimed by release ${releaseId}`,
    releaseId,
    claimedAt: now,
  };
  const base = catalogue.images[input.image]?.base;
  return {
    opened: { kind: 'bake', reason: `version ${label} from ${JSON.stringify(base)}` },
    writes: [
      {
        put: keys.labels,
        item: { newest: label },
        when: labels === undefined ? { absent: ['pk'] } : { equals: { newest: labels.newest } },
      },
      { put: keys.version(label), item: version, when: { absent: ['pk'] } },
      ...records(opening, 'forward', label),
    ],
  };
}

async function planVersion(opening: Opening, label: string): Promise<Plan> {
  const { image } = opening.input;
  const version = await readVersion(image, label);
  const rejected =
    version === undefined
      ? `image ${image} has no version ${label} in the ledger`
      : version.status === 'quarantined' || version.buildVersionArn === undefined
        ? `version ${label} of image ${image} is ${version.status}: ${version.reason}`
        : undefined;
  if (rejected !== undefined) {
    throw new KilnError(
      ErrorName.InvalidInput,
      `version: expected a version that was baked and is not quarantined; ${rejected}. A valid example: {"image":"${image}"} bakes a new one`,
    );
  }
  return {
    opened: { kind: 'version', reason: `version ${label}, by hand` },
    writes: records(opening, 'forward', label),
  };
}

async function planBack(opening: Opening, reason: string): Promise<Plan> {
  const current = await read(imageKeys(opening.input.image).current, CurrentVersion);
  return {
    opened: { kind: 'back', reason },
    writes: records(opening, 'back', current?.version, reason),
  };
}

function records(
  opening: Opening,
  direction: Release['direction'],
  version: string | undefined,
  wayBackReason?: string,
): readonly Write[] {
  const { input, cause, releaseId, executionArn, catalogueDigest, now } = opening;
  const release: Release = {
    id: releaseId,
    image: input.image,
    ...(version === undefined ? {} : { version }),
    direction,
    cause,
    executionArn,
    catalogueDigest,
    startedAt: now,
    wavesOpened: 0,
    wavesSoaked: 0,
    ...(wayBackReason === undefined ? {} : { wayBackReason }),
  };
  return [
    { put: releaseKeys(releaseId).meta, item: release, when: { absent: ['pk'] } },
    {
      update: imageKeys(input.image).cause(cause.id),
      set: { id: cause.id, releaseId, since: now, openedAt: now },
    },
  ];
}
