import type { Check } from './finding.ts';
import { type GatePolicy, isComparing } from './gate-policy.ts';
import { countInstances, liveInstances, shareOf, showVersions } from './instances.ts';
import { isUnpinned, savedTemplate } from './saved-template.ts';

/** Whether there is something to judge, in good health, and room to replace it. */
export const capacityFindings: Check = (survey, policy) => [
  ...instances(survey, policy),
  ...room(survey, policy),
];

const instances: Check = ({ group }, policy) => {
  const version = savedTemplate(group)?.version;
  if (group.desiredCapacity === 0) {
    return [
      {
        reason: `desired capacity of group ${group.name} is 0: no instance could be judged`,
        mend: 'give the group at least 1 instance',
      },
    ];
  }
  if (group.desiredCapacity < 2 && policy.gates.some(comparesForGood)) {
    return [
      {
        reason: `desired capacity of group ${group.name} is 1: no old instance would be left to compare the new one with, as the canary gate of fleet ${policy.name} does`,
        mend: 'give the group at least 2 instances, or set the gate to mode observe',
      },
    ];
  }
  if (version === undefined || isUnpinned(version)) return [];
  const counts = countInstances(group, version);
  if (counts.others > 0) {
    return [
      {
        reason: `${counts.others} of ${liveInstances(group).length} instances are not on the saved version ${version}: ${showVersions(group)}`,
        mend: `start an instance refresh of group ${group.name} to version ${version}, then start again`,
      },
    ];
  }
  const needed = Math.max(1, shareOf(counts.desired, policy.forward.min));
  if (counts.healthy >= needed) return [];
  return [
    {
      reason: `${counts.healthy} healthy instances in service < ${needed} (forward.min ${policy.forward.min} % of ${counts.desired})`,
      mend: `wait until group ${group.name} is healthy, then start again`,
    },
  ];
};

const comparesForGood = (gate: GatePolicy): boolean => isComparing(gate) && gate.mode === 'enforce';

/**
 * Whether a single instance can be replaced at all. No page of AWS says that a refresh may launch past `MaxSize`, so a
 * group that is at its maximum must let one go first. With a maximum of 100 % Auto Scaling does so even where the
 * minimum rounds up to every instance ("Instance refresh overview": 90 to 100 % is one at a time); above it, or with a
 * minimum of 100 %, it launches first, and where it may not, its refresh fails after an hour without progress.
 */
const room: Check = ({ group }, { name, forward }) => {
  const { desiredCapacity: desired, maxSize } = group;
  if (desired === 0 || desired < maxSize) return [];
  const toStay = shareOf(desired, forward.min);
  if (toStay < desired || (forward.min < 100 && forward.max === 100)) return [];
  const fix = JSON.stringify({ min: Math.min(forward.min, 90), max: 100 });
  return [
    {
      reason: `group ${group.name} of fleet ${name} has no room: its desired capacity ${desired} is its MaxSize, and healthy.forward (${forward.min} to ${forward.max} %) lets none of ${desired} go before another one is there`,
      mend: `raise MaxSize of group ${group.name} to ${desired + 1} or more; or set healthy.forward of fleet ${name} in the catalogue to ${fix}, which terminates one instance before its successor is launched`,
    },
  ];
};
