/**
 * Actions that AWS grants on all resources or not at all: they have no resource-level permission, so that a `*` is forced.
 * @see Service Authorization Reference, per service; for `logs:` Step Functions developer guide, cw-logs
 */
export const withoutResourceLevel: ReadonlySet<string> = new Set([
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeInstanceRefreshes',
  'autoscaling:DescribeWarmPool',
  'cloudwatch:GetMetricData',
  'ec2:DescribeImages',
  'ec2:DescribeLaunchTemplateVersions',
  'elasticloadbalancing:DescribeTargetHealth',
  // The token is the secret.
  'states:SendTaskSuccess',
  // Delivery of a state machine's log.
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
]);

/** Actions that could be granted on less than all resources, and why they are not. */
export const onAllResources: Readonly<Record<string, string>> = {
  'cloudwatch:DescribeAlarms': 'composite alarms are shown only to those who may see all alarms',
  'ec2:RunInstances':
    'held by the condition on ec2:LaunchTemplate: what else a launch touches is up to the template of the user',
};

/** Where the reasons for a role's wildcards stand in its template, by action. `npm run permissions` shows them. */
export const wildcardsKey = 'kiln:wildcards';
