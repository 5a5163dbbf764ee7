import { beforeEach, describe, expect, it } from 'vitest';
import { ImageBuilder } from '../../../simulator/aws/image-builder.ts';
import type { Json } from '../../../simulator/contract.ts';
import { defaultReadings } from '../../../simulator/readings.ts';
import { parseTemplate, type StackInput } from '../../../simulator/template/assembly.ts';
import { Deployments } from '../../../simulator/template/deployment.ts';
import { imageBuilderKinds } from '../../../simulator/template/kinds-image-builder.ts';
import type { ResourceKinds } from '../../../simulator/template/resource-kind.ts';
import { makeWorld } from '../../../simulator/world.ts';

const place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };
let log: string[];
let builder: ImageBuilder;
let deployments: Deployments;

/** A resource that writes down what happens to it. `Fixed` replaces it, `Broken` breaks it. */
const noteKinds: ResourceKinds = {
  'Test::Note': {
    understood: ['Text', 'Fixed', 'Broken'],
    create: ({ logicalId, generation, properties }) => {
      if (properties.Broken !== undefined) {
        throw new Error('it broke');
      }
      log.push(`create ${logicalId}#${generation} ${JSON.stringify(properties.Text ?? null)}`);
      return {
        ref: `${logicalId}#${generation}`,
        attributes: { Arn: `arn:${logicalId}#${generation}` },
      };
    },
    update: ({ logicalId, properties }, made, before) => {
      if (properties.Fixed !== before.Fixed) {
        return undefined;
      }
      if (properties.Broken !== undefined) {
        throw new Error('it broke');
      }
      log.push(`update ${logicalId} ${JSON.stringify(properties.Text ?? null)}`);
      return made;
    },
    remove: (_request, made) => {
      log.push(`remove ${made.ref}`);
    },
  },
};

beforeEach(() => {
  log = [];
  builder = new ImageBuilder({
    world: makeWorld({ seed: 1, startMs: 0 }),
    place,
    readings: defaultReadings,
    events: { emit: () => {} },
    ec2: { registerImage: () => {} },
    ssm: { valueOf: () => undefined },
  });
  const kinds = { ...noteKinds, ...imageBuilderKinds(builder) };
  deployments = new Deployments({
    kinds,
    surroundings: { place, parameterValue: () => undefined },
  });
});

const stack = (
  name: string,
  resources: Json,
  extra: object = {},
  dependsOn: string[] = [],
): StackInput => ({
  name,
  template: parseTemplate(name, { Resources: resources, ...extra }),
  dependsOn,
  assets: new Map(),
  tags: {},
});
const note = (properties: object = {}, extra: object = {}) => ({
  Type: 'Test::Note',
  Properties: { ...properties },
  ...extra,
});

describe('the first deployment', () => {
  it('creates resources behind what they refer to or depend on, and stacks behind theirs', () => {
    const first = stack(
      'First',
      { A: note() },
      { Outputs: { Out: { Value: { Ref: 'A' }, Export: { Name: 'a' } } } },
    );
    const second = stack(
      'Second',
      {
        Last: note({ Text: { 'Fn::GetAtt': ['Middle', 'Arn'] } }),
        Middle: note({ Text: { 'Fn::ImportValue': 'a' } }, { DependsOn: 'Early' }),
        Early: note(),
      },
      {},
      ['First'],
    );
    deployments.deploy([second, first]);
    expect(log).toEqual([
      'create A#0 null',
      'create Early#0 null',
      'create Middle#0 "A#0"',
      'create Last#0 "arn:Middle#0"',
    ]);
  });

  it('leaves out what a condition rules out', () => {
    const resources = {
      Yes: note({}, { Condition: 'Here' }),
      No: note({}, { Condition: 'There' }),
    };
    const Conditions = {
      Here: { 'Fn::Equals': ['a', 'a'] },
      There: { 'Fn::Not': [{ Condition: 'Here' }] },
    };
    deployments.deploy([stack('S', resources, { Conditions })]);
    expect(log).toEqual(['create Yes#0 null']);
  });

  it('refuses all that is unsupported at once, before it touches anything', () => {
    const resources = {
      A: note(),
      B: note({ Colour: 'red' }),
      C: { Type: 'AWS::Braket::QuantumTask' },
    };
    expect(() => deployments.deploy([stack('S', resources)])).toThrow(
      'unsupported property Colour of Test::Note at S/B\nunsupported resource type AWS::Braket::QuantumTask at S/C',
    );
    expect(log).toEqual([]);
  });

  it('refuses sections that would change what the template means', () => {
    expect(() => parseTemplate('S', { Transform: 'AWS::Serverless', Resources: {} })).toThrow(
      'Transform',
    );
  });

  it('refuses a circle', () => {
    const resources = { A: note({ Text: { Ref: 'B' } }), B: note({ Text: { Ref: 'A' } }) };
    expect(() => deployments.deploy([stack('S', resources)])).toThrow(
      'circular dependency: A -> B -> A',
    );
  });

  it('undoes what it did when a resource fails', () => {
    const resources = { A: note(), B: note({ Broken: true }, { DependsOn: 'A' }) };
    expect(() => deployments.deploy([stack('S', resources)])).toThrow('S/B (Test::Note): it broke');
    expect(log).toEqual(['create A#0 null', 'remove A#0']);
    deployments.deploy([stack('S', { A: note() })]);
    expect(log.at(-1)).toBe('create A#0 null');
  });
});

