import { AwsError, type Caller, type Iam } from '../contract.ts';

/** What a machine's role needs so that the machine may write logs. @see SFN developer guide, cw-logs ("IAM policies") */
const ACTIONS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

/**
 * Step Functions asks when a machine with logging is made or changed. That it asks for each of them is assumed: the guide
 * demands all, and does not say which one is missed first.
 * @throws {AwsError} AccessDeniedException
 */
export function requireLogRights(iam: Pick<Iam, 'decide'>, caller: Caller): void {
  const decisions = ACTIONS.map((action) => iam.decide(caller, { action, resource: '*' }));
  if (decisions.every(({ allowed }) => allowed)) return;
  const message = 'The state machine IAM Role is not authorized to access the Log Destination';
  throw new AwsError('AccessDeniedException', message);
}
