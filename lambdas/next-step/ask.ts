import * as z from 'zod/mini';
import { askForApproval } from '../adapters/approvals.ts';
import { log } from '../adapters/entry.ts';
import { assertImageIsOurs } from '../adapters/locks.ts';
import { waveSubject } from '../core/approval-subject.ts';
import { type Key, releaseKeys } from '../core/keys.ts';
import { ReleaseMandate } from '../core/mandate.ts';

export const Asking = z.object({
  act: z.literal('ask'),
  mandate: ReleaseMandate,
  decision: z.object({ wave: z.string(), expiresSeconds: z.int() }),
});

/**
 * Writes a question about a wave down, before anybody hears of it. Idempotent: one that is there stays, with when it was
 * asked and its answer. Says which item it is, and how people call it.
 *
 * @throws KilnError Outbid when another execution holds the image
 */
export async function askAboutWave(
  { mandate, decision: { wave, expiresSeconds } }: z.infer<typeof Asking>,
  askedAt: string,
): Promise<{ readonly question: Key & { readonly subject: string } }> {
  await assertImageIsOurs(mandate);
  await askForApproval(mandate.releaseId, { wave, askedAt, expiresSeconds });
  log('INFO', 'asked', { ...mandate, wave, expiresSeconds });
  const key = releaseKeys(mandate.releaseId).waveApproval(wave);
  return { question: { ...key, subject: waveSubject({ wave }) } };
}
