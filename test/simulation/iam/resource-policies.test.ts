import { describe, expect, test } from 'vitest';
import type { Caller, PolicyStatement } from '../../../simulator/contract.ts';
import { allow, iamWith, place, role, roleArn } from './fixtures.ts';

const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger';
const topic = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const rule = 'arn:aws:events:eu-west-1:111122223333:rule/wake';
const fn = 'arn:aws:lambda:eu-west-1:111122223333:function:wake';
const events: Caller = { kind: 'service', principal: 'events.amazonaws.com' };

describe('policies of topics, queues and functions', () => {
  const publish = { action: 'sns:Publish', resource: topic };
  const at = (Principal: unknown, more: Partial<PolicyStatement> = {}): PolicyStatement => ({
    Effect: 'Allow',
    Principal,
    Action: 'sns:Publish',
    Resource: topic,
    ...more,
  });

  test.each<[string, Caller, PolicyStatement[], boolean]>([
    ['a role that the topic names', role, [at({ AWS: roleArn })], true],
    [
      'a session that the topic names',
      role,
      [at({ AWS: 'arn:aws:sts::111122223333:assumed-role/r/s' })],
      true,
    ],
    ['everybody', role, [at('*')], true],
    ['everybody of AWS', role, [at({ AWS: '*' })], true],
    ['another role', role, [at({ AWS: `${roleArn}2` })], false],
    [
      'the account alone lets its own policies decide',
      role,
      [at({ AWS: 'arn:aws:iam::111122223333:root' })],
      false,
    ],
    [
      'a deny for the account',
      role,
      [at('*'), at({ AWS: place.accountId }, { Effect: 'Deny' })],
      false,
    ],
    [
      'all but this role are denied',
      role,
      [at('*'), { ...at(undefined, { Effect: 'Deny', NotPrincipal: { AWS: roleArn } }) }],
      true,
    ],
    ['a service without a policy', events, [], false],
    ['a service that is named', events, [at({ Service: 'events.amazonaws.com' })], true],
    ['its regional name', events, [at({ Service: ['x', 'events.eu-west-1.amazonaws.com'] })], true],
    ['another service', events, [at({ Service: 'cloudwatch.amazonaws.com' })], false],
    ['a service where only roles are named', events, [at({ AWS: place.accountId })], false],
  ])('%s', (_, caller, statements, allowed) => {
    const iam = iamWith();
    for (const each of statements) iam.addResourceStatement(topic, each);
    expect(iam.decide(caller, publish).allowed).toBe(allowed);
  });

  test('an allow of the role itself is enough, and a deny of the topic stops it', () => {
    const iam = iamWith(allow('sns:Publish', topic));
    expect(iam.decide(role, publish).allowed).toBe(true);
    iam.setResourcePolicy(topic, { Statement: at('*', { Effect: 'Deny' }) });
    expect(iam.decide(role, publish)).toEqual({
      allowed: false,
      why: `with an explicit deny in a resource-based policy: statement 0 of ${topic}`,
    });
  });

  test('a service is held to the source for which it was let in', () => {
    const iam = iamWith();
    iam.addResourceStatement(fn, {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: fn,
      Condition: {
        ArnLike: { 'AWS:SourceArn': rule },
        StringEquals: { 'AWS:SourceAccount': place.accountId },
      },
    });
    const invoke = (source: string, resource = fn) =>
      iam.decide(events, {
        action: 'lambda:InvokeFunction',
        resource,
        context: { 'aws:SourceArn': source },
      }).allowed;
    expect(invoke(rule)).toBe(true);
    expect(invoke(`${rule}2`)).toBe(false);
    expect(invoke(rule, `${fn}2`)).toBe(false);
  });

  test("a function's policy guards its aliases too", () => {
    const iam = iamWith();
    const Resource = [fn, `${fn}:*`];
    iam.addResourceStatement(fn, {
      Effect: 'Allow',
      Principal: '*',
      Action: 'lambda:InvokeFunction',
      Resource,
    });
    const invoke = { action: 'lambda:InvokeFunction', resource: `${fn}:live` };
    expect(iam.decide(events, invoke).allowed).toBe(true);
  });

  test('elsewhere a service acts by the right of AWS, and a person is an administrator', () => {
    const iam = iamWith();
    expect(iam.decide(events, { action: 'dynamodb:PutItem', resource: table }).allowed).toBe(true);
    iam.setResourcePolicy(topic, { Statement: at('*', { Effect: 'Deny' }) });
    expect(iam.decide({ kind: 'person', name: 'ann' }, publish).allowed).toBe(true);
  });
});
