import { releaseKeys } from '../core/keys.ts';
import type { FleetVerdict } from '../core/ledger.ts';
import { write } from './table.ts';

/** Keeps what the gates said at a checkpoint. Idempotent by fleet and checkpoint: the last one judged there stays. */
export async function recordVerdict(releaseId: string, verdict: FleetVerdict): Promise<void> {
  const { fleet, checkpointPercent } = verdict;
  await write({ put: releaseKeys(releaseId).verdict(fleet, checkpointPercent), item: verdict });
}
