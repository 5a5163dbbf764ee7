import * as z from 'zod/mini';
import { entry, log } from '../adapters/entry.ts';
import { mustChangeRollout, readRollout } from '../adapters/fleets.ts';
import { assertFleetIsOurs } from '../adapters/locks.ts';
import { isoInstant } from '../core/durations.ts';
import { Failure, RolloutMandate, showFailure } from '../core/mandate.ts';

const Input = z.object({
  mandate: RolloutMandate,
  /** What the last look decided; null when no look had. */
  decision: z.nullable(
    z.object({ kind: z.string(), reason: z.string(), keepsProven: z.optional(z.boolean()) }),
  ),
  /** What failed; null when nothing did. */
  failure: z.nullable(Failure),
});

/** Makes the rollout one that goes back, with the reason. Idempotent: the first reason stays. */
const makeHandler = (nowMs: () => number) => async (event: unknown) => {
  const { mandate, decision, failure } = Input.parse(event);
  const record = await readRollout(mandate);
  await assertFleetIsOurs(mandate);
  const reason =
    record.wayBack?.reason ??
    (failure === null ? undefined : showFailure(failure)) ??
    decision?.reason ??
    'no reason was given';
  if (record.wayBack === undefined) {
    const wayBack = {
      ...{ since: isoInstant(nowMs()), reason, attempts: 0 },
      // A decision before what failed is not what leads back.
      ...(failure === null && decision?.keepsProven === true ? { keepsProven: true } : {}),
    };
    await mustChangeRollout(mandate, { set: { direction: 'back', wayBack } });
  }
  log('INFO', 'turned back', { ...mandate, reason });
  return { reason };
};

export const handler = entry(makeHandler(Date.now));
