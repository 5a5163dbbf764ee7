import { read, type Write, writeTogether } from '../adapters/table.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { imageKeys, releaseKeys } from '../core/keys.ts';
import type { Lock, Release } from '../core/ledger.ts';
import { type KnownCause, Pending } from '../core/pending.ts';
import type { Opened, Opening } from './open.ts';

/** A release that ends as it begins; its record says why. */
function ended(opening: Opening, outcome: 'merged' | 'duplicate', reason: string): Write {
  const { input, cause, releaseId, executionArn, catalogueDigest, now } = opening;
  const release: Release = {
    id: releaseId,
    image: input.image,
    direction: 'forward',
    cause,
    executionArn,
    catalogueDigest,
    startedAt: now,
    wavesOpened: 0,
    wavesSoaked: 0,
    endedAt: now,
    outcome,
    reason,
  };
  return { put: releaseKeys(releaseId).meta, item: release };
}

export async function markDuplicate(opening: Opening, known: KnownCause): Promise<Opened> {
  const reason = `cause ${known.id} is known since ${known.since}: release ${known.releaseId} saw to it`;
  await writeTogether([ended(opening, 'duplicate', reason)]);
  return { kind: 'duplicate', reason };
}

/**
 * Records the cause for the follow-up of the release that holds the image. Only while that one holds it: it reads what
 * is pending in the transaction that lets the image go, so that no cause falls between the two.
 *
 * @throws KilnError ImageBusy for what a person asked of a certain version, which a follow-up would not do; Busy when the
 * image was let go meanwhile, so that the whole opening is tried again
 */
export async function merge(opening: Opening, holder: Lock): Promise<Opened> {
  const { input, cause, releaseId, now } = opening;
  const keys = imageKeys(input.image);
  if (input.kind === 'roll-back' || (input.kind === 'by-hand' && input.version !== undefined)) {
    throw new KilnError(
      ErrorName.ImageBusy,
      `image ${input.image} is being released by ${holder.executionArn} since ${holder.acquiredAt}. Stop that execution and every fleet that it moved goes back; or wait until it has ended. Then start this one again`,
    );
  }
  const before = await read(keys.pending, Pending);
  const causes = [...(before?.causes ?? []).filter((one) => one.id !== cause.id), cause];
  const reason = `release ${holder.releaseId} holds the image since ${holder.acquiredAt}; this cause is pending with ${causes.length - 1} others, for one release after it`;
  const merged = await writeTogether([
    {
      check: keys.claim,
      when: { equals: { generation: holder.generation, executionArn: holder.executionArn } },
    },
    {
      put: keys.pending,
      item: { causes, revision: (before?.revision ?? 0) + 1 },
      when: before === undefined ? { absent: ['pk'] } : { equals: { revision: before.revision } },
    },
    { update: keys.cause(cause.id), set: { id: cause.id, releaseId, since: now, openedAt: now } },
    ended(opening, 'merged', reason),
  ]);
  if (merged) return { kind: 'merged', reason };
  throw new KilnError(
    ErrorName.Busy,
    `image ${input.image} was let go while its release was asked for`,
  );
}
