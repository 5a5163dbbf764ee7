import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import settings from '../../cdk.json' with { type: 'json' };
import { BakedImage } from '../../lib/baked-image.ts';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { defineCatalogue } from '../../lib/catalogue/load.ts';
import type { CatalogueDefinition } from '../../lib/catalogue/schema.ts';
import { functionNames } from '../../lib/functions.ts';
import { Kiln, type KilnProps } from '../../lib/kiln.ts';
import { probeFunctionNames } from '../../lib/probe-functions.ts';
import { aComponent } from '../catalogue/builders.ts';

/** A directory with a stand-in for each bundle: constructs care that it is there, not what it does. */
export function someBundles(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kiln-bundles-'));
  for (const name of [...functionNames, ...probeFunctionNames]) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'index.js'), `exports.handler = async () => '${name}';`);
  }
  return directory;
}

export const aDefinition = (parts: Partial<CatalogueDefinition> = {}): CatalogueDefinition => ({
  images: {
    web: {
      base: { ssm: '/aws/service/base' },
      components: ['./server.yaml'],
      instanceTypes: ['t4g.medium'],
    },
  },
  fleets: { 'web-prod': aFleet('web-prod') },
  waves: [{ name: 'all', fleets: ['web-prod'] }],
  ...parts,
});

type FleetDefinition = CatalogueDefinition['fleets'][string];

export const aFleet = (name: string, parts: Partial<FleetDefinition> = {}): FleetDefinition => ({
  image: 'web',
  autoScalingGroup: name,
  launchTemplate: 'lt-0123456789abcdef0',
  instanceRole: 'web-instance',
  checkpoints: [{ percent: 10, hold: '10m' }, { percent: 100 }],
  gates: [{ alarms: [`${name}-5xx`] }],
  soak: '5m',
  ...parts,
});

/** A gate of every kind, so that every right that gates need is granted. */
export const everyGate: FleetDefinition['gates'] = [
  { alarms: ['web-prod-5xx'] },
  { targetHealth: { min: 100 } },
  { instanceHealth: { min: 100 } },
  {
    canary: {
      metrics: [
        {
          name: 'processor',
          metric: { namespace: 'AWS/EC2', name: 'CPUUtilization' },
          direction: 'increase',
        },
      ],
    },
  },
  { function: { name: 'web-test-orders' } },
  { probe: { url: 'https://web.example.com/health' } },
  {
    probe: {
      perInstance: { port: 8080 },
      vpc: { subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0'] },
    },
  },
  { approval: {} },
];

export const aCatalogue = (
  parts: Partial<CatalogueDefinition> = {},
  component = aComponent,
): CheckedCatalogue => defineCatalogue(aDefinition(parts), { readFile: () => component });

export const anApp = (props: AppProps = {}) =>
  new App({
    context: settings.context,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    ...props,
  });

export const someImages = (stack: Stack, catalogue: CheckedCatalogue) =>
  Object.fromEntries(
    Object.keys(catalogue.images).map((image) => [
      image,
      BakedImage.fromPipelineArn(
        stack,
        `Image-${image}`,
        `arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/kiln-main-${image}`,
      ),
    ]),
  );

export function aKiln(props: Partial<KilnProps> = {}) {
  const stack = new Stack(anApp(), 'Hub');
  const catalogue = props.catalogue ?? aCatalogue();
  const kiln = new Kiln(stack, 'Kiln', {
    catalogue,
    images: someImages(stack, catalogue),
    bundles: someBundles(),
    ...props,
  });
  return { kiln, stack, template: () => Template.fromStack(stack) };
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is any JSON.
  readonly Properties: Readonly<Record<string, any>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export const resourcesOf = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Readonly<Record<string, Resource>>;

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
  readonly Effect: string;
}

const list = <Item>(value: Item | readonly Item[]): readonly Item[] =>
  Array.isArray(value) ? value : [value as Item];

export const actionsOf = (statement: Statement): readonly string[] => list(statement.Action);

/** Statements of all policies that are attached to the role with this logical id. */
export function statementsOfRole(template: Template, role: string): readonly Statement[] {
  const attached = (resource: Resource) =>
    JSON.stringify(resource.Properties['Roles']).includes(`"${role}"`);
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => Object.values(resourcesOf(template, type)))
    .filter(attached)
    .flatMap((policy) => policy.Properties['PolicyDocument'].Statement as Statement[]);
}

/** The only logical id of a type that begins so. */
export function idOf(template: Template, type: string, beginning: string): string {
  const found = Object.keys(resourcesOf(template, type)).filter((id) =>
    new RegExp(`^${beginning}[0-9A-F]{8}$`).test(id),
  );
  if (found.length !== 1)
    throw new Error(`expected one ${type} ${beginning}, found ${found.join(', ')}`);
  return found[0]!;
}
