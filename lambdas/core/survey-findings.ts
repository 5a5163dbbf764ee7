import type { Check, Finding } from './finding.ts';
import { enforcedAlarms } from './gate-policy.ts';
import type { Block } from './ledger.ts';
import type { GroupObservation } from './observation.ts';
import type { FleetPolicy } from './policy.ts';
import { quoteAws, suspension } from './refreshes.ts';
import { isUnpinned, type SavedTemplate, savedTemplate } from './saved-template.ts';
import { capacityFindings } from './survey-capacity.ts';
import { savedVersionFindings } from './survey-saved-version.ts';

/** What no refresh that is under way will change: a block, what is wanted, how the group is made. */
export const lastingFindings: Check = (survey, policy) => [
  ...block(survey, policy),
  ...wanted(survey, policy),
  ...gates(survey, policy),
  ...configuration(survey, policy),
  ...followers(survey, policy),
  ...suspendedProcesses(survey, policy),
];

/** What the end of a refresh may change: the saved version, the instances, the alarms. */
export const passingFindings: Check = (survey, policy) => [
  ...savedVersionFindings(survey, policy),
  ...capacityFindings(survey, policy),
  ...alarms(survey, policy),
];

const block: Check = ({ block: mark }, { name }) =>
  mark === undefined ? [] : [blockFinding(mark, name)];

export const blockFinding = (mark: Block, fleet: string): Finding => ({
  reason: `fleet ${fleet} is blocked since ${mark.since}: ${mark.reason}`,
  mend: `${mark.whatToDo} Then start Rollout with ${JSON.stringify({ fleet, unblock: true, reason: '…' })}`,
});

const wanted: Check = ({ wanted: version }, { name, image }) => {
  if (version === undefined) {
    return [
      {
        reason: `no image version is named that fleet ${name} should move to`,
        mend: `start Release with ${JSON.stringify({ image })}`,
      },
    ];
  }
  if (version.status === 'inspected' || version.status === 'promoted') return [];
  return [
    {
      reason: `image version ${version.label} is ${version.status}, neither inspected nor promoted: ${version.reason}`,
      mend: `start Release with ${JSON.stringify({ image })}, which bakes and inspects a new version`,
    },
  ];
};

const gates: Check = (_, { name, gates: all }) =>
  all.some((gate) => gate.mode === 'enforce')
    ? []
    : [
        {
          reason: `fleet ${name} has 0 enforced gates of ${all.length}: nothing could judge it`,
          mend: `give fleet ${name} a gate in mode enforce in the catalogue`,
        },
      ];

const configuration: Check = ({ group, template }, policy) => {
  if (group.usesLaunchConfiguration) {
    return [
      {
        reason: `group ${group.name} uses a launch configuration, which has no versions to go back to`,
        mend: `give the group launch template ${policy.launchTemplateId} with a version number`,
      },
    ];
  }
  const saved = savedTemplate(group);
  if (saved === undefined) {
    return [
      {
        reason: `the launch template of group ${group.name} could not be understood`,
        mend: `give the group launch template ${policy.launchTemplateId} with a version number`,
      },
    ];
  }
  return [
    ...notTheCatalogues(saved, group.name, policy),
    ...unpinned(saved, group, policy),
    ...overrides(saved, group.name),
    ...(template?.usesInstanceRequirements === true
      ? [attributeBased(`launch template version ${template.version}`)]
      : []),
  ];
};

function notTheCatalogues(
  { id }: SavedTemplate,
  group: string,
  { name, launchTemplateId }: FleetPolicy,
): readonly Finding[] {
  if (id === launchTemplateId) return [];
  return [
    {
      reason: `group ${group} uses launch template ${id ?? 'without an id'}, the catalogue names ${launchTemplateId} for fleet ${name}`,
      mend: `make the group and the catalogue name the same launch template`,
    },
  ];
}

function unpinned(
  { version }: SavedTemplate,
  group: GroupObservation,
  { name }: FleetPolicy,
): readonly Finding[] {
  if (!isUnpinned(version)) return [];
  const number = 'the number that its instances run';
  return [
    {
      reason: `group ${group.name} follows ${version} of its launch template: there is no number to go back to`,
      mend:
        group.mixedInstancesPolicy === undefined
          ? `give the group ${number}, or start Rollout with ${JSON.stringify({ fleet: name, pin: true, reason: '…' })}`
          : pinPolicyYourself(number),
    },
  ];
}

