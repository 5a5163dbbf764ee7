import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  aCatalogue,
  actionsOf,
  aFleet,
  aKiln,
  everyGate,
  idOf,
  resourcesOf,
  statementsOfRole,
} from './builders.ts';

const fleets = { 'web-prod': aFleet('web-prod', { gates: everyGate }) };
const waves = [{ name: 'all', fleets: ['web-prod'], gates: [{ approval: {} }] }];
const templateOf = (parts: Parameters<typeof aCatalogue>[0]) =>
  aKiln({ catalogue: aCatalogue(parts) }).template();

/** How many resources of each type there are. */
function countsOf(template: Template): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { Type } of Object.values(template.toJSON()['Resources']) as { Type: string }[]) {
    counts[Type] = (counts[Type] ?? 0) + 1;
  }
  return counts;
}

describe('links to answer by', () => {
  let template: Template;
  beforeAll(() => {
    template = templateOf({ fleets, approvalLinks: true });
  });

  it('take this and nothing else', () => {
    const before = countsOf(templateOf({ fleets }));
    const added = Object.entries(countsOf(template)).flatMap(([type, count]) => {
      const more = count - (before[type] ?? 0);
      return more === 0 ? [] : [[type, more]];
    });
    expect(Object.fromEntries(added)).toEqual({
      'AWS::CloudWatch::Alarm': 2,
      'AWS::IAM::Policy': 2,
      'AWS::IAM::Role': 2,
      'AWS::KMS::Key': 1,
      'AWS::Lambda::Function': 2,
      'AWS::Lambda::Permission': 2,
      'AWS::Lambda::Url': 1,
      'AWS::Logs::LogGroup': 2,
    });
  });

  it.each([
    ['the catalogue does not say so', { fleets }],
    ['the catalogue says no', { fleets, approvalLinks: false }],
    ['nobody is ever asked', { approvalLinks: true }],
  ])('open no address where %s', (_, parts) => {
    const counts = countsOf(templateOf(parts));
    expect(counts['AWS::Lambda::Url']).toBeUndefined();
    expect(counts['AWS::KMS::Key']).toBeUndefined();
  });

  it.each([
    ['fleets', { fleets }, ['SuperviseRollout']],
    ['waves', { waves }, ['SuperviseWave']],
    ['both', { fleets, waves }, ['SuperviseRollout', 'SuperviseWave']],
  ])('that are asked about %s let that be looked at, and nothing else', (_, parts, wanted) => {
    const linked = templateOf({ ...parts, approvalLinks: true });
    const role = idOf(linked, 'AWS::IAM::Role', 'KilnFunctionsAnswerApprovalRole');
    const calls = statementsOfRole(linked, role).filter((statement) =>
      actionsOf(statement).includes('lambda:InvokeFunction'),
    );
    expect(calls).toHaveLength(1);
    const named = /Supervise(?:Rollout|Wave)/g;
    expect([...new Set(JSON.stringify(calls).match(named))]).toEqual(wanted);
  });

  it('are signed by a key that makes and checks codes, and does nothing else', () => {
    template.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'Delete',
      Properties: {
        KeySpec: 'HMAC_256',
        KeyUsage: 'GENERATE_VERIFY_MAC',
        PendingWindowInDays: 7,
      },
    });
  });

  it('lead to the one function that may be called by everybody, a few at once', () => {
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    const open = Object.values(resourcesOf(template, 'AWS::Lambda::Permission')).filter(
      ({ Properties }) => Properties['Principal'] === '*',
    );
    const answers = { 'Fn::GetAtt': [expect.stringMatching(/AnswerApproval/), 'Arn'] };
    expect(open.map(({ Properties }) => Properties)).toEqual([
      {
        ...{ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
        ...{ FunctionName: answers, Principal: '*' },
      },
      {
        ...{ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
        ...{ FunctionName: answers, Principal: '*' },
      },
    ]);
    const reserved = Object.entries(resourcesOf(template, 'AWS::Lambda::Function')).filter(
      ([, { Properties }]) => Properties['ReservedConcurrentExecutions'] !== undefined,
    );
    expect(reserved).toEqual([
      [
        expect.stringMatching(/AnswerApproval/),
        expect.objectContaining({
          Properties: expect.objectContaining({ ReservedConcurrentExecutions: 5 }),
        }),
      ],
    ]);
  });
});
