import { parkedKey } from '../core/keys.ts';
import { Parked } from '../core/ledger.ts';
import { read, type Write, write } from './table.ts';

/** Kept two days past the deadline, so that what nobody cleared away does not stay. */
const TTL_SECONDS = 2 * 24 * 3600;

export const findParked = (executionArn: string): Promise<Parked | undefined> =>
  read(parkedKey(executionArn), Parked);

/**
 * Stores a parked task. False when a later attempt of the execution is parked already. Idempotent: the same attempt may
 * park again.
 */
export const park = (parked: Parked): Promise<boolean> => {
  const { token, stateEnteredAt, redriveCount, retryCount } = parked;
  return write({
    put: parkedKey(parked.executionArn),
    item: { ...parked, ttl: Math.floor(Date.parse(parked.deadline) / 1000) + TTL_SECONDS },
    // (state entered, redrive count, retry count) must rise. Instants are all of one form: their texts are in their order.
    when: {
      anyOf: [
        { absent: ['pk'] },
        { equals: { token } },
        { less: { stateEnteredAt } },
        { equals: { stateEnteredAt }, less: { redriveCount } },
        { equals: { stateEnteredAt, redriveCount }, less: { retryCount } },
      ],
    },
  });
};

/** What is awaited, for whoever reads the ledger; nothing when the task is not parked any more, or says so already. */
export async function noteWaiting(
  parked: Parked,
  lookAgainAt: string,
  awaiting: string,
): Promise<void> {
  if (parked.lookAgainAt === lookAgainAt && parked.awaiting === awaiting) return;
  await write({
    update: parkedKey(parked.executionArn),
    set: { lookAgainAt, awaiting },
    when: { equals: { token: parked.token } },
  });
}

/** Only the item of that very token: a later attempt may be parked by now. */
export const unpark = (executionArn: string, token: string): Promise<boolean> =>
  write({ delete: parkedKey(executionArn), when: { equals: { token } } });

/** Of an execution that has ended: nobody answers its token any more. */
export async function clearParked(executionArn: string): Promise<void> {
  const parked = await findParked(executionArn);
  if (parked !== undefined) await unpark(executionArn, parked.token);
}

/** Takes away what a look left parked whose function died after it had sent its decision. Part of an ending. */
export const forgetParked = (executionArn: string): Write => ({ delete: parkedKey(executionArn) });
