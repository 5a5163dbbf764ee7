import type { Permission, Place } from '../contract.ts';
import type { GroupStore } from './auto-scaling-group.ts';
import { tagContext, tagRecord } from './fleet-operation.ts';

/** Answers the permissions of an operation on one group. @see aws-facts "IAM" */
export type GroupPermission = (
  action: string,
  groupName: string | undefined,
  context?: Permission['context'],
) => readonly Permission[];

/** A group that does not exist has no id yet: its ARN then holds a star, as a policy writes it. */
export function groupPermission(parts: { groups: GroupStore; place: Place }): GroupPermission {
  const { partition, region, accountId } = parts.place;
  return (action, groupName, context = {}) => {
    const group = parts.groups.find(groupName);
    const arn =
      group?.arn ??
      `arn:${partition}:autoscaling:${region}:${accountId}:autoScalingGroup:*:autoScalingGroupName/${groupName}`;
    const keys = tagContext(tagRecord(group?.tags), 'autoscaling');
    return [{ action: `autoscaling:${action}`, resource: arn, context: { ...keys, ...context } }];
  };
}
