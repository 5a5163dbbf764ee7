import type { Check, Finding } from './finding.ts';

/** What the group's saved launch template version says: the way back leads to it, and the new version is made from it. */
export const savedVersionFindings: Check = (survey, policy) => [
  ...savedImage(survey, policy),
  ...dataVolumes(survey, policy),
  ...tooSmall(survey, policy),
];

const savedImage: Check = ({ template, templateImageState, current, group }) => {
  if (template === undefined) {
    return [
      {
        reason: `the saved launch template version of group ${group.name} does not exist any more`,
        mend: 'give the group an existing version of its launch template',
      },
    ];
  }
  const where = `launch template ${template.launchTemplateId} version ${template.version}`;
  const findings: Finding[] = [];
  if (template.resolvesSsm) {
    findings.push({
      reason: `${where} names its image by an SSM parameter: going back to it could launch another image`,
      mend: 'make a version with a literal AMI id and give the group its number',
    });
  } else if (template.imageId === undefined) {
    findings.push({
      reason: `${where} names no image`,
      mend: 'make a version with a literal AMI id and give the group its number',
    });
  } else if (templateImageState !== 'available') {
    findings.push({
      reason: `image ${template.imageId} of ${where} is ${templateImageState ?? 'of unknown state'}: nothing could be launched on the way back`,
      mend: `make image ${template.imageId} available again (enable it, restore it from the recycle bin, share it), or move the fleet to an image that is`,
    });
  }
  if (current?.status === 'quarantined') {
    findings.push({
      reason: `image version ${current.label}, which the fleet would go back to, is quarantined: ${current.reason}`,
      mend: 'move the fleet by hand to an image version that is good, then start again',
    });
  }
  return findings;
};

/**
 * A version made from another one keeps its block device mappings and drops their snapshots ("CreateLaunchTemplateVersion",
 * `SourceVersion`). They are not stated anew: a snapshot under the image's own root device would boot the old image, and
 * what belongs to every instance belongs into the image.
 */
const dataVolumes: Check = ({ template, group }) => {
  if (template === undefined) return [];
  return template.volumesFromSnapshots.map(({ device, snapshotId }) => ({
    reason: `launch template ${template.launchTemplateId} version ${template.version} of group ${group.name} makes ${device} from snapshot ${snapshotId}: a version made from it would come without, so that new instances would lack what is on it`,
    mend: `put what is on ${snapshotId} into the image, or let instances fetch it when they start, and give the group a version without BlockDeviceMappings[].Ebs.SnapshotId`,
  }));
};

/** A volume that is smaller than the image's snapshot fails every launch (`InvalidBlockDeviceMapping`). */
const tooSmall: Check = ({ template, wanted }) => {
  if (template === undefined || wanted === undefined) return [];
  const where = `launch template ${template.launchTemplateId} version ${template.version}`;
  return template.volumes.flatMap(({ device, gibibytes }) => {
    const needed = wanted.volumes.find((volume) => volume.device === device)?.gibibytes ?? 0;
    if (gibibytes >= needed) return [];
    return [
      {
        reason: `${where} makes ${device} ${gibibytes} GiB, and image ${wanted.imageId} (${wanted.label}) needs ${needed}: no instance of it could be launched`,
        mend: `give the group a version whose ${device} has VolumeSize ${needed} or more, or make rootVolume.size of the image ${gibibytes} or less`,
      },
    ];
  });
};
