import { readLock } from '../adapters/locks.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { RolloutInput } from '../core/inputs.ts';
import { imageKeys } from '../core/keys.ts';
import type { FleetPolicy } from '../core/policy.ts';

/**
 * A fleet goes forward for the release that has its image claimed, and for no other: an execution that was brought to its
 * end by Recover and is redriven later would move fleets to a version that nobody means any more.
 *
 * @throws KilnError Outbid when the image is claimed by another execution, or by none
 */
export async function assertOfItsRelease(input: RolloutInput, policy: FleetPolicy): Promise<void> {
  if (input.kind !== 'from-release' || input.direction !== 'forward') return;
  const claim = await readLock(imageKeys(policy.image).claim);
  if (claim.executionArn === input.parentExecutionArn) return;
  throw new KilnError(
    ErrorName.Outbid,
    `fleet ${policy.name} is not moved: image ${policy.image} belongs to ${claim.executionArn ?? 'nobody'}, not to ${input.parentExecutionArn} any more; start Release anew if the version is wanted`,
  );
}
