import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetKeys, imageKeys, type Key } from '../core/keys.ts';
import { Lock } from '../core/ledger.ts';
import type { ReleaseMandate, RolloutMandate } from '../core/mandate.ts';
import type { Owner } from '../core/ownership.ts';
import { read, type Write, write } from './table.ts';

export interface Claimant {
  readonly executionArn: string;
  readonly parentExecutionArn?: string | undefined;
  readonly releaseId: string;
}

export type Taken =
  | { readonly taken: true; readonly lock: Lock }
  | { readonly taken: false; readonly holder: Lock };

/** More dead owners in a row than Recover tries. */
const DEAD_OWNERS_MAX = 20;

export const readLock = async (key: Key): Promise<Lock> =>
  (await read(key, Lock)) ?? { generation: 0 };

/** The write that makes the claimant the owner, one generation above the lock as it was read. */
export function takeLock(key: Key, seen: Lock, claimant: Claimant, nowIso: string): Write {
  return {
    put: key,
    item: locked(seen, claimant, nowIso),
    when:
      seen.generation === 0
        ? { absent: ['pk'] }
        : {
            equals: {
              generation: seen.generation,
              ...(seen.executionArn === undefined ? {} : { executionArn: seen.executionArn }),
            },
            ...(seen.executionArn === undefined ? { absent: ['executionArn'] } : {}),
          },
  };
}

/**
 * The dead owners that it came from stay on record as long as the lock is handed on, so that whoever has it clears up after
 * all of them, also when the one before died doing so.
 */
function locked(seen: Lock, claimant: Claimant, nowIso: string): Lock {
  const dead = seen.executionArn === undefined ? [] : [seen.executionArn];
  const deadOwners = [...new Set([...(seen.deadOwners ?? []), ...dead])].slice(-DEAD_OWNERS_MAX);
  return {
    ...claimant,
    generation: seen.generation + 1,
    acquiredAt: nowIso,
    ...(deadOwners.length === 0 ? {} : { deadOwners }),
  };
}

/**
 * Takes a lock that is free, one's own already (asked again after a lost answer), or one whose owner `isDead`.
 * Idempotent by the owner's ARN.
 */
export async function acquire(
  key: Key,
  claimant: Claimant,
  isDead: (executionArn: string, holder: Lock) => Promise<boolean>,
  nowIso: string,
): Promise<Taken> {
  const seen = await readLock(key);
  if (seen.executionArn === claimant.executionArn) return { taken: true, lock: seen };
  if (seen.executionArn !== undefined && !(await isDead(seen.executionArn, seen))) {
    return { taken: false, holder: seen };
  }
  return take(key, seen, claimant, nowIso);
}

/** Takes a lock as it was read, and only while it is so. */
export async function take(
  key: Key,
  seen: Lock,
  claimant: Claimant,
  nowIso: string,
): Promise<Taken> {
  const lock = locked(seen, claimant, nowIso);
  if (await write(takeLock(key, seen, claimant, nowIso))) {
    return { taken: true, lock };
  }
  // A refusal proves nothing: the first of two tries, whose answer was lost, may have been the one that was written.
  const now = await readLock(key);
  return now.executionArn === claimant.executionArn
    ? { taken: true, lock: now }
    : { taken: false, holder: now };
}

/** Lets a lock go; the item stays, so that its generation only ever rises. */
export const letGo = (key: Key, owner: Owner): Write => ({
  update: key,
  remove: ['executionArn', 'parentExecutionArn', 'releaseId', 'acquiredAt', 'deadOwners'],
  when: { equals: { executionArn: owner.executionArn, generation: owner.generation } },
});

/**
 * Makes a transaction hang on being the owner, and changes nothing: a mere check would ask for one more right, which none of
 * those who write to a lock needs.
 */
export const stillOurs = (key: Key, { executionArn, generation }: Owner): Write => ({
  update: key,
  set: { generation },
  when: { equals: { executionArn, generation } },
});

/** @throws KilnError Outbid when the fleet has another owner by now */
export const assertFleetIsOurs = (mandate: RolloutMandate): Promise<void> =>
  assertOwner(`fleet ${mandate.fleet}`, fleetKeys(mandate.fleet).lock, mandate);

/** @throws KilnError Outbid when the image has another owner by now */
export const assertImageIsOurs = (mandate: ReleaseMandate): Promise<void> =>
  assertOwner(`image ${mandate.image}`, imageKeys(mandate.image).claim, mandate);

async function assertOwner(what: string, key: Key, owner: Owner): Promise<void> {
  const lock = await readLock(key);
  if (lock.executionArn === owner.executionArn && lock.generation === owner.generation) return;
  throw new KilnError(
    ErrorName.Outbid,
    `${what} belongs to ${lock.executionArn ?? 'nobody'} at generation ${lock.generation}, not to ${owner.executionArn} at generation ${owner.generation} any more`,
  );
}
