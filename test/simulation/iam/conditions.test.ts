import { describe, expect, test } from 'vitest';
import type { Permission } from '../../../simulator/contract.ts';
import { allow, iamWith, role } from './fixtures.ts';

type Context = NonNullable<Permission['context']>;
type Row = readonly [
  operator: string,
  expected: unknown,
  value: Context[string] | undefined,
  holds: boolean,
];

/** Whether `{operator: {k: expected}}` allows a request whose key `k` has the value, or lacks it. */
function holds(operator: string, expected: unknown, value: Context[string] | undefined): boolean {
  const iam = iamWith(allow('s:A', '*', { [operator]: { 'svc:K': expected } }));
  const context: Context = value === undefined ? {} : { 'SVC:k': value };
  return iam.decide(role, { action: 's:A', resource: '*', context }).allowed;
}

const rows: readonly Row[] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', ['a', 'b'], 'b', true],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', 'a', undefined, false],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', 'a', 'a', false],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', 'a', undefined, true],
  ['StringEqualsIgnoreCase', 'Web', 'wEB', true],
  ['StringEqualsIgnoreCase', 'web', 'db', false],
  ['StringNotEqualsIgnoreCase', 'Web', 'wEB', false],
  ['StringNotEqualsIgnoreCase', 'Web', undefined, true],
  ['StringLike', 'web-*', 'web-', true],
  ['StringLike', 'web-*', 'web-prod:1', true],
  ['StringLike', 'web-?', 'web-', false],
  ['StringLike', 'web-?', 'web-1', true],
  ['StringLike', 'web-*', 'WEB-1', false],
  ['StringLike', 'web.*', 'web-prod', false],
  ['StringNotLike', 'web-*', 'web-1', false],
  ['StringNotLike', 'web-*', 'db-1', true],
  ['StringNotLike', 'web-*', undefined, true],
  ['ArnEquals', 'arn:aws:sns:*:1:t-*', 'arn:aws:sns:eu-west-1:1:t-x', true],
  ['ArnLike', 'arn:aws:sns:*:1:t', 'arn:aws:sns:eu-west-1:1:t', true],
  ['ArnLike', 'arn:aws:sns:*:t', 'arn:aws:sns:eu-west-1:1:t', false],
  [
    'ArnLike',
    'arn:aws:states:eu-west-1:1:execution:*',
    'arn:aws:states:eu-west-1:1:execution:m:e',
    true,
  ],
  ['ArnLike', 'arn:aws:*', 'arn:aws:sns:eu-west-1:1:t', false],
  ['ArnLike', 'arn:aws:sns:eu-west-1:1:t', 'text', false],
  ['ArnLike', 'arn:aws:sns:eu-west-1:1:t', undefined, false],
  ['ArnNotEquals', 'arn:aws:sns:*:1:t', 'arn:aws:sns:eu-west-1:1:t', false],
  ['ArnNotLike', 'arn:aws:sns:*:1:t', 'arn:aws:sns:eu-west-1:1:u', true],
  ['ArnNotLike', 'arn:aws:sns:*:1:t', undefined, true],
  ['Bool', 'true', true, true],
  ['Bool', true, 'TRUE', true],
  ['Bool', 'true', false, false],
  ['Bool', 'false', undefined, false],
  ['Null', 'true', undefined, true],
  ['Null', 'true', 'a', false],
  ['Null', 'false', 'a', true],
  ['Null', false, undefined, false],
  ['NumericEquals', '7', 7, true],
  ['NumericEquals', 7, '7.0', true],
  ['NumericEquals', 7, 'seven', false],
  ['NumericNotEquals', 7, 8, true],
  ['NumericNotEquals', 7, 7, false],
  ['NumericLessThan', 7, 6, true],
  ['NumericLessThan', 7, 7, false],
  ['NumericLessThanEquals', 7, 7, true],
  ['NumericLessThanEquals', 7, 8, false],
  ['NumericGreaterThan', 7, 8, true],
  ['NumericGreaterThan', 7, 7, false],
  ['NumericGreaterThanEquals', 7, 7, true],
  ['NumericGreaterThanEquals', 7, 6, false],
  ['NumericGreaterThan', 7, undefined, false],
  ['DateEquals', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00.000Z', true],
  ['DateNotEquals', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', false],
  ['DateLessThan', '2026-11-23T00:00:00Z', '2026-11-22T23:59:59Z', true],
  ['DateLessThan', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', false],
  ['DateLessThanEquals', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', true],
  ['DateGreaterThan', '1700000000', '2023-11-14T22:13:21Z', true],
  ['DateGreaterThanEquals', '2026-11-23T00:00:00Z', '2026-11-22T23:59:59Z', false],
  ['StringEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['NumericLessThanIfExists', 7, undefined, true],
  ['BoolIfExists', 'true', 'false', false],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'b'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'y'], false],
  ['ForAnyValue:StringEquals', 'a', undefined, false],
  ['ForAnyValue:StringEquals', 'a', [], false],
  ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', 'a', ['a'], false],
  ['ForAnyValue:StringLikeIfExists', 'a*', undefined, true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', 'a', undefined, true],
  ['ForAllValues:StringEquals', 'a', [], true],
  ['ForAllValues:StringNotLike', 'a*', ['b', 'ab'], false],
  ['ForAllValues:StringNotLike', 'a*', ['b', 'c'], true],
];

test.each(rows)('%s %j against %j: %s', (operator, expected, value, expectedToHold) => {
  expect(holds(operator, expected, value)).toBe(expectedToHold);
});

test('of several keys and operators every one must hold', () => {
  const iam = iamWith(
    allow('s:A', '*', { StringEquals: { 'svc:a': '1', 'svc:b': '2' }, Bool: { 'svc:c': 'true' } }),
  );
  const decide = (context: Context) => iam.decide(role, { action: 's:A', resource: '*', context });
  expect(decide({ 'svc:a': '1', 'svc:b': '2', 'svc:c': true }).allowed).toBe(true);
  expect(decide({ 'svc:a': '1', 'svc:b': 'x', 'svc:c': true }).allowed).toBe(false);
  expect(decide({ 'svc:a': '1', 'svc:b': '2', 'svc:c': false }).allowed).toBe(false);
});

describe('a condition on a tag', () => {
  const iam = iamWith(
    allow('autoscaling:SuspendProcesses', '*', {
      StringEquals: { 'autoscaling:ResourceTag/kiln:fleet': 'web-prod' },
    }),
  );
  const decide = (context: Context) =>
    iam.decide(role, { action: 'autoscaling:SuspendProcesses', resource: '*', context }).allowed;
  test('allows the tagged', () => {
    expect(decide({ 'autoscaling:ResourceTag/kiln:fleet': 'web-prod' })).toBe(true);
  });
  test('refuses another value', () => {
    expect(decide({ 'autoscaling:ResourceTag/kiln:fleet': 'web-test' })).toBe(false);
  });
  test('refuses the untagged', () => {
    expect(decide({})).toBe(false);
  });
});

describe('policy variables', () => {
  const decided = (pattern: string, value: string, context: Context = {}) =>
    iamWith(allow('s:A', '*', { StringLike: { 'svc:k': pattern } })).decide(role, {
      action: 's:A',
      resource: '*',
      context: { 'svc:k': value, ...context },
    }).allowed;
  test.each([
    ['of the caller', '${aws:PrincipalAccount}', '111122223333', {}, true],
    ['within text', 'a-${AWS:principalaccount}-*', 'a-111122223333-z', {}, true],
    ['of the request', '${svc:other}', 'x', { 'svc:other': 'x' }, true],
    [
      'whose value holds a wildcard, which is text',
      '${svc:other}',
      'xyz',
      { 'svc:other': 'x*' },
      false,
    ],
    ['without a value', '${svc:other}', '', {}, false],
    ['without a value, with a default', "${svc:other, 'team'}", 'team', {}, true],
    ['that is a star', 'a${*}', 'a*', {}, true],
    ['that is a star and no wildcard', 'a${*}', 'ab', {}, false],
    ['that is a dollar', '${$}{x}', '${x}', {}, true],
  ])('%s', (_, pattern, value, context, expected) => {
    expect(decided(pattern, value, context)).toBe(expected);
  });

  test('stand in resources, and are text in old policies', () => {
    const statement = allow('s:A', 'arn:aws:s:::${aws:PrincipalAccount}/*');
    const permission = { action: 's:A', resource: 'arn:aws:s:::111122223333/x' };
    expect(iamWith(statement).decide(role, permission).allowed).toBe(true);
    const old = iamWith();
    old.attachPolicy('r', 'p', { Statement: statement });
    expect(old.decide(role, permission).allowed).toBe(false);
  });

  test('of the session are not remembered for another session', () => {
    const iam = iamWith(allow('s:A', '*', { StringLike: { 'aws:userid': '*:s' } }));
    const decide = (session: string) =>
      iam.decide({ kind: 'role', roleName: 'r', session }, { action: 's:A', resource: '*' })
        .allowed;
    expect([decide('s'), decide('t'), decide('s')]).toEqual([true, false, true]);
  });
});

test.each([
  ['IpAddress', '10.0.0.0/8', 'condition IpAddress of svc:k: unknown operator'],
  ['stringequals', 'a', 'condition stringequals of svc:k: unknown operator'],
  ['ForEachValue:StringEquals', 'a', 'unknown operator'],
  ['NumericEquals', 'seven', '"seven" is no number'],
  ['DateLessThan', 'soon', '"soon" is no date'],
  ['Bool', 'yes', '"yes" is no boolean'],
  ['Null', 'maybe', 'expected "true" or "false"'],
  ['StringEquals', { a: 1 }, 'expected text, number or boolean'],
])('refuses to attach %s %j', (operator, expected, message) => {
  const attach = () => iamWith(allow('s:A', '*', { [operator]: { 'svc:k': expected } }));
  expect(attach).toThrow(message);
  expect(attach).toThrow('malformed policy p of role r, statement 0');
});
