import { readAlarms } from '../adapters/alarms.ts';
import { groupsOfTemplate, observeGroups, observeRefreshes } from '../adapters/auto-scaling.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { EC2Client } from '../adapters/clients/ec2.ts';
import { readBlock, readFleetState } from '../adapters/fleets.ts';
import {
  observeImageState,
  observeImageVolumes,
  observeTemplateVersion,
} from '../adapters/launch-templates.ts';
import { readVersion } from '../adapters/releases.ts';
import { enforcedAlarms } from '../core/gate-policy.ts';
import type { FleetSurvey } from '../core/observation.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { isUnpinned, savedTemplate } from '../core/saved-template.ts';
import type { Asked, SurveyFinding } from './survey.ts';

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly ec2: EC2Client;
}

/** Everything that a way back, and so the way forward, depends on; undefined where the fleet has no group. */
export async function observeSurvey(
  { autoScaling, cloudWatch, ec2 }: Clients,
  { policy, askedAtMs }: Asked,
  wantedLabel: string | undefined,
): Promise<FleetSurvey | undefined> {
  const [group] = await observeGroups(autoScaling, [policy.autoScalingGroupName]);
  if (group === undefined) return undefined;
  const [refreshes, groups, block, state, alarms] = await Promise.all([
    observeRefreshes(autoScaling, policy.autoScalingGroupName),
    groupsOfTemplate(autoScaling, policy.launchTemplateId, policy.autoScalingGroupName),
    readBlock(policy.name),
    readFleetState(policy.name),
    readAlarms(cloudWatch, enforcedAlarms(policy.gates).all),
  ]);
  const saved = savedTemplate(group);
  const template =
    saved?.id === undefined
      ? undefined
      : await observeTemplateVersion(ec2, saved.id, saved.version);
  const imageId = template?.imageId;
  const literal = imageId !== undefined && template?.resolvesSsm === false;
  const known = state?.current.imageId === imageId ? state?.current.version : undefined;
  const [templateImageState, current, wanted] = await Promise.all([
    literal ? observeImageState(ec2, imageId) : undefined,
    known === undefined ? undefined : readVersion(policy.image, known),
    wantedLabel === undefined ? undefined : readVersion(policy.image, wantedLabel),
  ]);
  const volumes =
    wanted?.imageId === undefined ? [] : await observeImageVolumes(ec2, wanted.imageId);
  return {
    direction: 'forward',
    askedAtMs,
    group,
    refreshes,
    template,
    templateImageState,
    followers: groups.filter((one) => isUnpinned(one.follows)),
    block,
    current,
    wanted:
      wanted?.imageId === undefined
        ? undefined
        : {
            label: wanted.label,
            imageId: wanted.imageId,
            status: wanted.status,
            reason: wanted.reason,
            volumes,
          },
    alarms,
  };
}

/** There is nothing to move, and nothing that could be brought back. */
export const noGroup = ({ name, autoScalingGroupName }: FleetPolicy): SurveyFinding => ({
  kind: 'refused',
  reason: `fleet ${name} cannot be moved: there is no Auto Scaling group ${autoScalingGroupName} in this account and Region, which the catalogue names`,
  whatToDo: `make Auto Scaling group ${autoScalingGroupName}, name the right one in the catalogue, or take fleet ${name} out of it`,
});
