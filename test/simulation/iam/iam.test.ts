import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyDocument, PolicyStatement } from '../../../simulator/contract.ts';
import { allow, deny, iamWith, place, role } from './fixtures.ts';

const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger';
const topic = 'arn:aws:sns:eu-west-1:111122223333:alerts';

describe('what the policies of a role say', () => {
  const read = { action: 'dynamodb:GetItem', resource: table };
  test.each<[string, PolicyStatement[], boolean]>([
    ['nothing: denied', [], false],
    ['an allow', [allow('dynamodb:GetItem', table)], true],
    ['actions have no case', [allow('DynamoDB:getitem', table)], true],
    ['resources have case', [allow('dynamodb:GetItem', table.toUpperCase())], false],
    ['one of many actions and resources', [allow(['a:B', 'dynamodb:Get*'], ['x', table])], true],
    ['the star', [allow('*')], true],
    ['a question mark', [allow('dynamodb:Get?tem', `${table.slice(0, -1)}?`)], true],
    ['a question mark is one character', [allow('dynamodb:GetItem?', table)], false],
    ['another resource', [allow('dynamodb:GetItem', `${table}/index/*`)], false],
    ['a deny beside an allow, in either order', [deny('dynamodb:*'), allow('*')], false],
    ['a deny behind an allow', [allow('*'), deny('dynamodb:GetItem', table)], false],
    ['a deny of something else', [allow('*'), deny('dynamodb:PutItem')], true],
    [
      'a deny whose condition does not hold',
      [allow('*'), deny('*', '*', { Bool: { 'aws:SecureTransport': 'false' } })],
      true,
    ],
    ['NotAction of another', [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }], true],
    [
      'NotAction of this',
      [{ Effect: 'Allow', NotAction: ['iam:*', 'dynamodb:Get*'], Resource: '*' }],
      false,
    ],
    ['NotResource of another', [{ Effect: 'Allow', Action: '*', NotResource: topic }], true],
    [
      'NotResource of this',
      [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:dynamodb:*' }],
      false,
    ],
    [
      'deny by NotAction',
      [allow('*'), { Effect: 'Deny', NotAction: 'dynamodb:GetItem', Resource: '*' }],
      true,
    ],
  ])('%s', (_, statements, allowed) => {
    expect(iamWith(...statements).decide(role, read).allowed).toBe(allowed);
  });

  test.each([
    ['*', '*', true],
    ['arn:aws:ec2:*', '*', false],
    ['arn:aws:*:*:*:*', 'arn:aws:sns:eu-west-1:1:t:sub', true],
    ['arn:aws:sns:*', 'arn:aws:sns:eu-west-1:1:t', true],
    ['arn:aws:sns:eu-*:1:t', 'arn:aws:sns:eu-west-1:1:t', true],
    ['arn:aws:sns:eu*1:1:t', 'arn:aws:sns:eu-west-1:1:t', true],
    ['arn:aws:sns:e*t-1:1:t', 'arn:aws:sns:eu:x:t-1:1:t', false],
    [
      'arn:aws:logs:eu-west-1:1:log-group:/kiln*x:*',
      'arn:aws:logs:eu-west-1:1:log-group:/kiln:a:x:y',
      true,
    ],
    ['arn:aws:s3:::bucket/a?c', 'arn:aws:s3:::bucket/abc', true],
    ['arn:aws:s3:::bucket/a.c', 'arn:aws:s3:::bucket/abc', false],
    ['arn:aws:s3:::bucket/$(x)[y]', 'arn:aws:s3:::bucket/$(x)[y]', true],
  ])('the resource %s covers %s: %s', (pattern, resource, allowed) => {
    const iam = iamWith(allow('s:A', pattern));
    expect(iam.decide(role, { action: 's:A', resource }).allowed).toBe(allowed);
  });

  test('an explicit deny wins, whatever else is granted', () => {
    const actions = fc.constantFrom(
      'dynamodb:GetItem',
      'dynamodb:*',
      '*',
      'dynamodb:?etItem',
      's:B',
    );
    const resources = fc.constantFrom(table, '*', 'arn:aws:dynamodb:*', 'arn:aws:s3:::x');
    const allows = fc.array(fc.tuple(actions, resources).map(([a, r]) => allow(a, r)));
    const denies = fc.constantFrom(
      deny('dynamodb:GetItem', table),
      deny('*'),
      deny('dynamodb:G*', '*:table/ledger'),
    );
    fc.assert(
      fc.property(allows, denies, allows, fc.boolean(), (before, denial, after, atDoor) => {
        const iam = iamWith(...before, ...(atDoor ? [] : [denial]), ...after);
        if (atDoor) {
          iam.addResourceStatement(table, { ...denial, Principal: { AWS: place.accountId } });
        }
        const decision = iam.decide(role, read);
        expect(decision.allowed).toBe(false);
        expect(decision.why).toContain('with an explicit deny');
      }),
    );
  });

  test('a later policy is heard at once, and replaces one of its name', () => {
    const iam = iamWith(allow('*'));
    expect(iam.decide(role, read).allowed).toBe(true);
    iam.attachPolicy('r', 'q', { Statement: deny('dynamodb:*') });
    expect(iam.decide(role, read).allowed).toBe(false);
    iam.attachPolicy('r', 'q', { Statement: allow('s3:*') });
    expect(iam.decide(role, read).allowed).toBe(true);
  });

  test('the answer names the statement, or that none allows it', () => {
    const iam = iamWith({ ...allow('dynamodb:Get*', table), Sid: 'Read' }, deny('dynamodb:Put*'));
    const why = (action: string) => iam.decide(role, { action, resource: table }).why;
    expect(why('dynamodb:GetItem')).toBe('statement 0 (Read) of p of role r');
    expect(why('dynamodb:PutItem')).toBe(
      'with an explicit deny in an identity-based policy: statement 1 of p of role r',
    );
    expect(why('dynamodb:Scan')).toBe(
      'because no identity-based policy allows the dynamodb:Scan action',
    );
  });
});

test.each<[string, unknown, string]>([
  ['no statement', { Version: '2012-10-17' }, 'no Statement'],
  ['an unknown version', { Version: '2020-01-01', Statement: [] }, 'unknown Version 2020-01-01'],
  [
    'an unknown element',
    { Statement: [{ ...allow('a:B'), Principle: '*' }] },
    'unknown element Principle',
  ],
  [
    'an effect in lower case',
    { Statement: [{ ...allow('a:B'), Effect: 'allow' }] },
    'Effect must be Allow or Deny, got "allow"',
  ],
  [
    'Action and NotAction',
    { Statement: [{ ...allow('a:B'), NotAction: 'c:D' }] },
    'needs exactly one of Action and NotAction',
  ],
  [
    'no resource',
    { Statement: [{ Effect: 'Allow', Action: 'a:B' }] },
    'needs exactly one of Resource and NotResource',
  ],
  [
    'a principal',
    { Statement: [{ ...allow('a:B'), Principal: '*' }] },
    'Principal is not allowed here',
  ],
  ['an action without a service', { Statement: [allow('PutItem')] }, '"PutItem" is no action'],
  [
    'an unresolved resource',
    { Statement: [allow('a:B', [{ Ref: 'X' }] as never)] },
    '{"Ref":"X"} is no text',
  ],
  ['an empty list', { Statement: [allow([])] }, 'an empty or malformed list'],
])('refuses to attach %s', (_, document, message) => {
  const attach = () => iamWith().attachPolicy('r', 'p', document as PolicyDocument);
  expect(attach).toThrow(message);
  expect(attach).toThrow('malformed policy p of role r');
});
