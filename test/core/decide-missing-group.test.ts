import { expect, it } from 'vitest';
import { decideMissingGroup } from '../../lambdas/core/decide-missing-group.ts';
import { aFleetPolicy, aRollout, LOOK } from '../builders.ts';

const policy = aFleetPolicy({ name: 'web-prod', autoScalingGroupName: 'prod-asg' });
const reason =
  'there is no Auto Scaling group prod-asg of fleet web-prod any more: it was deleted while the fleet was rolled out';

it.each([
  ['before anything began, it is surveyed again, which refuses', 'foreign', 'complete'],
  ['on the way forward it turns back at once', 'forward', 'roll-back'],
  ['on the way back it is a person’s at once', 'back', 'escalate'],
] as const)('without its group: %s', (_, phase, kind) => {
  expect(decideMissingGroup(phase, policy, LOOK, aRollout())).toMatchObject({ kind, reason });
});

it('says what to make again as what it was, and how to clear the block', () => {
  const { whatToDo } = decideMissingGroup('back', policy, LOOK, aRollout()) as {
    readonly whatToDo?: string;
  };
  const { launchTemplateId, launchTemplateVersion, version } = aRollout().from;
  expect(whatToDo).toContain(
    `Auto Scaling group prod-asg again with launch template ${launchTemplateId} version ${launchTemplateVersion} (image version ${version})`,
  );
  expect(whatToDo).toContain('{"fleet":"web-prod","unblock":true,"reason":"…"}');
});
