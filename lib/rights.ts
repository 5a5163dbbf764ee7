import * as iam from 'aws-cdk-lib/aws-iam';

/** One permission of one of our roles, before it is a policy statement. */
export interface Right {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Every action that is granted on all resources, and why: AWS has no narrower form, or the narrowing is in a condition.
 * A test compares every synthesized policy with this table. @see Service Authorization Reference
 */
export const onAllResources: Readonly<Record<string, string>> = {
  'autoscaling:DescribeAutoScalingGroups': 'no resource-level permission',
  'autoscaling:DescribeInstanceRefreshes': 'no resource-level permission',
  'autoscaling:DescribeWarmPool': 'no resource-level permission',
  'cloudwatch:DescribeAlarms': 'composite alarms are shown only to those who may see all alarms',
  'ec2:DescribeImages': 'no resource-level permission',
  'ec2:DescribeLaunchTemplateVersions': 'no resource-level permission',
  'ec2:RunInstances':
    'held by the condition on ec2:LaunchTemplate: what else a launch touches is up to the template of the user',
  'elasticloadbalancing:DescribeTargetHealth': 'no resource-level permission',
  'states:SendTaskSuccess': 'no resource-level permission: the token is the secret',
  'logs:CreateLogDelivery': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:GetLogDelivery': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:UpdateLogDelivery': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:DeleteLogDelivery': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:ListLogDeliveries': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:PutResourcePolicy': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:DescribeResourcePolicies': 'no resource-level permission (Step Functions, cw-logs)',
  'logs:DescribeLogGroups': 'no resource-level permission (Step Functions, cw-logs)',
};

/** @throws Error when an action is asked for on all resources without a reason in `onAllResources` */
export function anywhere(...actions: readonly string[]): Right {
  const unexplained = actions.filter((action) => !(action in onAllResources));
  if (unexplained.length > 0) {
    throw new Error(`expected a reason in onAllResources for ${unexplained.join(', ')}`);
  }
  return { actions, resources: ['*'] };
}

export const on = (
  resources: string | readonly string[],
  ...actions: readonly string[]
): Right => ({ actions, resources: typeof resources === 'string' ? [resources] : resources });

export const when = (right: Right, conditions: NonNullable<Right['conditions']>): Right => ({
  ...right,
  conditions,
});

/**
 * A statement of a policy must fit where CDK moves it when a role's policies overflow: a managed policy of 6,144
 * characters. An ARN is about 110 long, so 40 fit with room for tokens that CloudFormation fills in.
 */
const resourcesPerStatement = 40;

/** `items` in runs that a statement holds. */
export function perStatement<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / resourcesPerStatement);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * resourcesPerStatement, (index + 1) * resourcesPerStatement),
  );
}

/** The statements of a right; none when the catalogue names nothing that it could be about. */
export const statementsOf = ({ actions, resources, conditions }: Right): iam.PolicyStatement[] =>
  perStatement(resources).map(
    (some) =>
      new iam.PolicyStatement({
        actions: [...actions],
        resources: [...some],
        ...(conditions === undefined ? {} : { conditions }),
      }),
  );
