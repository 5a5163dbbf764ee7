import { describe, expect, it } from 'vitest';
import { findingsOf, isClean, unusedOf } from '../../bin/cli/permissions/findings.ts';
import type { Played } from '../../bin/cli/permissions/plays.ts';
import { planProofs, without } from '../../bin/cli/permissions/proof.ts';
import { asJson, asText, isGood, type Report } from '../../bin/cli/permissions/report.ts';
import { stories } from '../../bin/cli/permissions/stories.ts';
import { wildcardsOf } from '../../bin/cli/permissions/wildcards.ts';
import type { GrantedStatement } from '../../simulator/contract.ts';
import type { StackInput } from '../../simulator/template/assembly.ts';

type Parts = Readonly<Record<string, boolean>>;

/** A statement of role `r`; of each part whether it was needed. */
const statement = (actions: Parts, resources: Parts, index = 0): GrantedStatement => ({
  ...{ role: 'r', policy: 'p', index, sid: undefined },
  needed: Object.values({ ...actions, ...resources }).includes(true),
  actions: Object.entries(actions).map(([text, needed]) => ({ text, needed })),
  resources: Object.entries(resources).map(([text, needed]) => ({ text, needed })),
});

const played = (name: string, statements: readonly GrantedStatement[], more = {}): Played => ({
  ...{ name, denials: [], troubles: [], reasons: new Map(), attached: new Map() },
  grants: [{ role: 'r', statements }],
  neededAfter: new Map(),
  ...more,
});

describe('what is in vain', () => {
  it.each<[string, Parts, Parts, string[]]>([
    ['nothing', { 'a:B': true }, { x: true }, []],
    ['an action', { 'a:B': true, 'a:C': false }, { x: true }, ['a:C x']],
    ['a resource', { 'a:B': true }, { x: true, y: false }, ['a:B y']],
    [
      'one of each',
      { 'a:B': true, 'a:C': false },
      { x: true, y: false },
      ['a:B y', 'a:C x', 'a:C y'],
    ],
    ['all', { 'a:B': false }, { x: false }, ['a:B x']],
  ])('%s', (_, actions, resources, expected) => {
    const unused = unusedOf(statement(actions, resources));
    expect(unused.map(({ action, resource }) => `${action} ${resource}`)).toEqual(expected);
  });

  it('is not what another play needs', () => {
    const parts = (b: boolean) => statement({ 'a:B': b, 'a:C': !b }, { x: true });
    const [role] = findingsOf([played('one', [parts(true)]), played('two', [parts(false)])]);
    expect(role).toEqual({ role: 'r', unused: [], wildcards: [], attached: [] });
  });
});

describe('a wildcard', () => {
  const open = (action: string, resource: string, reasons = {}) =>
    wildcardsOf(statement({ [action]: true }, { [resource]: true }), reasons);

  it.each([
    ['forced by AWS', 'ec2:DescribeImages', '*', false],
    ['not forced by AWS', 'ec2:RunInstances', '*', true],
    ['part of a resource', 'ec2:RunInstances', 'arn:aws:ec2:r:a:instance/*', true],
    ['part of a resource of what AWS knows no resources for', 'ec2:DescribeImages', 'arn:*', true],
    ['in the action', 'ec2:Describe*', 'x', true],
    ['none', 'a:B', 'x', false],
  ])('%s: %s on %s', (_, action, resource, listed) => {
    expect(open(action, resource)).toEqual(listed ? [{ action, resource, reason: undefined }] : []);
  });

  it('has the reason that its action has in the template', () => {
    expect(open('a:B', '*', { 'a:B': 'so it is' })).toEqual([
      { action: 'a:B', resource: '*', reason: 'so it is' },
    ]);
  });
});

