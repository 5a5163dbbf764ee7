import { describe, expect, test } from 'vitest';
import type { Caller, PolicyDocument, PolicyStatement } from '../../../simulator/contract.ts';
import { makeIam } from '../../../simulator/iam/iam.ts';
import { allow, iamWith, place, roleArn, trusting } from './fixtures.ts';

describe('sessions', () => {
  const trusted = (trust: PolicyDocument) => {
    const iam = makeIam(place);
    iam.addRole({ name: 'r', arn: roleArn, trust });
    return () => iam.sessionFor(roleArn, 'states.amazonaws.com', 'x1');
  };

  test.each<[string, PolicyDocument]>([
    ['named', trusting('states.amazonaws.com')],
    ['named by Region', trusting('states.eu-west-1.amazonaws.com')],
    [
      'for this account',
      trusting('states.amazonaws.com', { StringEquals: { 'aws:SourceAccount': place.accountId } }),
    ],
    [
      'for machines of this account',
      trusting('states.amazonaws.com', {
        ArnLike: { 'aws:SourceArn': 'arn:aws:states:*:111122223333:stateMachine:*' },
      }),
    ],
    [
      'for a machine',
      trusting('states.amazonaws.com', {
        ArnEquals: {
          'aws:SourceArn': 'arn:aws:states:eu-west-1:111122223333:stateMachine:Release',
        },
      }),
    ],
  ])('a service that the role trusts gets one: %s', (_, trust) => {
    expect(trusted(trust)().caller).toEqual({ kind: 'role', roleName: 'r', session: 'x1' });
  });

  test.each<[string, PolicyDocument]>([
    ['another service', trusting('lambda.amazonaws.com')],
    [
      'another account',
      trusting('states.amazonaws.com', { StringEquals: { 'aws:SourceAccount': '999999999999' } }),
    ],
    [
      'sources of another account',
      trusting('states.amazonaws.com', {
        ArnLike: { 'aws:SourceArn': 'arn:aws:states:*:999999999999:*' },
      }),
    ],
    [
      'another action',
      {
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'states.amazonaws.com' },
          Action: 'sts:TagSession',
        },
      },
    ],
    [
      'a deny',
      {
        Statement: [
          trusting('states.amazonaws.com').Statement as PolicyStatement,
          { Effect: 'Deny', Principal: '*', Action: 'sts:*' },
        ],
      },
    ],
  ])('a service that it does not trust is refused: %s', (_, trust) => {
    expect(trusted(trust)).toThrow(
      `User: states.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    );
    expect(trusted(trust)).toThrow(expect.objectContaining({ code: 'AccessDenied', status: 403 }));
  });

  test('a role that does not exist cannot be assumed', () => {
    const assume = () => makeIam(place).sessionFor(`${roleArn}x`, 'lambda.amazonaws.com', 's');
    expect(assume).toThrow('is not authorized to perform: sts:AssumeRole');
  });

  test('the access key says whose it is, and is the same in every run', () => {
    const iam = iamWith();
    const keys = ['s1', 's2'].map(
      (session) => iam.sessionFor(roleArn, 'lambda.amazonaws.com', session).accessKeyId,
    );
    expect(keys[0]).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(keys[0]).not.toBe(keys[1]);
    expect(iam.callerOf(keys[1]!)).toEqual({ kind: 'role', roleName: 'r', session: 's2' });
    expect(iamWith().sessionFor(roleArn, 'lambda.amazonaws.com', 's2').accessKeyId).toBe(keys[1]);
    expect(() => iam.callerOf('ASIAAAAAAAAAAAAAAAAA')).toThrow(
      expect.objectContaining({ code: 'UnrecognizedClientException', status: 403 }),
    );
  });

  test('of a role that is not there are denied everything', () => {
    const ghost: Caller = { kind: 'role', roleName: 'ghost', session: 's' };
    expect(iamWith(allow('*')).decide(ghost, { action: 'a:B', resource: '*' }).allowed).toBe(false);
  });
});
