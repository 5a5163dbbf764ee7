import * as z from 'zod/mini';
import { observeGroup } from '../adapters/auto-scaling.ts';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type AutoScalingClient, autoScalingClient } from '../adapters/clients/auto-scaling.ts';
import { entry, log } from '../adapters/entry.ts';
import { mustChangeRollout, readRollout } from '../adapters/fleets.ts';
import { assertFleetIsOurs } from '../adapters/locks.ts';
import { isRefused, startOrAdopt } from '../adapters/refreshes.ts';
import { instantMs, isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { enforcedAlarms } from '../core/gate-policy.ts';
import type { RolloutRecord } from '../core/ledger.ts';
import { RolloutMandate } from '../core/mandate.ts';
import type { GroupObservation } from '../core/observation.ts';
import type { Catalogue, FleetPolicy } from '../core/policy.ts';
import { backRequest, forwardRequest, type RefreshRequest } from '../core/refresh-request.ts';

const Input = z.discriminatedUnion('direction', [
  z.object({ direction: z.literal('forward'), mandate: RolloutMandate }),
  z.object({
    direction: z.literal('back'),
    mandate: RolloutMandate,
    decision: z.object({
      attempt: z.int(),
      minHealthyPercent: z.int(),
      maxHealthyPercent: z.int(),
    }),
  }),
]);
type Input = z.infer<typeof Input>;

interface Ports {
  readonly autoScaling: AutoScalingClient;
  nowMs(): number;
}

/**
 * Starts the instance refresh of a rollout, either way. The call has no client token: idempotent by adoption of the
 * refresh that is under way to this very version. The ledger says "moved" before the call, never after, and no longer
 * when Auto Scaling has refused it for certain.
 */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const input = Input.parse(event);
  const { mandate } = input;
  const [record, catalogue] = await Promise.all([
    readRollout(mandate),
    recallCatalogue(mandate.catalogueDigest),
  ]);
  const policy = catalogue.fleets[mandate.fleet];
  if (policy === undefined) {
    throw new KilnError(ErrorName.Unexpected, `the catalogue has no fleet ${mandate.fleet}`);
  }
  const group = await observeGroup(ports.autoScaling, policy.autoScalingGroupName);
  const request = requestOf(input, record, group, policy, catalogue);
  await announce(input, record, ports.nowMs());
  await assertFleetIsOurs(mandate);
  const askedAt = askedBefore(input, record);
  const askedBeforeMs = askedAt === undefined ? undefined : instantMs(askedAt);
  const started = await startOrAdopt(ports.autoScaling, group.name, request, askedBeforeMs).catch(
    async (error: unknown) => {
      if (input.direction === 'forward' && askedAt === undefined && isRefused(error)) {
        await takeBack(mandate);
      }
      throw error;
    },
  );
  log('INFO', 'refresh started', { ...mandate, ...started, direction: input.direction });
  return { ...started, parkSeconds: catalogue.look.refreshSeconds };
};

function requestOf(
  input: Input,
  record: RolloutRecord,
  group: GroupObservation,
  policy: FleetPolicy,
  catalogue: Catalogue,
): RefreshRequest {
  if (input.direction === 'back') {
    const { minHealthyPercent: min, maxHealthyPercent: max } = input.decision;
    return backRequest(record, { min, max }, group, policy);
  }
  const version = record.to?.launchTemplateVersion;
  if (version === undefined) {
    const message = `fleet ${policy.name} has no launch template version to move to`;
    throw new KilnError(ErrorName.Unexpected, message);
  }
  // Auto Scaling starts no refresh, and replaces nothing, while one of its alarms has too little data.
  const { mustTell } = enforcedAlarms(policy.gates);
  return forwardRequest(record, version, group, policy, catalogue.look, mustTell);
}

/** When this very refresh was asked for before, if it was: its answer was lost, or the function died. */
function askedBefore(input: Input, { refreshRequestedAt, wayBack }: RolloutRecord) {
  if (input.direction === 'forward') return refreshRequestedAt;
  const attempts = wayBack?.attempts ?? 0;
  return attempts >= input.decision.attempt ? wayBack?.lastAttemptAt : undefined;
}

/** Written before the call: a crash between the two leaves a record that is looked into, not a fleet that nobody knows of. */
async function announce(input: Input, record: RolloutRecord, nowMs: number): Promise<void> {
  const now = isoInstant(nowMs);
  if (input.direction === 'forward') {
    if (askedBefore(input, record) !== undefined) return;
    await mustChangeRollout(input.mandate, { set: { moved: true, refreshRequestedAt: now } });
    return;
  }
  if (askedBefore(input, record) !== undefined) return;
  const attempts = input.decision.attempt;
  await mustChangeRollout(input.mandate, {
    set: { 'wayBack.attempts': attempts, 'wayBack.lastAttemptAt': now },
    remove: ['wayBack.progress'],
  });
}

/**
 * Nothing has moved after all, and nothing is about to: so that a rollout which cannot begin ends with its fleet untouched,
 * and speaks against no image version. Only for who asked first: an earlier request may have been heard.
 */
const takeBack = (mandate: RolloutMandate): Promise<void> =>
  mustChangeRollout(mandate, { set: { moved: false }, remove: ['refreshRequestedAt'] });

export const handler = entry(makeHandler({ autoScaling: autoScalingClient(), nowMs: Date.now }));
