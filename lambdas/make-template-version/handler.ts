import * as z from 'zod/mini';
import { type EC2Client, ec2ClientOnce } from '../adapters/clients/ec2.ts';
import { entry } from '../adapters/entry.ts';
import { askForVersion, mustChangeRollout, readRollout } from '../adapters/fleets.ts';
import { assertFleetIsOurs } from '../adapters/locks.ts';
import {
  deleteTemplateVersion,
  findTemplateVersions,
  makeTemplateVersion,
} from '../adapters/template-versions.ts';
import { refuseWhileAsked } from '../core/ask-once.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { RolloutRecord } from '../core/ledger.ts';
import { RolloutMandate } from '../core/mandate.ts';
import { shortHash, templateVersionDescription } from '../core/names.ts';

const Input = z.object({ mandate: RolloutMandate, step: z.enum(['make', 'delete']) });

interface Ports {
  readonly ec2: EC2Client;
  nowMs(): number;
}

/**
 * `make`: the launch template version that the fleet moves to, like the one that it runs but for the image. That it is
 * asked for is written before the call, by one who asks; a retry looks for it by its description first. `delete`: removes
 * what this rollout made, once nothing runs it. Both idempotent.
 *
 * @throws KilnError Busy while another may be about to make the version
 */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const { mandate, step } = Input.parse(event);
  const [record] = await Promise.all([readRollout(mandate), assertFleetIsOurs(mandate)]);
  return step === 'make' ? make(ports, mandate, record) : remove(ports, mandate, record);
};

type Wanted = Parameters<typeof makeTemplateVersion>[1];

const wantedVersion = (
  mandate: RolloutMandate,
  from: RolloutRecord['from'],
  to: NonNullable<RolloutRecord['to']>,
): Wanted => ({
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

async function make(ports: Ports, mandate: RolloutMandate, record: RolloutRecord) {
  const { from, to } = record;
  if (to === undefined) {
    const message = `the rollout of fleet ${mandate.fleet} has no version to move to`;
    throw new KilnError(ErrorName.Unexpected, message);
  }
  if (to.launchTemplateVersion !== undefined) return { version: to.launchTemplateVersion };
  const wanted = wantedVersion(mandate, from, to);
  const [before] =
    to.requestedAt === undefined ? [] : await findTemplateVersions(ports.ec2, wanted);
  if (before === undefined) await ask(mandate, record, ports.nowMs());
  const { version, warnings } =
    before === undefined
      ? await makeTemplateVersion(ports.ec2, wanted)
      : { version: before, warnings: '' };
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

const whatOf = ({ fleet }: RolloutMandate): string =>
  `the launch template version of fleet ${fleet}`;

async function ask(mandate: RolloutMandate, record: RolloutRecord, nowMs: number): Promise<void> {
  const what = whatOf(mandate);
  const askedAt = record.to?.requestedAt;
  if (askedAt !== undefined) refuseWhileAsked(what, askedAt, nowMs);
  if (await askForVersion(mandate, record, isoInstant(nowMs))) return;
  // Somebody else has asked since it was read, this very moment.
  refuseWhileAsked(what, isoInstant(nowMs), nowMs);
}

/** Also one that was made without its number having been recorded, and that a function of a dead execution may be about to make. */
async function remove({ ec2, nowMs }: Ports, mandate: RolloutMandate, record: RolloutRecord) {
  const { to, from } = record;
  if (to === undefined) return { versions: [] };
  const asked = to.launchTemplateVersion === undefined ? to.requestedAt : undefined;
  const made =
    asked === undefined ? [] : await findTemplateVersions(ec2, wantedVersion(mandate, from, to));
  if (asked !== undefined && made.length === 0) refuseWhileAsked(whatOf(mandate), asked, nowMs());
  const recorded = to.launchTemplateVersion === undefined ? [] : [to.launchTemplateVersion];
  const versions = [...recorded, ...made].filter((one) => one !== from.launchTemplateVersion);
  for (const version of versions) {
    await deleteTemplateVersion(ec2, from.launchTemplateId, version);
  }
  return { versions };
}

export const handler = entry(makeHandler({ ec2: ec2ClientOnce(), nowMs: Date.now }));
