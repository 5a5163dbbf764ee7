import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { ErrorName, KilnError } from '../core/errors.ts';
import { parkedKey } from '../core/keys.ts';
import { Parked } from '../core/ledger.ts';
import { isAws } from './aws-errors.ts';
import { read, type Write, write } from './table.ts';

/** Kept two days past the deadline, so that what nobody cleared away does not stay. */
const TTL_SECONDS = 2 * 24 * 3600;

export const findParked = (executionArn: string): Promise<Parked | undefined> =>
  read(parkedKey(executionArn), Parked);

/** How often a task is parked again when another attempt was parked between our read and our write. */
const TRIES = 4;

/**
 * Stores a parked task. False when a later attempt of the execution is parked already. A write that fails is no proof of
 * that: it may be ours, whose answer was lost, or an earlier attempt's.
 *
 * @throws KilnError Transient when others park the same execution without end
 */
export async function park(parked: Parked): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await findParked(parked.executionArn);
    if (before?.token === parked.token) return true;
    if (before !== undefined && !isLater(parked, before)) return false;
    const done = await write({
      put: parkedKey(parked.executionArn),
      item: { ...parked, ttl: Math.floor(Date.parse(parked.deadline) / 1000) + TTL_SECONDS },
      when: before === undefined ? { absent: ['pk'] } : { equals: { token: before.token } },
    });
    if (done) return true;
  }
  throw new KilnError(
    ErrorName.Transient,
    `${parked.executionArn} could not be parked in ${TRIES} tries`,
  );
}

/** (state entered, redrive count, retry count) must rise. */
function isLater(one: Parked, other: Parked): boolean {
  const entered = Date.parse(one.stateEnteredAt) - Date.parse(other.stateEnteredAt);
  if (entered !== 0) return entered > 0;
  const redriven = one.redriveCount - other.redriveCount;
  return redriven === 0 ? one.retryCount > other.retryCount : redriven > 0;
}

/** What is awaited, for whoever reads the ledger; nothing when the task is not parked any more. */
export const noteWaiting = (
  parked: Parked,
  lookAgainAt: string,
  awaiting: string,
): Promise<boolean> =>
  write({
    update: parkedKey(parked.executionArn),
    set: { lookAgainAt, awaiting },
    when: { equals: { token: parked.token } },
  });

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

/**
 * Sends the decision. False when the task is closed or its time ran out: another look, or the safety net, was first.
 * @see Step Functions API, SendTaskSuccess: TaskTimedOut also means that the task has ended already
 */
export async function completeTask(
  client: SFNClient,
  token: string,
  output: unknown,
): Promise<boolean> {
  try {
    const command = new SendTaskSuccessCommand({
      taskToken: token,
      output: JSON.stringify(output),
    });
    await client.send(command);
    return true;
  } catch (error) {
    if (isAws(error, 'TaskTimedOut', 'TaskDoesNotExist')) return false;
    throw error;
  }
}
