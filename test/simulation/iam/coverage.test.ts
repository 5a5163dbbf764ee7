import { describe, expect, test } from 'vitest';
import type { Decided, Iam, PolicyStatement } from '../../../simulator/contract.ts';
import { allow, deny, iamWith, role } from './fixtures.ts';

const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger';
const other = 'arn:aws:dynamodb:eu-west-1:111122223333:table/other';
const ask = (iam: Iam, action: string, resource = table) =>
  iam.decide(role, { action, resource }).allowed;

/** `0 dynamodb:GetItem arn` for what was not needed, the parts of a whole statement as one. */
const notNeeded = (iam: Iam) =>
  iam
    .grants()
    .flatMap(({ statements }) => statements)
    .flatMap(({ index, needed, actions, resources }) => [
      ...(needed ? [] : [`${index}`]),
      ...[...actions, ...resources].flatMap((part) =>
        part.needed ? [] : [`${index} ${part.text}`],
      ),
    ]);

describe('of what is granted, that was needed without which a request would have been denied', () => {
  test.each<[string, PolicyStatement[], readonly [string, string?][], string[]]>([
    ['nothing was asked', [allow('a:B')], [], ['0', '0 a:B', '0 *']],
    ['all was asked', [allow(['a:B', 'a:C'], table)], [['a:B'], ['a:C']], []],
    ['an action was not', [allow(['a:B', 'a:C'], table)], [['a:B']], ['0 a:C']],
    ['a resource was not', [allow('a:B', [table, other])], [['a:B']], [`0 ${other}`]],
    [
      'what was asked is denied',
      [allow('a:B', table)],
      [['a:B', other]],
      ['0', '0 a:B', `0 ${table}`],
    ],
    [
      'two statements allow it: neither was needed',
      [allow('a:B'), allow('a:*', table)],
      [['a:B']],
      ['0', '0 a:B', '0 *', '1', '1 a:*', `1 ${table}`],
    ],
    [
      'two, and one of them allows something more',
      [allow('a:B', table), allow('a:*', table)],
      [['a:B'], ['a:C']],
      ['0', '0 a:B', `0 ${table}`],
    ],
    [
      'two actions of a statement fit: either would do, the statement was needed',
      [allow(['a:B', 'a:*'], table)],
      [['a:B']],
      ['0 a:B', '0 a:*'],
    ],
    [
      'two resources of a statement fit',
      [allow('a:B', [table, '*'])],
      [['a:B']],
      [`0 ${table}`, '0 *'],
    ],
    ['a denial is no grant', [allow('a:B', table), deny('a:C')], [['a:B'], ['a:C']], []],
    [
      'a NotAction is one part',
      [{ Effect: 'Allow', NotAction: ['a:C', 'a:D'], Resource: table }],
      [['a:B']],
      [],
    ],
  ])('%s', (_, statements, requests, expected) => {
    const iam = iamWith(...statements);
    for (const [action, resource] of requests) ask(iam, action, resource);
    expect(notNeeded(iam)).toEqual(expected);
  });

  test('nothing, where the policy of the resource lets the role in as well', () => {
    const iam = iamWith(allow('a:B', table));
    iam.addResourceStatement(table, {
      Effect: 'Allow',
      Principal: '*',
      Action: 'a:B',
      Resource: table,
    });
    expect(ask(iam, 'a:B')).toBe(true);
    expect(notNeeded(iam)).toEqual(['0', '0 a:B', `0 ${table}`]);
  });

  test('it stays needed when the policy is attached anew', () => {
    const iam = iamWith(allow('a:B', table));
    ask(iam, 'a:B');
    iam.attachPolicy('r', 'p', { Version: '2012-10-17', Statement: [allow('a:B', table)] });
    expect(notNeeded(iam)).toEqual([]);
  });

  test('a grant says where it stands', () => {
    const iam = iamWith(deny('c:D'), { ...allow('a:B', table), Sid: 'Read' });
    expect(iam.grants()).toEqual([
      {
        role: 'r',
        statements: [
          {
            ...{ role: 'r', policy: 'p', index: 1, sid: 'Read', needed: false },
            actions: [{ text: 'a:B', needed: false }],
            resources: [{ text: table, needed: false }],
          },
        ],
      },
    ]);
  });
});

test('a listener hears every new question, and the statement that alone allowed it', () => {
  const iam = iamWith(allow('a:B', table), allow(['a:C', 'a:D'], table), allow('a:D'));
  const heard: Decided[] = [];
  iam.onDecision((decided) => heard.push(decided));
  for (const action of ['a:B', 'a:B', 'a:C', 'a:D', 'a:E']) ask(iam, action);
  expect(
    heard.map(({ permission, allowed, needed }) => [permission.action, allowed, needed]),
  ).toEqual([
    ['a:B', true, { role: 'r', policy: 'p', index: 0 }],
    ['a:C', true, { role: 'r', policy: 'p', index: 1 }],
    ['a:D', true, undefined],
    ['a:E', false, undefined],
  ]);
});
