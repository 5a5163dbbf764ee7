import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import type { SSMClient } from '../adapters/clients/ssm.ts';
import type { SFNClient } from '../adapters/clients/step-functions.ts';
import { keepDeployedCatalogue } from '../adapters/deployed-catalogue.ts';
import { log } from '../adapters/entry.ts';
import { hasEnded, howItEnded, stop } from '../adapters/executions.ts';
import { type Claimant, readLock, type Taken, take } from '../adapters/locks.ts';
import { clearParked } from '../adapters/parking.ts';
import { changeRelease, findRelease, readReleaseFleets } from '../adapters/releases.ts';
import { type Swept, sweptCatalogues } from '../adapters/swept.ts';
import { readMany } from '../adapters/table.ts';
import { brief } from '../core/brief.ts';
import { type Subjects, subjectsToSweep } from '../core/decide-sweep.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetKeys, imageKeys, type Key } from '../core/keys.ts';
import { Lock, type Release } from '../core/ledger.ts';
import { shortHash } from '../core/names.ts';
import type { Catalogue } from '../core/policy.ts';
import { wavesOf } from '../core/waves.ts';

const Event = z.object({ input: z.unknown(), executionArn: z.string() });
/** The execution that ended and left something behind. */
const RecoverInput = z.looseObject({ executionArn: z.string() });

interface Ports {
  readonly stepFunctions: SFNClient;
  readonly ssm: SSMClient;
  nowMs(): number;
}

type Kept = Swept['catalogues'];

interface Owned {
  readonly name: string;
  readonly lock: Lock;
}

const NOTHING_NEXT = { fleets: [], maxConcurrency: 0, nameSuffix: '', reason: '' };

/**
 * Takes over what a dead execution owned: its image's claim with a higher generation, so that an orphan that still runs
 * finds itself outbid; stops its rollouts; clears its parked tokens; and names the fleets that must be brought to an end.
 * Idempotent: a claim that is ours already is taken over already.
 *
 * @throws KilnError Busy while a rollout that was stopped has not ended
 */
export const makeTakeOver = (ports: Ports) => async (event: unknown) => {
  const { input, executionArn } = Event.parse(event);
  const orphan = RecoverInput.safeParse(input);
  if (!orphan.success) {
    throw new KilnError(
      ErrorName.InvalidInput,
      'executionArn: expected the ARN of an execution of Release, Rollout or Recover that has ended. A valid example: {"executionArn":"arn:aws:states:eu-west-1:111122223333:execution:kiln-main-release:web-1"}',
    );
  }
  const dead = orphan.data.executionArn;
  const deployed = await keepDeployedCatalogue(ports.ssm);
  const { catalogues } = await sweptCatalogues(deployed, ports.nowMs());
  const answer = await takeOver(ports, catalogues, dead, executionArn);
  log('INFO', 'took over', { executionArn, dead, ...answer });
  return answer;
};

async function takeOver(ports: Ports, kept: Kept, dead: string, self: string) {
  const subjects = subjectsToSweep(kept);
  const claims = await claimsOf(subjects);
  const [fleet] = await fleetsOf(subjects.fleets, (lock) => lock.executionArn === dead);
  const claim = claims.find(({ lock }) => lock.executionArn === dead);
  const acquiredAt = claim?.lock.acquiredAt ?? fleet?.lock.acquiredAt;
  const owner = { executionArn: dead, acquiredAt };
  if (!(await hasEnded(ports.stepFunctions, owner, ports.nowMs()))) {
    return nothing(`${dead} has not ended`);
  }
  const image = claim ?? claims.find(({ lock }) => lock.executionArn === self);
  if (image !== undefined) return takeRelease(ports, dead, self, image.name);
  if (fleet === undefined) {
    await clearParked(dead);
    return nothing(`${dead} owns nothing any more`);
  }
  const release = claims.find(({ lock }) => lock.releaseId === fleet.lock.releaseId);
  if (release !== undefined) {
    return nothing(`${release.lock.executionArn} holds its release and sees to ${fleet.name}`);
  }
  return takeRollout(ports, digestWith(kept, fleet.name), dead, self, fleet);
}

/** The newest catalogue that knows the fleet, which may have been taken out of the deployed one meanwhile. */
const digestWith = (kept: Kept, fleet: string): string =>
  kept.find(({ catalogue }) => fleet in catalogue.fleets)?.digest ?? '';

const nothing = (reason: string) => ({
  mandate: null,
  left: { kind: 'nothing', reason },
  next: NOTHING_NEXT,
});

