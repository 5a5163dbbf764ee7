import { describe, expect, test } from 'vitest';
import { deniedError } from '../../../simulator/iam/denied.ts';
import { deny, iamWith, place, role } from './fixtures.ts';

const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger';
const topic = 'arn:aws:sns:eu-west-1:111122223333:alerts';

describe('what a service answers when IAM refuses', () => {
  const who = 'User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform:';
  test.each([
    [
      'client-dynamodb',
      'dynamodb:GetItem',
      table,
      'AccessDeniedException',
      400,
      `${who} dynamodb:GetItem on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`,
    ],
    [
      'client-imagebuilder',
      'imagebuilder:GetImage',
      '*',
      'AccessDeniedException',
      403,
      `${who} imagebuilder:GetImage on resource: * because no identity-based policy allows the imagebuilder:GetImage action`,
    ],
    [
      'client-auto-scaling',
      'autoscaling:DescribePolicies',
      '*',
      'AccessDenied',
      403,
      `${who} autoscaling:DescribePolicies because no identity-based policy allows the autoscaling:DescribePolicies action`,
    ],
    [
      'client-ec2',
      'ec2:DescribeImages',
      '*',
      'UnauthorizedOperation',
      403,
      `You are not authorized to perform this operation. ${who} ec2:DescribeImages because no identity-based policy allows the ec2:DescribeImages action`,
    ],
    [
      'client-sns',
      'SNS:Publish',
      topic,
      'AuthorizationError',
      403,
      `${who} SNS:Publish on resource: ${topic} because no identity-based policy allows the SNS:Publish action`,
    ],
  ])('%s', (client, action, resource, code, status, message) => {
    const error = deniedError(client, role, { action, resource }, place);
    expect(error).toMatchObject({ code, status, message });
  });

  test('the reason of the decision is told', () => {
    const iam = iamWith(deny('*'));
    const permission = { action: 'ssm:GetParameter', resource: 'arn:p' };
    const { why } = iam.decide(role, permission);
    expect(deniedError('client-ssm', role, permission, place, why).message).toBe(
      `${who} ssm:GetParameter on resource: arn:p with an explicit deny in an identity-based policy: statement 0 of p of role r`,
    );
  });
});
