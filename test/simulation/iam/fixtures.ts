import type {
  Caller,
  Iam,
  Place,
  PolicyDocument,
  PolicyStatement,
} from '../../../simulator/contract.ts';
import { makeIam } from '../../../simulator/iam/iam.ts';

export const place: Place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };
export const role: Caller = { kind: 'role', roleName: 'r', session: 's' };
export const roleArn = 'arn:aws:iam::111122223333:role/r';

export const trusting = (
  service: string,
  Condition?: PolicyStatement['Condition'],
): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    ...(Condition && { Condition }),
  },
});

/** A role `r` with one policy `p` of these statements. */
export function iamWith(...statements: readonly PolicyStatement[]): Iam {
  const iam = makeIam(place);
  iam.addRole({ name: 'r', arn: roleArn, trust: trusting('lambda.amazonaws.com') });
  if (statements.length > 0) {
    iam.attachPolicy('r', 'p', { Version: '2012-10-17', Statement: statements });
  }
  return iam;
}

export const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = '*',
  Condition?: PolicyStatement['Condition'],
): PolicyStatement => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

export const deny = (
  ...[action, resource, condition]: Parameters<typeof allow>
): PolicyStatement => ({ ...allow(action, resource, condition), Effect: 'Deny' });
