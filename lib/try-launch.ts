import type { Reach } from './reach.ts';
import { anywhere, on, perStatement, type Right, when } from './rights.ts';

/**
 * StartInstanceRefresh and UpdateAutoScalingGroup make Auto Scaling try a launch with their caller's rights. The
 * condition binds every resource of that launch to the catalogue's own templates.
 *
 * @see ASG user guide, ec2-auto-scaling-launch-template-permissions
 */
export const tryLaunch = (reach: Reach): readonly Right[] => [
  ...perStatement(reach.launchTemplates.arns).map((templates) =>
    when(anywhere('ec2:RunInstances'), { ArnLike: { 'ec2:LaunchTemplate': templates } }),
  ),
  when(on(reach.launchedResources, 'ec2:CreateTags'), {
    StringEquals: { 'ec2:CreateAction': 'RunInstances' },
  }),
  when(on(reach.instanceRoles, 'iam:PassRole'), {
    StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  }),
];
