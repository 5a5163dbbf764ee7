import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebStack } from '../../examples/web/web-stack.ts';
import { kilnApp } from '../../lib/app.ts';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { loadCatalogue } from '../../lib/catalogue/load.ts';
import { aKilnYaml } from '../catalogue/builders.ts';
import { anApp, type Resource, resourcesOf, someBundles } from './builders.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function example(): CheckedCatalogue {
  const file = join(root, 'examples/web/kiln.yaml');
  const readFile = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  const loaded = loadCatalogue(readFileSync(file, 'utf8'), file, { readFile });
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
  return loaded.catalogue;
}

describe('the app of a catalogue', () => {
  it('has a hub and a stack for each image, all tagged with the hub, and the hub knows its pipelines', () => {
    const app = kilnApp({ catalogue: example(), bundles: someBundles(), validate: false });
    const stacks = app.node.children.filter((child) => child instanceof Stack);
    expect(stacks.map(({ stackName }) => stackName)).toEqual([
      'Kiln-main-Image-web',
      'Kiln-main-Hub',
    ]);
    for (const stack of stacks) {
      expect(Stack.isStack(stack) && stack.environment).toBe(
        'aws://unknown-account/unknown-region',
      );
    }
    const hub = Template.fromStack(stacks[1]!);
    hub.allResourcesProperties('AWS::Lambda::Function', {
      Tags: [{ Key: 'kiln:hub', Value: 'main' }],
    });
    const [parameter] = Object.values(resourcesOf(hub, 'AWS::SSM::Parameter'));
    expect(JSON.stringify(parameter!.Properties['Value'])).toContain(
      'Kiln-main-Image-web:ExportsOutput',
    );
  });

  it('is the same to the byte when nothing changes', () => {
    const bundles = someBundles();
    const templates = () =>
      kilnApp({ catalogue: example(), bundles, validate: false })
        .synth()
        .stacks.map(({ template }) => JSON.stringify(template));
    expect(templates()).toEqual(templates());
  });
});

describe('bin/app.ts', () => {
  const run = (context: Readonly<Record<string, string>>) =>
    spawnSync('npx', ['tsx', 'bin/app.ts'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });

  it('says all mistakes of the catalogue, one to a line, and exits with 1', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kiln-')), 'kiln.yaml');
    writeFileSync(file, aKilnYaml({ top: 'hubb: main', fleet: { image: 'image: wbe' } }));
    const { status, stderr } = run({ catalogue: file });
    expect(status).toBe(1);
    expect(stderr).toContain(`${file}:1: hubb: expected one of the keys`);
    expect(stderr).toContain(
      `${file}:9: fleets.web-prod.image: expected one of the images web, came "wbe"`,
    );
    expect(stderr).toContain(`there is no ${join(file, '../components/server.yaml')}`);
  });

  it('says when there is no catalogue', () => {
    const { status, stderr } = run({ catalogue: '/nowhere/kiln.yaml' });
    expect(status).toBe(1);
    expect(stderr).toContain('expected a catalogue in /nowhere/kiln.yaml, found no such file');
  });
});

describe('the example of a user’s own app', () => {
  let template: Template;
  let all: readonly Resource[];
  beforeAll(() => {
    template = Template.fromStack(new WebStack(anApp(), 'Web'));
    all = Object.values(template.toJSON()['Resources']) as Resource[];
  });
  const names = (type: string, property: string) =>
    all.filter(({ Type }) => Type === type).map(({ Properties }) => Properties[property]);

  it('makes the groups, alarms and role that the catalogue names', () => {
    const { fleets, instanceRoles } = example();
    const groups = Object.values(fleets).map(({ autoScalingGroupName }) => autoScalingGroupName);
    const alarms = Object.values(fleets).flatMap(({ gates }) =>
      gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : [])),
    );
    expect(names('AWS::AutoScaling::AutoScalingGroup', 'AutoScalingGroupName')).toEqual(groups);
    expect(names('AWS::CloudWatch::Alarm', 'AlarmName').toSorted()).toEqual(alarms.toSorted());
    expect(names('AWS::IAM::Role', 'RoleName')).toEqual([...new Set(Object.values(instanceRoles))]);
  });

  it('pins its launch templates to numbers, with a literal image', () => {
    for (const version of names('AWS::AutoScaling::AutoScalingGroup', 'LaunchTemplate')) {
      expect(version.Version).toEqual({
        'Fn::GetAtt': [expect.any(String), 'LatestVersionNumber'],
      });
    }
    for (const data of names('AWS::EC2::LaunchTemplate', 'LaunchTemplateData')) {
      expect(data).toMatchObject({
        ImageId: { Ref: expect.stringMatching(/^Web(Staging|Prod)Image$/) },
        MetadataOptions: { HttpTokens: 'required' },
      });
    }
    template.hasParameter('WebProdImage', {
      Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
    });
  });

  it('needs no lookup, so that it synthesizes without credentials', () => {
    expect(JSON.stringify(all)).toContain('"Fn::GetAZs"');
  });
});
