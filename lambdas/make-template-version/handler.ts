import * as z from 'zod/mini';
import { type EC2Client, ec2Client } from '../adapters/clients.ts';
import { entry } from '../adapters/entry.ts';
import { mustChangeRollout, readRollout } from '../adapters/fleets.ts';
import { deleteTemplateVersion, makeTemplateVersion } from '../adapters/launch-templates.ts';
import { assertFleetIsOurs } from '../adapters/locks.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { RolloutRecord } from '../core/ledger.ts';
import { RolloutMandate } from '../core/mandate.ts';
import { shortHash, templateVersionDescription } from '../core/names.ts';

const Input = z.object({ mandate: RolloutMandate, step: z.enum(['make', 'delete']) });

/**
 * `make`: the launch template version that the fleet moves to, like the one that it runs but for the image.
 * Idempotent by its description and by client token. `delete`: removes the one that this release made, once
 * nothing runs it; idempotent, as a missing version is a deleted one.
 */
const makeHandler = (ec2: EC2Client) => async (event: unknown) => {
  const { mandate, step } = Input.parse(event);
  const record = await readRollout(mandate);
  await assertFleetIsOurs(mandate);
  return step === 'make' ? make(ec2, mandate, record) : remove(ec2, record);
};

async function make(ec2: EC2Client, mandate: RolloutMandate, record: RolloutRecord) {
  const { from, to } = record;
  if (to === undefined) {
    const message = `the rollout of fleet ${mandate.fleet} has no version to move to`;
    throw new KilnError(ErrorName.Unexpected, message);
  }
  if (to.launchTemplateVersion !== undefined) return { version: to.launchTemplateVersion };
  const { version, warnings } = await makeTemplateVersion(ec2, {
    launchTemplateId: from.launchTemplateId,
    sourceVersion: from.launchTemplateVersion,
    imageId: to.imageId,
    description: templateVersionDescription({
      releaseId: mandate.releaseId,
      fleet: mandate.fleet,
      version: to.version,
    }),
    clientToken: `kiln-${shortHash(mandate.releaseId, mandate.fleet, to.version)}`,
  });
  // Recorded before it is judged, so that the way back finds it and deletes it.
  await mustChangeRollout(mandate, { set: { 'to.launchTemplateVersion': version } });
  if (warnings !== '') {
    throw new KilnError(
      ErrorName.Unexpected,
      `launch template ${from.launchTemplateId} version ${version} is not valid: ${warnings}`,
    );
  }
  return { version };
}

async function remove(ec2: EC2Client, { to, from }: RolloutRecord) {
  const version = to?.launchTemplateVersion;
  if (version === undefined || version === from.launchTemplateVersion) return { version: null };
  await deleteTemplateVersion(ec2, from.launchTemplateId, version);
  return { version };
}

export const handler = entry(makeHandler(ec2Client()));
