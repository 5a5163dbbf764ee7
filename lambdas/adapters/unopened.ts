import { imageKeys } from '../core/keys.ts';
import { boundedName } from '../core/names.ts';
import { KnownCause } from '../core/pending.ts';
import type { SFNClient } from './clients/step-functions.ts';
import { start } from './executions.ts';
import { readAll } from './table.ts';

/** Longer than the opening of a release can take with all its retries: about eight minutes. */
const OPENED_WITHIN_MS = 15 * 60_000;

/** How often a release is asked for whose execution dies before it opens. */
const TRIES = 20;

/**
 * Asks once more for the releases of an image whose executions died before they had opened anything: nothing else would
 * remember those causes. Idempotent: a name per try, and a try that runs is answered as started.
 *
 * @returns the names of the executions
 */
export async function startUnopened(
  client: SFNClient,
  releaseArn: string,
  image: string,
  nowMs: number,
): Promise<readonly string[]> {
  const { claim, cause } = imageKeys(image);
  const causes = await readAll(claim.pk, cause('').sk, KnownCause);
  const started: string[] = [];
  for (const known of causes) {
    const waits = known.openedAt === undefined && known.cause !== undefined;
    if (!waits || Date.parse(known.since) > nowMs - OPENED_WITHIN_MS) continue;
    for (let tries = 2; tries <= TRIES; tries += 1) {
      const name = boundedName(image, `again${tries}`, known.id);
      const input = { image, cause: known.cause };
      if ((await start(client, releaseArn, name, input)) === 'existed') continue;
      started.push(name);
      break;
    }
  }
  return started;
}
