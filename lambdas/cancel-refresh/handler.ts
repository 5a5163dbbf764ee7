import * as z from 'zod/mini';
import { observeRefreshes } from '../adapters/auto-scaling.ts';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type AutoScalingClient, autoScalingClient } from '../adapters/clients/auto-scaling.ts';
import { entry } from '../adapters/entry.ts';
import { readRollout } from '../adapters/fleets.ts';
import { liftHold } from '../adapters/holds.ts';
import { assertFleetIsOurs } from '../adapters/locks.ts';
import { cancelRefresh } from '../adapters/refreshes.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { RolloutMandate } from '../core/mandate.ts';
import { isActive } from '../core/refreshes.ts';

const Input = z.object({
  mandate: RolloutMandate,
  decision: z.object({ instanceRefreshId: z.string() }),
});

/**
 * Cancels the refresh that was decided about, and no other; then lifts a hold of ours, because a suspended group may
 * not carry the cancellation out. Idempotent: a refresh that has ended needs no cancelling.
 */
const makeHandler = (autoScaling: AutoScalingClient) => async (event: unknown) => {
  const { mandate, decision } = Input.parse(event);
  const [record, catalogue] = await Promise.all([
    readRollout(mandate),
    recallCatalogue(mandate.catalogueDigest),
  ]);
  const groupName = catalogue.fleets[mandate.fleet]?.autoScalingGroupName;
  if (groupName === undefined) {
    throw new KilnError(ErrorName.Unexpected, `the catalogue has no fleet ${mandate.fleet}`);
  }
  await assertFleetIsOurs(mandate);
  const active = (await observeRefreshes(autoScaling, groupName)).find(isActive);
  const wanted = active?.instanceRefreshId === decision.instanceRefreshId;
  if (wanted && active.status !== 'Cancelling') await cancelRefresh(autoScaling, groupName);
  await liftHold(autoScaling, mandate, record, groupName);
  return { cancelled: wanted };
};

export const handler = entry(makeHandler(autoScalingClient()));
