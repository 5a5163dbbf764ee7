import { stillOurs } from '../adapters/locks.ts';
import { readMany, type Write, writeTogether } from '../adapters/table.ts';
import { brief } from '../core/brief.ts';
import { fleetKeys, imageKeys } from '../core/keys.ts';
import { Block } from '../core/ledger.ts';
import type { ReleaseMandate } from '../core/mandate.ts';

/** TransactWriteItems takes 100 items at most (DynamoDB API reference). */
const TRANSACTION = 100;

/** Marks the fleets that were sent back in vain, so that no release touches them before a person has. A block that is there says more. */
export async function blockingWrites(
  mandate: ReleaseMandate,
  stranded: readonly string[],
  why: string,
  at: string,
): Promise<readonly Write[]> {
  const keyOf = (fleet: string) => fleetKeys(fleet).block;
  const found = await readMany(stranded.map(keyOf), Block);
  const blocked = new Set(found.map(({ item }) => item.fleet));
  return stranded
    .filter((fleet) => !blocked.has(fleet))
    .map((fleet) => ({ put: keyOf(fleet), item: blockOf(mandate, fleet, why, at) }));
}

const blockOf = ({ releaseId }: ReleaseMandate, fleet: string, why: string, at: string): Block => ({
  fleet,
  reason: brief(
    `release ${releaseId} sent it back in vain: no rollout of it had an outcome; ${why}`,
  ),
  whatToDo: `Look at the executions of Rollout of fleet ${fleet} for why they died, and at its group: instance refreshes, launch template version, instances. Bring it to one version, then start Rollout with ${JSON.stringify({ fleet, unblock: true, reason: '…' })}.`,
  releaseId,
  since: at,
});

/**
 * Makes the closing writes, and the blocks with them where they fit in one transaction, else before them: an end without
 * its blocks never shows. False when the image is another execution's by now.
 */
export async function writeInTransactions(
  mandate: ReleaseMandate,
  blocks: readonly Write[],
  closing: readonly Write[],
): Promise<boolean> {
  if (blocks.length + closing.length <= TRANSACTION) return writeTogether([...closing, ...blocks]);
  const ours = stillOurs(imageKeys(mandate.image).claim, mandate);
  for (let from = 0; from < blocks.length; from += TRANSACTION - 1) {
    const batch = blocks.slice(from, from + TRANSACTION - 1);
    if (!(await writeTogether([ours, ...batch]))) return false;
  }
  return writeTogether(closing);
}
