import * as z from 'zod/mini';
import { type SFNClient, stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry, environment, log } from '../adapters/entry.ts';
import { letGo, readLock } from '../adapters/locks.ts';
import { forgetParked } from '../adapters/parking.ts';
import { startPending } from '../adapters/pending.ts';
import { readRelease, readVersion } from '../adapters/releases.ts';
import { read, type Write, write } from '../adapters/table.ts';
import { promotedVersion, withoutVersion } from '../core/current-version.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { imageKeys, releaseKeys } from '../core/keys.ts';
import { type Release, ReleaseOutcome } from '../core/ledger.ts';
import { ReleaseMandate } from '../core/mandate.ts';
import { releaseMetricLine } from '../core/metrics.ts';
import { CurrentVersion } from '../core/pending.ts';
import { blockingWrites, writeInTransactions } from './blocks.ts';

const Input = z.object({
  mandate: ReleaseMandate,
  next: z.object({
    step: z.string(),
    outcome: ReleaseOutcome,
    reason: z.string(),
    /** Nothing speaks against the version. */
    keepsVersion: z.optional(z.boolean()),
    /** Fleets that were sent back in vain. */
    stranded: z.optional(z.array(z.string())),
  }),
});

interface Ports {
  readonly stepFunctions: SFNClient;
  nowMs(): number;
}

/**
 * Ends a release: promotes or quarantines its version, blocks the fleets that were sent back in vain, writes the outcome and
 * lets the image go in one transaction, then starts the release of what was pending. Idempotent: an ended release is answered
 * as it ended, and the follow-up is started by a name that its causes give it.
 *
 * @throws KilnError Outbid when another execution holds the image
 */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const { mandate, next } = Input.parse(event);
  const before = await readRelease(mandate.releaseId);
  if (before.outcome === undefined) {
    const at = isoInstant(ports.nowMs());
    const writes = await closingWrites(mandate, before, next, at);
    const blocks = await blockingWrites(mandate, next.stranded ?? [], next.reason, at);
    if (!(await writeInTransactions(mandate, blocks, writes))) await mustHaveEnded(mandate);
  } else {
    // Whoever took the image over as the release was closed has it still.
    await write(letGo(imageKeys(mandate.image).claim, mandate));
  }
  const followUp = await startPending(
    ports.stepFunctions,
    environment('RELEASE_ARN'),
    mandate.image,
    ports.nowMs(),
  );
  const outcome = before.outcome ?? next.outcome;
  const reason = before.reason ?? next.reason;
  log('INFO', 'release closed', { ...mandate, outcome, reason, followUp });
  if (before.outcome === undefined && outcome !== 'merged' && outcome !== 'duplicate') {
    console.log(JSON.stringify(releaseMetricLine(environment('HUB'), outcome, ports.nowMs())));
  }
  return {
    outcome,
    reason,
    image: mandate.image,
    version: mandate.version ?? null,
    releaseId: mandate.releaseId,
    asAsked: before.direction === 'back' && outcome === 'rolled-back',
    subject: `${mandate.image} ${mandate.version ?? ''} ${outcome}`.replace(/ +/g, ' '),
    followUp: followUp ?? null,
  };
};

async function closingWrites(
  mandate: ReleaseMandate,
  release: Release,
  next: z.infer<typeof Input>['next'],
  at: string,
): Promise<readonly Write[]> {
  const keys = imageKeys(mandate.image);
  const { outcome, reason, keepsVersion } = next;
  return [
    letGo(keys.claim, mandate),
    forgetParked(mandate.executionArn),
    {
      update: releaseKeys(mandate.releaseId).meta,
      set: { outcome, reason, endedAt: at },
      when: { absent: ['endedAt'] },
    },
    ...(keepsVersion === true ? [] : await versionWrites(release, outcome, reason, at)),
  ];
}

/** What becomes of the version: it is promoted, or bad for good, or as good as before where nothing was proven of it. */
async function versionWrites(
  release: Release,
  outcome: ReleaseOutcome,
  reason: string,
  at: string,
): Promise<readonly Write[]> {
  if (release.version === undefined) return [];
  const keys = imageKeys(release.image);
  const key = keys.version(release.version);
  const when = { equals: { label: release.version } };
  const current = await read(keys.current, CurrentVersion);
  const occasion = { releaseId: release.id, at };
  if (outcome === 'promoted') {
    return [
      { update: key, set: { status: 'promoted', reason }, when },
      { put: keys.current, item: promotedVersion(current, release.version, occasion) },
    ];
  }
  const version = await readVersion(release.image, release.version);
  if (version === undefined) return [];
  if (outcome === 'failed') {
    return version.status === 'baking' || version.status === 'baked'
      ? [{ update: key, set: { status: 'failed', reason }, when }]
      : [];
  }
  const quarantine: Write = { update: key, set: { status: 'quarantined', reason }, when };
  const left = withoutVersion(current, release.version, occasion);
  return left === undefined ? [quarantine] : [quarantine, { put: keys.current, item: left }];
}

async function mustHaveEnded(mandate: ReleaseMandate): Promise<void> {
  const [release, lock] = await Promise.all([
    readRelease(mandate.releaseId),
    readLock(imageKeys(mandate.image).claim),
  ]);
  if (release.outcome !== undefined) return;
  throw new KilnError(
    ErrorName.Outbid,
    `image ${mandate.image} belongs to ${lock.executionArn ?? 'nobody'} at generation ${lock.generation}; release ${mandate.releaseId} was not closed`,
  );
}

export const handler = entry(
  makeHandler({ stepFunctions: stepFunctionsClient(), nowMs: Date.now }),
);
