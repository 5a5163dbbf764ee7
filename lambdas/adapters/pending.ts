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
): Promise<string | undefined> {
  const key = imageKeys(image).pending;
  const pending = await read(key, Pending);
  if (pending === undefined) return undefined;
  const causes = pending.causes.map((cause) => cause.id);
  const change = { kind: 'merged' as const, causes };
  const name = releaseExecutionName(image, causeId(image, change));
  await start(client, releaseArn, name, { image, cause: makeCause(image, change) });
  await write({ delete: key, when: { equals: { revision: pending.revision } } });
  return name;
}
