import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { RolloutRecord } from '../core/ledger.ts';
import type { RolloutMandate } from '../core/mandate.ts';
import { resumeRefreshes } from './auto-scaling.ts';
import { mustChangeRollout } from './fleets.ts';

/**
 * Ends a hold: resumes the process when it was Kiln that suspended it, then says so in the ledger. Idempotent; a
 * suspension that a person made is never lifted.
 */
export async function liftHold(
  client: AutoScalingClient,
  mandate: RolloutMandate,
  record: RolloutRecord,
  groupName: string,
  also: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (record.hold?.ours === true) await resumeRefreshes(client, groupName);
  if (record.hold === undefined && Object.keys(also).length === 0) return;
  await mustChangeRollout(mandate, { set: also, remove: ['hold'] });
}
