import { groupsOfTemplate, observeGroup, observeRefreshes } from '../adapters/auto-scaling.ts';
import type { AutoScalingClient } from '../adapters/clients/auto-scaling.ts';
import type { CloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import type { EC2Client } from '../adapters/clients/ec2.ts';
import { readBlock, readFleetState } from '../adapters/fleets.ts';
import { enforcedAlarmsOf, readAlarms } from '../adapters/gates.ts';
import { observeImageState, observeTemplateVersion } from '../adapters/launch-templates.ts';
import { readVersion } from '../adapters/releases.ts';
import type { FleetSurvey } from '../core/observation.ts';
import { savedTemplate } from '../core/saved-template.ts';
import { isUnpinned } from '../core/survey-findings.ts';
import type { Asked } from './survey.ts';

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly ec2: EC2Client;
}

/** Everything that a way back, and so the way forward, depends on. */
export async function observeSurvey(
  { autoScaling, cloudWatch, ec2 }: Clients,
  { policy, askedAtMs }: Asked,
  wantedLabel: string | undefined,
): Promise<FleetSurvey> {
  const [group, refreshes, groups, block, state, alarms] = await Promise.all([
    observeGroup(autoScaling, policy.autoScalingGroupName),
    observeRefreshes(autoScaling, policy.autoScalingGroupName),
    groupsOfTemplate(autoScaling, policy.launchTemplateId, policy.autoScalingGroupName),
    readBlock(policy.name),
    readFleetState(policy.name),
    readAlarms(cloudWatch, enforcedAlarmsOf(policy)),
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
          },
    alarms,
  };
}
