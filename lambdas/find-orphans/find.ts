import * as z from 'zod/mini';
import type { SSMClient } from '../adapters/clients/ssm.ts';
import type { SFNClient } from '../adapters/clients/step-functions.ts';
import { identifyDeployedCatalogue } from '../adapters/deployed-catalogue.ts';
import { environment, log } from '../adapters/entry.ts';
import { type Holder, hasEnded, start } from '../adapters/executions.ts';
import { findParked, unpark } from '../adapters/parking.ts';
import { startPending } from '../adapters/pending.ts';
import { keepList, sweptCatalogues } from '../adapters/swept.ts';
import { readMany } from '../adapters/table.ts';
import { startUnopened } from '../adapters/unopened.ts';
import { cataloguesToForget, type Subjects, subjectsToSweep } from '../core/decide-sweep.ts';
import { fleetKeys, imageKeys } from '../core/keys.ts';
import { Lock } from '../core/ledger.ts';
import { orphansMetricLine } from '../core/metrics.ts';
import { boundedName, shortHash } from '../core/names.ts';
import type { Catalogue } from '../core/policy.ts';

interface Ports {
  readonly stepFunctions: SFNClient;
  readonly ssm: SSMClient;
  nowMs(): number;
}

/**
 * Finds everything that is owned by an execution that has ended, and starts a Recover for each such owner; also the
 * follow-up of an image that was let go with causes still pending. Woken when an execution ends badly and by the sweep,
 * for when that event is lost; both look at everything that is owned, so that neither depends on what an event says: also
 * at what was taken out of the catalogue while it moved. Idempotent: a Recover's name comes from the owner and the
 * generation that it is to take over, and a number that rises with each that has ended without taking over.
 */
export const makeFindOrphans = (ports: Ports) => async (event: unknown) => {
  const deployed = await identifyDeployedCatalogue(ports.ssm);
  const nowMs = ports.nowMs();
  const swept = await sweptCatalogues(deployed, nowMs);
  const subjects = subjectsToSweep(swept.catalogues);
  const locks = await allLocks(subjects);
  const ended = await endedOwners(ports.stepFunctions, locks, nowMs);
  const recovered: string[] = [];
  const givenUp: string[] = [];
  for (const owner of owners(locks, ended)) {
    const started = await startRecover(ports.stepFunctions, owner);
    (started ? recovered : givenUp).push(owner.executionArn);
  }
  const followUps = await startForgotten(ports, deployed.catalogue, locks);
  const forgotten = cataloguesToForget(swept.catalogues, ownedOf(subjects, locks), nowMs);
  await keepList(deployed.digest, swept, forgotten, nowMs);
  log('INFO', 'swept', { locks: locks.length, recovered, followUps, forgotten });
  if (givenUp.length > 0) {
    log('ERROR', 'not recovered', { givenUp, tries: TRIES });
    // Of which CloudWatch makes the metric that an alarm watches: a person hears of it as long as it lasts.
    console.log(JSON.stringify(orphansMetricLine(environment('HUB'), givenUp.length, nowMs)));
  }
  await forgetToken(ports, event, locks);
  return { recovered, followUps, givenUp };
};

const Ended = z.looseObject({
  detail: z.looseObject({ executionArn: z.string() }),
});

/**
 * What an execution left parked that owned nothing: it was outbid, and died before it had cleared up. No Recover is started
 * for it. Without the event the token goes with its time to live; nobody can be woken by it.
 */
async function forgetToken(ports: Ports, event: unknown, locks: readonly Owned[]): Promise<void> {
  const executionArn = Ended.safeParse(event).data?.detail.executionArn;
  if (executionArn === undefined) return;
  if (locks.some((lock) => lock.executionArn === executionArn)) return;
  const parked = await findParked(executionArn);
  if (parked === undefined) return;
  // Read before it is asked: what a redriven execution parks meanwhile is another one.
  const holder = { executionArn, acquiredAt: parked.stateEnteredAt };
  if (await hasEnded(ports.stepFunctions, holder, ports.nowMs())) {
    await unpark(executionArn, parked.token);
  }
}

/** Recovers that may die before they take over; more are looked into by a person, who is told by an alarm. */
const TRIES = 100;