async function takeRelease(ports: Ports, dead: string, self: string, image: string) {
  const now = new Date(ports.nowMs()).toISOString();
  const key = imageKeys(image).claim;
  const held = await readLock(key);
  const { releaseId } = held;
  const release = releaseId === undefined ? undefined : await findRelease(releaseId);
  if (releaseId === undefined || release === undefined) {
    return nothing(`image ${image} is claimed by ${dead} without a release`);
  }
  const taken = await takeFrom(dead, key, held, { executionArn: self, releaseId }, now);
  if (!taken.taken) {
    return nothing(`image ${image} is ${taken.holder.executionArn ?? 'nobody'}'s by now`);
  }
  // Not before: a look that was under way may have parked until then, and one after it finds itself outbid.
  for (const owner of taken.lock.deadOwners ?? [dead]) await clearParked(owner);
  const how = await howItEnded(ports.stepFunctions, release.executionArn);
  const reason = brief(
    release.wayBackReason ?? `its execution ended before the release did: ${how}`,
  );
  await changeRelease(releaseId, { wayBackReason: reason });
  // What has ended stays as it ended; only the image is to be let go.
  const fleets = release.outcome === undefined ? await fleetsToTakeBack(ports, release) : [];
  return {
    mandate: {
      image,
      releaseId,
      executionArn: self,
      generation: taken.lock.generation,
      catalogueDigest: release.catalogueDigest,
      version: release.version ?? null,
    },
    left: { kind: 'release', reason },
    next: {
      fleets,
      maxConcurrency: 0,
      nameSuffix: `-recover-${shortHash(releaseId)}-${taken.lock.generation}`,
      reason,
    },
  };
}

/** From the dead one alone: a claim that has become free meanwhile is of a release that has ended. */
function takeFrom(
  dead: string,
  key: Key,
  held: Lock,
  claimant: Claimant,
  nowIso: string,
): Promise<Taken> | Taken {
  if (held.executionArn === claimant.executionArn) return { taken: true, lock: held };
  if (held.executionArn !== dead) return { taken: false, holder: held };
  return take(key, held, claimant, nowIso);
}

async function takeRollout(
  ports: Ports,
  digest: string,
  dead: string,
  self: string,
  { name, lock }: Owned,
) {
  const how = await howItEnded(ports.stepFunctions, dead);
  const reason = brief(`its rollout ended before the fleet was at an end: ${how}`);
  const releaseId = lock.releaseId ?? '';
  const release = await findRelease(releaseId);
  return {
    mandate: {
      image: release?.image ?? '',
      releaseId,
      executionArn: self,
      generation: 0,
      catalogueDigest: release?.catalogueDigest ?? digest,
      version: null,
    },
    left: { kind: 'rollout', reason },
    next: {
      fleets: [name],
      maxConcurrency: 0,
      // Of this very Recover: an earlier one's rollout may have died before it took the lock.
      nameSuffix: `-recover-${shortHash(releaseId, self)}`,
      reason,
    },
  };
}

/** Every fleet that this release moved or holds: its rollouts still running are stopped first. */
async function fleetsToTakeBack(ports: Ports, release: Release): Promise<readonly string[]> {
  const catalogue = await recallCatalogue(release.catalogueDigest);
  const held = await fleetsOf(
    Object.keys(catalogue.fleets),
    (lock) => lock.releaseId === release.id,
  );
  const running: string[] = [];
  for (const { lock } of held) {
    if (lock.executionArn === undefined) continue;
    await stop(ports.stepFunctions, lock.executionArn, `release ${release.id} is being recovered`);
    const { executionArn, acquiredAt } = lock;
    if (await hasEnded(ports.stepFunctions, { executionArn, acquiredAt }, ports.nowMs())) {
      await clearParked(executionArn);
    } else {
      running.push(executionArn);
    }
  }
  if (running.length > 0) {
    throw new KilnError(ErrorName.Busy, `stopped, not ended yet: ${running.join(', ')}`);
  }
  const outcomes = new Map(
    (await readReleaseFleets(release.id)).map((one) => [one.fleet, one.outcome]),
  );
  const open = openFleets(release, catalogue).filter((fleet) => {
    const outcome = outcomes.get(fleet);
    return outcome === undefined || outcome === 'rolled-out';
  });
  return [...new Set([...held.map((one) => one.name), ...open])];
}

/**
 * Every fleet whose rollout may have been asked for. One that did not get as far has nothing to go back from: its survey
 * says so, and that is its outcome.
 */
function openFleets(release: Release, catalogue: Catalogue): readonly string[] {
  const waves = wavesOf(catalogue, release.image);
  const opened = release.direction === 'back' ? waves : waves.slice(0, release.wavesOpened);
  return opened.flatMap((wave) => wave.fleets);
}

async function claimsOf({ images }: Subjects): Promise<readonly Owned[]> {
  const found = await readMany(
    images.map((image) => imageKeys(image).claim),
    Lock,
  );
  return images.flatMap((name) => {
    const lock = found.find(({ key }) => key.pk === imageKeys(name).claim.pk)?.item;
    return lock?.executionArn === undefined ? [] : [{ name, lock }];
  });
}

async function fleetsOf(
  fleets: readonly string[],
  wanted: (lock: Lock) => boolean,
): Promise<readonly Owned[]> {
  const locks = await readMany(
    fleets.map((fleet) => fleetKeys(fleet).lock),
    Lock,
  );
  return fleets.flatMap((name) => {
    const found = locks.find(({ key }) => key.pk === fleetKeys(name).lock.pk)?.item;
    return found !== undefined && wanted(found) ? [{ name, lock: found }] : [];
  });
}
