import { readLock } from '../adapters/locks.ts';
import { findRelease, readReleaseFleet } from '../adapters/releases.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { RolloutInput } from '../core/inputs.ts';
import { imageKeys } from '../core/keys.ts';
import type { FleetPolicy } from '../core/policy.ts';

/**
 * A fleet goes forward once in a release that has its image claimed and does not go back, and otherwise never: an execution
 * whose release has seen its fleet to an end, or has ended, and that is redriven later would move the fleet to a version
 * that nobody means any more.
 *
 * @throws KilnError Outbid when the image is claimed by another execution or by none, when the release goes back, and
 *   when the fleet has had its outcome in it
 */
export async function assertOfItsRelease(input: RolloutInput, policy: FleetPolicy): Promise<void> {
  if (input.kind !== 'from-release' || input.direction !== 'forward') return;
  const { releaseId, parentExecutionArn } = input;
  const [claim, release, ended] = await Promise.all([
    readLock(imageKeys(policy.image).claim),
    findRelease(releaseId),
    readReleaseFleet(releaseId, policy.name),
  ]);
  const refuse = (why: string): never => {
    throw new KilnError(
      ErrorName.Outbid,
      `fleet ${policy.name} is not moved: ${why}; start Release anew if the version is wanted`,
    );
  };
  if (claim.executionArn !== parentExecutionArn) {
    const owner = claim.executionArn ?? 'nobody';
    refuse(`image ${policy.image} belongs to ${owner}, not to ${parentExecutionArn} any more`);
  }
  if (ended !== undefined) refuse(`it is ${ended.outcome} in release ${releaseId} already`);
  if (release?.wayBackReason !== undefined) refuse(`release ${releaseId} goes back`);
}
