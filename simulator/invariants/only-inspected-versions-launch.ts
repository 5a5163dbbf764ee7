import { type Invariant, textMember, type Witness } from './witness.ts';

const MAY_LAUNCH: ReadonlySet<string> = new Set(['inspected', 'promoted']);

/**
 * 2. No instance is launched because of Kiln from a version that was not inspected, or that is quarantined. (A blocked
 * fleet is a person's: what it launches is not because of Kiln.) Whether a version may run is what the ledger says, and
 * what its scan has found. A fleet goes on with what it ran when a person put the ledger back to an earlier hour, which may
 * know nothing of it: the operator's page says so.
 */
export const onlyInspectedVersionsLaunch: Invariant = (witness, broke) => {
  /** Group and image. */
  const forgotten = new Set<string>();
  witness.onLedgerGoingBack?.(() => {
    for (const { autoScalingGroupName: name } of Object.values(witness.catalogue.fleets)) {
      for (const { imageId } of witness.group(name)?.instances ?? []) {
        forgotten.add(`${name} ${imageId}`);
      }
    }
  });
  return {
    line: (line) => {
      if (line.kind !== 'event' || line.detailType !== 'EC2 Instance Launch Successful') return;
      const groupName = textMember(line.event, 'detail', 'AutoScalingGroupName') ?? '';
      const instanceId = textMember(line.event, 'detail', 'EC2InstanceId') ?? '';
      const fleet = Object.values(witness.catalogue.fleets).find(
        ({ autoScalingGroupName }) => autoScalingGroupName === groupName,
      );
      if (fleet === undefined) return;
      const launched = witness
        .group(groupName)
        ?.instances.find((instance) => instance.instanceId === instanceId);
      const { versions, blocks } = witness.ledger();
      if (launched === undefined || blocks.some((block) => block.fleet === fleet.name)) return;
      // An image that no version of the ledger has was there before Kiln.
      const version = versions.find(({ imageId }) => imageId === launched.imageId);
      if (version === undefined) return;
      const who = `fleet ${fleet.name} launched ${instanceId} from version ${version.label}`;
      const found = tooManyFindings(witness, version.image, launched.imageId);
      if (found !== undefined) broke(`${who}, with ${found}`);
      if (MAY_LAUNCH.has(version.status)) return;
      if (forgotten.has(`${groupName} ${launched.imageId}`)) return;
      broke(`${who} (${launched.imageId}), which is ${version.status}: ${version.reason}`);
    },
  };
};

function tooManyFindings(witness: Witness, image: string, imageId: string): string | undefined {
  const inspection = witness.catalogue.images[image]?.inspection;
  const findings = witness.bakes().find((bake) => bake.imageId === imageId)?.findings;
  if (inspection?.scan !== 'required' || findings === undefined) return undefined;
  const limits = [
    ['critical', findings.critical, inspection.maxCritical],
    ['high', findings.high, inspection.maxHigh],
    ['medium', findings.medium, inspection.maxMedium],
  ] as const;
  const over = limits.find(([, count, max]) => max !== undefined && count > max);
  return over && `${over[1]} ${over[0]} findings, more than ${over[2]}`;
}
