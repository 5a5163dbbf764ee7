import { describe, expect, it } from 'vitest';
import { Ssm } from '../../../simulator/aws/ssm.ts';
import type { CallContext, OutgoingEvent } from '../../../simulator/contract.ts';
import { makeWorld } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

function aStore() {
  const events: OutgoingEvent[] = [];
  const world = makeWorld({ seed: 1, startMs: 0 });
  const ssm = new Ssm({ world, events: { emit: (event) => events.push(event) }, place });
  const put = (Name: string, Value = 'v', more: object = {}) =>
    ask(ssm, 'PutParameter', { Name, Value, Type: 'String', ...more });
  return { ssm, events, put };
}

const image = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

describe('a parameter', () => {
  it('gets versions, and answers to name, ARN and version', () => {
    const { ssm, put } = aStore();
    expect(put('/kiln/a', '1')).toEqual({ Version: 1, Tier: 'Standard' });
    expect(put('/kiln/a', '2', { Overwrite: true, Type: undefined })).toMatchObject({ Version: 2 });
    const ARN = 'arn:aws:ssm:eu-west-1:111122223333:parameter/kiln/a';
    for (const Name of ['/kiln/a', ARN]) {
      expect(ask(ssm, 'GetParameter', { Name }).Parameter).toMatchObject({
        Name: '/kiln/a',
        Value: '2',
        Version: 2,
        ARN,
        DataType: 'text',
      });
    }
    expect(ask(ssm, 'GetParameter', { Name: '/kiln/a:1' }).Parameter).toMatchObject({
      Value: '1',
      Selector: ':1',
    });
    expect(refusal(() => ask(ssm, 'GetParameter', { Name: '/kiln/a:9' }))).toContain(
      'ParameterVersionNotFound',
    );
    expect(
      ask(ssm, 'GetParameterHistory', { Name: '/kiln/a' }).Parameters?.map(({ Value }) => Value),
    ).toEqual(['1', '2']);
  });

  it('is not overwritten without being asked to', () => {
    const { put } = aStore();
    put('a');
    expect(refusal(() => put('a'))).toBe(
      'ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  });

  it.each<[string, string, string, object]>([
    [
      'a path without its slash',
      'kiln/a',
      'ValidationException: Parameter name must be a fully qualified name.',
      {},
    ],
    [
      'a reserved path',
      '/aws/x',
      'AccessDeniedException: No access to reserved parameter name: /aws/x.',
      {},
    ],
    [
      '16 levels',
      `${'/a'.repeat(16)}`,
      'HierarchyLevelLimitExceededException: A hierarchy can have a maximum of 15 levels.',
      {},
    ],
    [
      'a value against its pattern',
      'a',
      'ParameterPatternMismatchException: Parameter value, v, failed to satisfy constraint: Parameter value must match pattern ^\\d+$',
      { AllowedPattern: '^\\d+$' },
    ],
  ])('is refused with %s', (_, name, message, more) => {
    const { put } = aStore();
    expect(refusal(() => put(name, 'v', more))).toBe(message);
  });

  it('has 4 KB, or 8 KB when it is advanced', () => {
    const { put } = aStore();
    expect(refusal(() => put('a', 'x'.repeat(4_096)))).toBe('accepted');
    expect(refusal(() => put('b', 'x'.repeat(4_097)))).toContain(
      'Standard tier parameters support a maximum',
    );
    expect(put('c', 'x'.repeat(4_097), { Tier: 'Intelligent-Tiering' })).toMatchObject({
      Tier: 'Advanced',
    });
    expect(refusal(() => put('d', 'x'.repeat(8_192), { Tier: 'Advanced' }))).toBe('accepted');
    expect(refusal(() => put('e', 'x'.repeat(8_193), { Tier: 'Advanced' }))).toContain(
      'Advanced tier',
    );
    expect(refusal(() => put('d', 'v', { Tier: 'Standard', Overwrite: true }))).toContain(
      'downgrade',
    );
  });

  it('keeps its type', () => {
    const { put } = aStore();
    put('a');
    expect(refusal(() => put('a', 'v', { Type: 'StringList', Overwrite: true }))).toContain(
      'HierarchyTypeMismatchException',
    );
  });
});

describe('reading many', () => {
  it('by name tells the found from the rest, at most ten', () => {
    const { ssm, put } = aStore();
    put('a');
    const answer = ask(ssm, 'GetParameters', { Names: ['a', 'b'] });
    expect(answer.Parameters).toHaveLength(1);
    expect(answer.InvalidParameters).toEqual(['b']);
    expect(refusal(() => ask(ssm, 'GetParameters', { Names: Array(11).fill('a') }))).toContain(
      'ValidationException',
    );
  });

  it('by path goes deep only when it is asked to, in pages of ten', () => {
    const { ssm, put } = aStore();
    for (let i = 10; i < 23; i += 1) put(`/kiln/main/${i}`);
    put('/kiln/main/deep/one');
    put('/kiln/mainly');
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = ask(ssm, 'GetParametersByPath', { Path: '/kiln/main', NextToken });
      expect(page.Parameters!.length).toBeLessThanOrEqual(10);
      names.push(...page.Parameters!.map(({ Name }) => Name));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(names).toHaveLength(13);
    expect(ask(ssm, 'GetParametersByPath', { Path: '/kiln/main/deep/' }).Parameters).toHaveLength(
      1,
    );
    const all = ask(ssm, 'GetParametersByPath', { Path: '/', Recursive: true, MaxResults: 1 });
    expect(all.NextToken).toBeDefined();
    expect(refusal(() => ask(ssm, 'GetParametersByPath', { Path: '/', MaxResults: 11 }))).toContain(
      'ValidationException',
    );
  });
});

describe('events', () => {
  it('tell of own parameters that are made, changed and deleted, and never their value', () => {
    const { ssm, events, put } = aStore();
    put('/kiln/a', 'secret', { Description: 'd' });
    put('/kiln/a', 'secret', { Overwrite: true });
    ask(ssm, 'DeleteParameter', { Name: '/kiln/a' });
    expect(events.map(({ detail }) => (detail as { operation: string }).operation)).toEqual([
      'Create',
      'Update',
      'Delete',
    ]);
    expect(events[0]).toEqual({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: ['arn:aws:ssm:eu-west-1:111122223333:parameter/kiln/a'],
      detail: { operation: 'Create', name: '/kiln/a', type: 'String', description: 'd' },
    });
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('do not tell of public parameters, which have versions and no account', () => {
    const { ssm, events } = aStore();
    ssm.setPublicParameter(image, 'ami-0123456789abcdef0');
    ssm.setPublicParameter(image, 'ami-0123456789abcdef1');
    expect(events).toEqual([]);
    expect(ask(ssm, 'GetParameter', { Name: image }).Parameter).toMatchObject({
      Value: 'ami-0123456789abcdef1',
      Version: 2,
      DataType: 'aws:ec2:image',
      ARN: `arn:aws:ssm:eu-west-1::parameter${image}`,
    });
    expect(refusal(() => ask(ssm, 'DeleteParameter', { Name: image }))).toContain(
      'ParameterNotFound',
    );
    expect(ssm.operations.GetParameter.authorize({ Name: image }, {} as CallContext)).toEqual([
      {
        action: 'ssm:GetParameter',
        resource: `arn:aws:ssm:eu-west-1::parameter${image}`,
        context: {},
      },
    ]);
  });
});
