import { type Invariant, textMember } from './witness.ts';

const MAY_LAUNCH: ReadonlySet<string> = new Set(['inspected', 'promoted']);

/**
 * 2. No instance is launched because of Kiln from a version that was not inspected, or that is quarantined. (A blocked
 * fleet is a person's: what it launches is not because of Kiln.)
 */
export const onlyInspectedVersionsLaunch: Invariant = (witness, broke) => ({
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
    if (version === undefined || MAY_LAUNCH.has(version.status)) return;
    broke(
      `fleet ${fleet.name} launched ${instanceId} from version ${version.label} (${launched.imageId}), which is ${version.status}: ${version.reason}`,
    );
  },
});
