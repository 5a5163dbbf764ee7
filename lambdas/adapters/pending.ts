import type { SFNClient } from '@aws-sdk/client-sfn';
import { causeId, makeCause, releaseExecutionName } from '../core/cause.ts';
import { imageKeys } from '../core/keys.ts';
import { Pending } from '../core/pending.ts';
import { start } from './executions.ts';
import { read, write } from './table.ts';

/**
 * Starts the one release of all that is pending for an image, if anything is. Idempotent: the execution's name comes from
 * the causes, and what is taken away is what was read.
 *
 * @returns the name of the execution
 */
export async function startPending(
  client: SFNClient,
  releaseArn: string,
  image: string,
  nowMs: number,
): Promise<string | undefined> {
  const key = imageKeys(image).pending;
  const pending = await read(key, Pending);
  if (pending === undefined) return undefined;
  const causes = pending.causes.map((cause) => cause.id);
  const change = { kind: 'merged' as const, causes };
  const name = releaseExecutionName(image, causeId(image, change));
  const cause = makeCause(image, change);
  const since = new Date(nowMs).toISOString();
  await write({
    put: imageKeys(image).cause(cause.id),
    item: { id: cause.id, releaseId: name, since, cause },
    when: { absent: ['pk'] },
  });
  await start(client, releaseArn, name, { image, cause });
  await write({ delete: key, when: { equals: { revision: pending.revision } } });
  return name;
}