describe('the report', () => {
  const good: Report = {
    findings: [
      {
        role: 'r',
        unused: [],
        wildcards: [
          { action: 'a:B', resource: 'x/*', reason: 'so it is' },
          { action: 'a:C', resource: 'x/*', reason: 'so it is' },
        ],
        attached: [{ policy: 'Builder', reason: 'nobody calls' }],
      },
      { role: 'quiet', unused: [], wildcards: [], attached: [] },
    ],
    ...{ statements: 1, plays: 2, troubles: [], proofs: undefined },
  };
  const [role] = good.findings;
  const id = { role: 'r', policy: 'p', index: 0 };

  it.each<[string, Partial<Report>, boolean]>([
    ['as it should be', {}, true],
    ['a play went wrong', { troubles: ['x'] }, false],
    [
      'a grant in vain',
      { findings: [{ ...role!, unused: [{ action: 'a:B', resource: 'x' }] }] },
      false,
    ],
    [
      'a wildcard without a reason',
      {
        findings: [{ ...role!, wildcards: [{ action: 'a:B', resource: '*', reason: undefined }] }],
      },
      false,
    ],
    [
      'a policy of AWS without a reason',
      { findings: [{ ...role!, attached: [{ policy: 'Admin', reason: undefined }] }] },
      false,
    ],
    ['proven', { proofs: [{ statement: id, play: 'one', troubles: ['denied'] }] }, true],
    [
      'a statement that nothing fails without',
      { proofs: [{ statement: id, play: 'one', troubles: [] }] },
      false,
    ],
    ['a statement without a proof', { proofs: [] }, false],
  ])('is good or not: %s', (_, change, expected) => {
    expect(isGood({ ...good, ...change })).toBe(expected);
  });

  it('shows what is in vain, what is open and why, and what is proven', () => {
    const proofs = [{ statement: id, play: 'one', troubles: [] }];
    const unused = [{ sid: 'Read', action: 'a:D', resource: 'y' }];
    const findings = [{ ...role!, unused }, ...good.findings.slice(1)];
    expect(asText({ ...good, findings, proofs }).split('\n')).toEqual([
      'r',
      '  in vain   a:D on y (Read)',
      '  wildcard  a:B, a:C',
      '            on x/*',
      '            because: so it is',
      '  excused   policy Builder of AWS',
      '            because: nobody calls',
      'Without statement 0 of p of r nothing fails in one.',
      '0 of 1 statements: without it a play fails.',
      '2 roles, 1 statements, 2 plays: 1 grants are in vain.',
      '',
    ]);
  });

  it('as JSON has the same, a missing reason as null', () => {
    const wildcards = [{ action: 'a:B', resource: '*', reason: undefined }];
    expect(asJson({ ...good, findings: [{ ...role!, wildcards }] })).toEqual({
      roles: [
        {
          role: 'r',
          unused: [],
          wildcards: [{ action: 'a:B', resource: '*', reason: null }],
          excused: [{ policy: 'Builder', reason: 'nobody calls' }],
        },
      ],
      ...{ unused: 0, statements: 1, plays: 2, troubles: [] },
    });
    expect(isClean(good.findings)).toBe(true);
  });
});

describe('a proof', () => {
  const policy = (Statement: readonly string[]) => ({
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'p',
      PolicyDocument: { Version: '2012-10-17', Statement: [...Statement] },
    },
  });
  const stack = (Resources: StackInput['template']['Resources']): StackInput => ({
    ...{ name: 's', dependsOn: [], assets: new Map(), tags: {} },
    template: { Resources },
  });

  it('takes one statement away and leaves the templates as they were', () => {
    const before = [stack({ Mine: policy(['a', 'b', 'c']), Other: { Type: 'AWS::SQS::Queue' } })];
    const [after] = without(before, { role: 'r', policy: 'p', index: 1 });
    expect(after?.template.Resources).toEqual({
      Mine: policy(['a', 'c']),
      Other: { Type: 'AWS::SQS::Queue' },
    });
    expect(before[0]?.template.Resources['Mine']).toEqual(policy(['a', 'b', 'c']));
  });

  it('is not made on a policy that is nowhere, or in two places', () => {
    const id = { role: 'r', policy: 'p', index: 0 };
    expect(() => without([stack({})], id)).toThrow(
      'expected one policy p in the templates, found 0',
    );
    const twice = [stack({ A: policy(['a']), B: policy(['a']) })];
    expect(() => without(twice, id)).toThrow('found 2');
  });

  it('is made with the play that needs the statement soonest, and with none that does not', () => {
    const statements = [statement({ 'a:B': true }, { x: true }), statement({}, {}, 1)];
    const [one, two] = stories.map((play) => ({ play, name: play().scenario.name }));
    const plans = planProofs(
      [
        played(one!.name, statements, { neededAfter: new Map([['r/p/0', 70]]) }),
        played(two!.name, statements, { neededAfter: new Map([['r/p/0', 7]]) }),
      ],
      stories,
    );
    expect(plans).toEqual([{ statement: { role: 'r', policy: 'p', index: 0 }, play: two!.play }]);
  });
});
