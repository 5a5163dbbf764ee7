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
  'ec2:DescribeInstances',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
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

/** By AWS's word the role of a function in a VPC must have them so; a statement beside them denies them to its code. */
const forLambda =
  'Lambda makes and removes the network interfaces of a function in a VPC with the rights of its role; its code is denied them';

/** Actions that could be granted on less than all resources, and why they are not. */
export const onAllResources: Readonly<Record<string, string>> = {
  'ec2:AssignPrivateIpAddresses': forLambda,
  'ec2:CreateNetworkInterface': forLambda,
  'ec2:DeleteNetworkInterface': forLambda,
  'ec2:UnassignPrivateIpAddresses': forLambda,
  'cloudwatch:DescribeAlarms': 'composite alarms are shown only to those who may see all alarms',
  'ec2:RunInstances':
    'held by the condition on ec2:LaunchTemplate: what else a launch touches is up to the template of the user',
};

/** Where the reasons for a role's wildcards stand in its template, by action. `npm run permissions` shows them. */
export const wildcardsKey = 'kiln:wildcards';
