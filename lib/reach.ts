import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { fleetImageParameter } from '../lambdas/core/fleet-image.ts';
import type { Catalogue } from '../lambdas/core/policy.ts';

/** What Kiln's roles may reach, as ARNs: exactly what the catalogue names. */
export interface Reach {
  /** The path, with and without what is below it: which of both is asked for depends on how the path is written. */
  readonly catalogueParameters: readonly string[];
  /** Where the image that each fleet runs is published. */
  readonly fleetImageParameters: string;
  readonly baseParameters: readonly string[];
  readonly upstreamImages: readonly string[];
  readonly pipelines: readonly string[];
  /** Every version of the images that Kiln bakes. */
  readonly images: readonly string[];
  readonly groups: readonly string[];
  readonly launchTemplates: readonly string[];
  readonly instanceRoles: readonly string[];
  /** What a launch tags and a role may therefore be asked to tag: `RunInstances` with tags in the template. */
  readonly launchedResources: readonly string[];
  readonly machines: Readonly<Record<MachineName, string>>;
  readonly executions: Readonly<Record<MachineName, string>>;
}

export const machineNames = ['release', 'rollout', 'recover'] as const;
export type MachineName = (typeof machineNames)[number];

/** A physical name: operators start releases by it, and functions must know it before the machine exists. */
export const machineName = (hub: string, machine: MachineName): string => `kiln-${hub}-${machine}`;

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
  const perMachine = (arnOf: (name: MachineName) => string) => ({
    release: arnOf('release'),
    rollout: arnOf('rollout'),
    recover: arnOf('recover'),
  });
  return {
    catalogueParameters: [cataloguePath(hub).slice(0, -1), `${cataloguePath(hub)}*`].map((path) =>
      parameterArn(stack, path),
    ),
    fleetImageParameters: parameterArn(stack, fleetImageParameter(hub, '*')),
    baseParameters: unique(
      images.flatMap(({ base }) =>
        base.kind === 'ssm' ? [parameterArn(stack, base.parameter)] : [],
      ),
    ),
    upstreamImages: unique(
      images.flatMap(({ base }) => (base.kind === 'image-builder' ? [base.imageArn] : [])),
    ),
    pipelines: images.map(({ pipelineArn }) => pipelineArn),
    images: images.map(({ recipeName }) =>
      stack.formatArn({
        service: 'imagebuilder',
        resource: 'image',
        resourceName: `${recipeName}/*`,
      }),
    ),
    groups: listed(
      fleets.map(({ autoScalingGroupName }) => group(autoScalingGroupName)),
      group('*'),
    ),
    launchTemplates: listed(
      unique(fleets.map(({ launchTemplateId }) => ec2('launch-template', launchTemplateId))),
      ec2('launch-template', '*'),
    ),
    instanceRoles: unique(Object.values(instanceRoles).map((role) => roleArn(stack, role))),
    launchedResources: ['instance', 'volume', 'network-interface', 'spot-instances-request'].map(
      (resource) => ec2(resource, '*'),
    ),
    machines: perMachine(machine('stateMachine', '')),
    executions: perMachine(machine('execution', ':*')),
  };
}

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
