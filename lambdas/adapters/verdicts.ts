import { releaseKeys } from '../core/keys.ts';
import type { FleetVerdict, WaveVerdict } from '../core/ledger.ts';
import { write } from './table.ts';

/** Keeps what the gates said at a checkpoint. Idempotent by fleet and checkpoint: the last one judged there stays. */
export async function recordVerdict(releaseId: string, verdict: FleetVerdict): Promise<void> {
  const { fleet, checkpointPercent } = verdict;
  await write({ put: releaseKeys(releaseId).verdict(fleet, checkpointPercent), item: verdict });
}

/** Keeps what the gates said of a wave. Idempotent by the wave: what was judged last stays. */
export async function recordWaveVerdict(releaseId: string, verdict: WaveVerdict): Promise<void> {
  await write({ put: releaseKeys(releaseId).waveVerdict(verdict.wave), item: verdict });
}