/** False when every try has ended without taking over. */
async function startRecover(client: SFNClient, owner: Orphan): Promise<boolean> {
  const { executionArn, generation } = owner;
  const base = boundedName('recover', shortHash(executionArn, String(generation)));
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const name = tries === 1 ? base : `${base}-${tries}`;
    // One of that name that runs is answered as started; one that has ended did not take over.
    const done = await start(client, environment('RECOVER_ARN'), name, { executionArn });
    if (done === 'started') return true;
  }
  return false;
}

interface Orphan {
  readonly executionArn: string;
  readonly generation: number;
}

interface Owned extends Lock {
  readonly pk: string;
}

async function allLocks({ images, fleets }: Subjects): Promise<readonly Owned[]> {
  const keys = [
    ...images.map((image) => imageKeys(image).claim),
    ...fleets.map((fleet) => fleetKeys(fleet).lock),
  ];
  return (await readMany(keys, Lock)).map(({ key, item }) => ({ ...item, pk: key.pk }));
}

/** Which of these subjects somebody owns, dead or alive. */
function ownedOf({ images, fleets }: Subjects, locks: readonly Owned[]): Subjects {
  const owned = new Set(
    locks.flatMap(({ pk, executionArn }) => (executionArn === undefined ? [] : [pk])),
  );
  return {
    images: images.filter((image) => owned.has(imageKeys(image).claim.pk)),
    fleets: fleets.filter((fleet) => owned.has(fleetKeys(fleet).lock.pk)),
  };
}

/** At once: DescribeExecution is allowed some 15 times a second in the smaller Regions ("Quotas related to API actions"). */
const TOGETHER = 10;

/**
 * Which owners have ended. Rollouts below a claimed release are that release's to see to and are not asked for, so that
 * a release of a thousand fleets costs one question.
 */
async function endedOwners(
  client: SFNClient,
  locks: readonly Owned[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const claimed = claimedReleases(locks);
  const asked = new Map<string, Holder>();
  for (const { executionArn, acquiredAt, ...lock } of locks) {
    if (executionArn === undefined) continue;
    if (isClaim(lock) || !claimed.has(lock.releaseId)) {
      asked.set(executionArn, { executionArn, acquiredAt });
    }
  }
  const holders = [...asked.values()];
  const ended = new Set<string>();
  for (let start = 0; start < holders.length; start += TOGETHER) {
    const some = holders.slice(start, start + TOGETHER);
    const answers = await Promise.all(some.map((holder) => hasEnded(client, holder, nowMs)));
    for (const [index, { executionArn }] of some.entries()) {
      if (answers[index] === true) ended.add(executionArn);
    }
  }
  return ended;
}

const claimedReleases = (locks: readonly Owned[]): ReadonlySet<string | undefined> =>
  new Set(
    locks.flatMap((one) => (isClaim(one) && one.executionArn !== undefined ? one.releaseId : [])),
  );

/**
 * Whom to recover. A rollout whose release still has the image claimed is seen to by whoever holds that claim, Release or
 * Recover; when that one is dead, it is an orphan itself. Only a rollout without such a release is recovered for itself.
 */
function owners(locks: readonly Owned[], ended: ReadonlySet<string>): readonly Orphan[] {
  const claimed = claimedReleases(locks);
  return locks.flatMap((one) => {
    const { executionArn, releaseId, generation } = one;
    if (executionArn === undefined || !ended.has(executionArn)) return [];
    return isClaim(one) || !claimed.has(releaseId) ? [{ executionArn, generation }] : [];
  });
}

const isClaim = ({ pk }: Pick<Owned, 'pk'>): boolean => pk.startsWith('IMAGE#');

async function startForgotten(
  ports: Ports,
  catalogue: Catalogue,
  locks: readonly Owned[],
): Promise<readonly string[]> {
  const started: string[] = [];
  const client = ports.stepFunctions;
  const release = environment('RELEASE_ARN');
  const nowMs = ports.nowMs();
  for (const image of Object.keys(catalogue.images)) {
    const { pk } = imageKeys(image).claim;
    const claimed = locks.some((lock) => lock.pk === pk && lock.executionArn !== undefined);
    if (claimed) continue;
    const name = await startPending(client, release, image, nowMs);
    if (name !== undefined) started.push(name);
    started.push(...(await startUnopened(client, release, image, nowMs)));
  }
  return started;
}