/** Kiln pins a plain launch template alone: writing one would take the mixed instances policy away. */
export const pinPolicyYourself = (number: string): string =>
  `set Version of LaunchTemplateSpecification in the mixed instances policy of the group to ${number}, and leave the rest of the policy as it is`;

function overrides(saved: SavedTemplate, group: string): readonly Finding[] {
  const { overridesWithTemplate, overridesWithImage, overridesWithRequirements } = saved;
  const findings: Finding[] = [];
  if (overridesWithTemplate > 0) {
    findings.push({
      reason: `${overridesWithTemplate} overrides of group ${group} have a launch template of their own, which a new version would not change`,
      mend: 'remove LaunchTemplateSpecification from the overrides',
    });
  }
  if (overridesWithImage > 0) {
    findings.push({
      reason: `${overridesWithImage} overrides of group ${group} name an image of their own, which a new version would not change`,
      mend: 'remove ImageId from the overrides',
    });
  }
  if (overridesWithRequirements > 0) {
    findings.push(attributeBased(`${overridesWithRequirements} overrides of group ${group}`));
  }
  if (saved.overridesWithWeight > 0) {
    findings.push({
      reason: `${saved.overridesWithWeight} overrides of group ${group} have a weight: its desired capacity counts units, not instances, so that no share of it could be judged`,
      mend: 'remove WeightedCapacity from the overrides',
    });
  }
  return findings;
}

/** "Instance refresh overview": such groups take neither a desired configuration nor skip matching, hence no way back. */
const attributeBased = (where: string): Finding => ({
  reason: `attribute-based instance requirements in ${where}: Auto Scaling refuses a refresh to a version there`,
  mend: 'name instance types instead of InstanceRequirements',
});

const followers: Check = (survey, { launchTemplateId }) =>
  survey.followers.map(({ groupName, follows }) => ({
    reason: `group ${groupName} follows ${follows} of launch template ${launchTemplateId}: a new version would leak into it`,
    mend: `give group ${groupName} a version number, or a launch template of its own`,
  }));

/**
 * The processes that a rollout depends on and why ("Suspend and resume Amazon EC2 Auto Scaling processes"). Those that
 * only change the group's size (`AlarmNotification`, `ScheduledActions`, `AZRebalance`) may stay suspended.
 */
const NEEDED: Readonly<Record<string, string>> = {
  InstanceRefresh: 'a refresh would not move on',
  Launch: 'no new instance would come',
  Terminate: 'no old instance would go',
  HealthCheck: 'a sick instance would stay marked healthy',
  ReplaceUnhealthy: 'a sick instance would stay',
  AddToLoadBalancer: 'a new instance would get no traffic, so that nothing could judge it',
};

const suspendedProcesses: Check = ({ group }) =>
  Object.entries(NEEDED).flatMap(([process, why]) => {
    const found = suspension(group, process);
    if (found === undefined) return [];
    return [
      {
        reason: `process ${process} of group ${group.name} is suspended (${quoteAws(found.reason)}): ${why}`,
        mend: `resume process ${process} when what it was suspended for is over`,
      },
    ];
  });

/**
 * Only the enforced ones; Auto Scaling refuses to start a refresh with alarms that are not OK, too. Where silence counts as
 * green, an alarm may be silent: it does not go along with the refresh.
 */
const alarms: Check = (survey, policy) => {
  const { all, mustTell } = enforcedAlarms(policy.gates);
  return all.flatMap((name) => {
    const reading = survey.alarms.find((alarm) => alarm.name === name);
    const state = reading?.state ?? 'MISSING';
    if (state === 'OK') return [];
    if (state === 'INSUFFICIENT_DATA' && !mustTell.includes(name)) return [];
    const why = reading === undefined ? 'no such alarm' : quoteAws(reading.reason, 200);
    return [
      {
        reason: `alarm ${name} is ${state}, not OK, before anything moved: ${why}`,
        mend: `mend what alarm ${name} watches, or let missing data count as notBreaching or ignore`,
      },
    ];
  });
};
