import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { fleetImageParameter } from '../lambdas/core/fleet-image.ts';
import { isComparing } from '../lambdas/core/gate-policy.ts';
import type { Catalogue, WavePolicy } from '../lambdas/core/policy.ts';
import { type MachineName, machineName } from './machine-names.ts';
import type { Reached } from './rights.ts';

/** What Kiln's roles may reach, as ARNs: exactly what the catalogue names. */
export interface Reach {
  readonly catalogueParameters: Reached;
  /** Where the image that each fleet runs is published. */
  readonly fleetImageParameters: Reached;
  readonly baseParameters: readonly string[];
  readonly upstreamImages: readonly string[];
  readonly pipelines: readonly string[];
  /** Every version of the images that Kiln bakes. */
  readonly images: Reached;
  readonly groups: Reached;
  readonly launchTemplates: Reached;
  readonly instanceRoles: readonly string[];
  /** What a launch tags and a role may therefore be asked to tag: `RunInstances` with tags in the template. */
  readonly launchedResources: Reached;
  /** Whether a gate or a soak reads metrics, which have no ARNs. */
  readonly readsMetrics: boolean;
  /** Whether a gate of a fleet asks for approval, and whether one of a wave does. */
  readonly asksPeople: { readonly ofFleets: boolean; readonly ofWaves: boolean };
  /** Functions of the user's that judge fleets, and waves. */
  readonly gateFunctions: {
    readonly ofFleets: readonly string[];
    readonly ofWaves: readonly string[];
  };
  readonly machines: Readonly<Record<MachineName, string>>;
  readonly executions: Readonly<Record<MachineName, Reached>>;
}

/** Several resources that are granted alike. */
export const together = (some: readonly Reached[]): Reached => {
  const [because] = some.flatMap((one) => one.because ?? []);
  return { arns: some.flatMap(({ arns }) => arns), ...(because === undefined ? {} : { because }) };
};

export const cataloguePath = (hub: string): string => `/kiln/${hub}/catalogue/`;

/**
 * A role holds about 70,000 characters of policy (an inline one and ten managed ones), an ARN takes 100 and stands in two
 * or three statements. Beyond so many fleets the names give way to a wildcard in the same account and Region.
 */
const listedMax = 100;
const listed = (arns: readonly string[], wildcard: string): readonly string[] =>
  arns.length <= listedMax ? arns : [wildcard];

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** `instanceRoles`: role ARNs or names by fleet. */
export function reachOf(
  scope: Construct,
  catalogue: Catalogue,
  instanceRoles: Readonly<Record<string, string>>,
): Reach {
  const stack = Stack.of(scope);
  const { hub } = catalogue;
  const images = Object.values(catalogue.images);
  const fleets = Object.values(catalogue.fleets);
  // The part that the service makes up is not known beforehand; the name is unique in the account and Region.
  const group = (name: string) =>
    stack.formatArn({
      service: 'autoscaling',
      resource: 'autoScalingGroup:*:autoScalingGroupName',
      resourceName: name,
    });
  const ec2 = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'ec2', resource, resourceName });
  const machine = (resource: string, suffix: string) => (name: MachineName) =>
    stack.formatArn({
      service: 'states',
      resource,
      resourceName: `${machineName(hub, name)}${suffix}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const perMachine = <Arns>(arnOf: (name: MachineName) => Arns) => ({
    release: arnOf('release'),
    rollout: arnOf('rollout'),
    recover: arnOf('recover'),
  });
  return {
    catalogueParameters: {
      // Not confirmed: whether the slash that ends the path is part of what is asked for.
      arns: [parameterArn(stack, `${cataloguePath(hub).slice(0, -1)}*`)],
      because: 'every chunk of the catalogue of this hub, of which there are as many as it takes',
    },
    fleetImageParameters: {
      arns: [parameterArn(stack, fleetImageParameter(hub, '*'))],
      because: 'a parameter per fleet of this hub, and Kiln alone writes there',
    },
    baseParameters: unique(
      images.flatMap(({ base }) =>
        base.kind === 'ssm' ? [parameterArn(stack, base.parameter)] : [],
      ),
    ),
    upstreamImages: unique(
      images.flatMap(({ base }) => (base.kind === 'image-builder' ? [base.imageArn] : [])),
    ),
    pipelines: images.map(({ pipelineArn }) => pipelineArn),
    images: {
      arns: images.map(({ recipeName }) =>
        stack.formatArn({
          service: 'imagebuilder',
          resource: 'image',
          resourceName: `${recipeName}/*`,
        }),
      ),
      because: 'versions of the images of the catalogue, which are made after the role is',
    },
    groups: {
      arns: listed(
        fleets.map(({ autoScalingGroupName }) => group(autoScalingGroupName)),
        group('*'),
      ),
      because: `the id in the ARN of a group is not known beforehand; beyond ${listedMax} fleets the names are too many for a role`,
    },
    launchTemplates: {
      arns: listed(
        unique(fleets.map(({ launchTemplateId }) => ec2('launch-template', launchTemplateId))),
        ec2('launch-template', '*'),
      ),
      because: `beyond ${listedMax} fleets the names are too many for a role`,
    },
    instanceRoles: unique(Object.values(instanceRoles).map((role) => roleArn(stack, role))),
    launchedResources: {
      arns: ['instance', 'volume', 'network-interface', 'spot-instances-request'].map((resource) =>
        ec2(resource, '*'),
      ),
      because:
        'what is about to be launched has no id yet; held by the condition on ec2:CreateAction',
    },
    readsMetrics: fleets.some(
      ({ gates, soakEvidence }) => soakEvidence !== undefined || gates.some(isComparing),
    ),
    asksPeople: { ofFleets: asksPeople(fleets), ofWaves: asksPeople(catalogue.waves) },
    gateFunctions: {
      ofFleets: gateFunctions(stack, fleets),
      ofWaves: gateFunctions(stack, catalogue.waves),
    },
    machines: perMachine(machine('stateMachine', '')),
    executions: perMachine((name) => ({
      arns: [machine('execution', ':*')(name)],
      because: 'executions of this machine of this hub, which begin after the role is made',
    })),
  };
}

type Gated = Pick<WavePolicy, 'gates'>;

/** Whether any of these fleets or waves asks a person. */
export const asksPeople = (some: readonly Gated[]): boolean =>
  some.some(({ gates = [] }) => gates.some(({ kind }) => kind === 'approval'));

const gateFunctions = (stack: Stack, some: readonly Gated[]): readonly string[] =>
  unique(
    some.flatMap(({ gates = [] }) =>
      gates.flatMap((gate) => (gate.kind === 'function' ? [gate.functionName] : [])),
    ),
  ).map((name) =>
    stack.formatArn({
      ...{ service: 'lambda', resource: 'function', resourceName: name },
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );

/** Public parameters belong to no account. @see Systems Manager user guide, parameter-store-public-parameters */
function parameterArn(stack: Stack, name: string): string {
  const isPublic = name.startsWith('/aws/');
  return stack.formatArn({
    service: 'ssm',
    ...(isPublic ? { account: '' } : {}),
    resource: 'parameter',
    resourceName: name.replace(/^\//, ''),
  });
}

/** A token may be either; whoever hands one over hands over an ARN. */
function roleArn(stack: Stack, nameOrArn: string): string {
  if (Token.isUnresolved(nameOrArn) || nameOrArn.startsWith('arn:')) return nameOrArn;
  return stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: nameOrArn });
}