describe('a later deployment', () => {
  const first = { A: note({ Text: 'one' }), B: note({ Text: { Ref: 'A' } }) };

  it('does nothing when nothing changed', () => {
    deployments.deploy([stack('S', first)]);
    expect(deployments.deploy([stack('S', first)]).changes).toEqual([]);
    expect(log).toHaveLength(2);
  });

  it('updates in place what can be', () => {
    deployments.deploy([stack('S', first)]);
    const report = deployments.deploy([stack('S', { ...first, A: note({ Text: 'two' }) })]);
    expect(report.changes).toEqual(['updated S/A']);
    expect(log.slice(2)).toEqual(['update A "two"']);
  });

  it('replaces what cannot, moves its users over, and removes the old one last', () => {
    deployments.deploy([stack('S', first)]);
    deployments.deploy([stack('S', { ...first, A: note({ Fixed: 'x' }) })]);
    expect(log.slice(2)).toEqual(['create A#1 null', 'update B "A#1"', 'remove A#0']);
  });

  it('removes what was dropped, users first, unless it is retained', () => {
    deployments.deploy([stack('S', { ...first, Kept: note({}, { DeletionPolicy: 'Retain' }) })]);
    expect(deployments.deploy([stack('S', {})]).changes).toEqual([
      'removed S/Kept',
      'removed S/B',
      'removed S/A',
    ]);
    expect(log.slice(3)).toEqual(['remove B#0', 'remove A#0']);
  });

  it('is undone when a resource fails', () => {
    deployments.deploy([stack('S', first)]);
    const broken = { A: note({ Text: 'two' }), B: note({ Broken: true, Text: { Ref: 'A' } }) };
    expect(() => deployments.deploy([stack('S', broken)])).toThrow('it broke');
    expect(log.slice(2)).toEqual(['update A "two"', 'update A "one"']);
    expect(deployments.deploy([stack('S', first)]).changes).toEqual([]);
  });
});

describe('components and recipes', () => {
  const imageStack = (options: { data: string; version: string; retain?: boolean }) =>
    stack('Image', {
      Component: {
        Type: 'AWS::ImageBuilder::Component',
        Properties: {
          Name: 'app',
          Version: options.version,
          Platform: 'Linux',
          Data: options.data,
        },
        ...(options.retain ? { UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Retain' } : {}),
      },
      Recipe: {
        Type: 'AWS::ImageBuilder::ImageRecipe',
        Properties: {
          Name: 'web',
          Version: '1.0.x',
          ParentImage: 'ami-1',
          Components: [{ ComponentArn: { 'Fn::GetAtt': ['Component', 'Arn'] } }],
        },
      },
      Infrastructure: {
        Type: 'AWS::ImageBuilder::InfrastructureConfiguration',
        Properties: { Name: 'web', InstanceProfileName: 'profile' },
      },
      Pipeline: {
        Type: 'AWS::ImageBuilder::ImagePipeline',
        Properties: {
          Name: 'web',
          ImageRecipeArn: { Ref: 'Recipe' },
          InfrastructureConfigurationArn: { 'Fn::GetAtt': ['Infrastructure', 'Arn'] },
        },
      },
    });
  const pipelineArn = 'arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/web';
  const versions = () =>
    [...builder.configurations.components.values()].map(
      ({ version, data }) => `${version} ${data}`,
    );

  it('go from A to B and back to A when the version follows the content', () => {
    for (const [data, version] of [
      ['A', '1.0.17'],
      ['B', '1.0.99'],
      ['A', '1.0.17'],
    ] as const) {
      deployments.deploy([imageStack({ data, version })]);
      expect(versions()).toEqual([`${version} ${data}`]);
    }
    const { imageRecipeArn } = builder.configurations.pipelines.get(pipelineArn)!;
    expect(builder.configurations.recipe(imageRecipeArn).components).toEqual([
      { componentArn: 'arn:aws:imagebuilder:eu-west-1:111122223333:component/app/1.0.17/1' },
    ]);
  });

  it('go from A to B and back to A when the version counts itself up', () => {
    for (const data of ['A', 'B', 'A']) {
      deployments.deploy([imageStack({ data, version: '1.0.x' })]);
    }
    expect(versions()).toEqual(['1.0.2 A']);
  });

  it('fail when the content changes and the version does not', () => {
    deployments.deploy([imageStack({ data: 'A', version: '1.0.0' })]);
    expect(() => deployments.deploy([imageStack({ data: 'B', version: '1.0.0' })])).toThrow(
      /^Image\/Component \(AWS::ImageBuilder::Component\): ResourceAlreadyExistsException: /,
    );
    expect(versions()).toEqual(['1.0.0 A']);
  });

  it('fail on the way back to A when A was retained', () => {
    deployments.deploy([imageStack({ data: 'A', version: '1.0.17', retain: true })]);
    deployments.deploy([imageStack({ data: 'B', version: '1.0.99', retain: true })]);
    expect(() =>
      deployments.deploy([imageStack({ data: 'A', version: '1.0.17', retain: true })]),
    ).toThrow('ResourceAlreadyExistsException');
  });
});
