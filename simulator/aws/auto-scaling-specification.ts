import type {
  DesiredConfiguration,
  LaunchTemplateOverrides,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import { AwsError, type CallContext, type Place } from '../contract.ts';
import {
  type Group,
  invalid,
  type LaunchSpecification,
  type ResolvedLaunch,
  type TemplateReference,
} from './auto-scaling-group.ts';
import type { Ec2 } from './ec2.ts';

interface LaunchInput {
  readonly LaunchConfigurationName?: string | undefined;
  readonly LaunchTemplate?: DesiredConfiguration['LaunchTemplate'];
  readonly MixedInstancesPolicy?: DesiredConfiguration['MixedInstancesPolicy'];
}

/** What groups launch: checking it, resolving it to an image, asking whether a caller may. */
export class Specifications {
  readonly #ec2: Ec2;
  readonly #place: Place;

  constructor(parts: { ec2: Ec2; place: Place }) {
    this.#ec2 = parts.ec2;
    this.#place = parts.place;
  }

  /** `undefined` where the input names none. @throws ValidationError */
  read(input: LaunchInput): LaunchSpecification | undefined {
    if (input.LaunchConfigurationName !== undefined)
      throw invalid(
        'Launch configurations are not supported by this simulator: name a launch template.',
      );
    if (input.LaunchTemplate !== undefined && input.MixedInstancesPolicy !== undefined)
      throw invalid('Valid requests must contain either LaunchTemplate or MixedInstancesPolicy.');
    if (input.LaunchTemplate !== undefined)
      return { template: this.#reference(input.LaunchTemplate) };
    const mixed = input.MixedInstancesPolicy;
    if (mixed === undefined) return undefined;
    const reference = mixed.LaunchTemplate?.LaunchTemplateSpecification;
    if (reference === undefined)
      throw invalid('MixedInstancesPolicy must contain a LaunchTemplateSpecification.');
    const overrides = mixed.LaunchTemplate?.Overrides ?? [];
    if (overrides.some(({ WeightedCapacity }) => WeightedCapacity !== undefined))
      throw invalid('WeightedCapacity is not supported by this simulator.');
    return { template: this.#reference(reference), mixed: structuredClone(mixed) };
  }

  /** A version left out means `$Default`. @throws ValidationError */
  #reference(given: LaunchTemplateSpecification): TemplateReference {
    try {
      const template = this.#ec2.templates.store.must(given);
      const version = given.Version ?? '$Default';
      this.#ec2.templates.store.version(template, version);
      return { id: template.id, name: template.name, version };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw invalid(`You must use a valid fully-formed launch template. ${error.message}`);
    }
  }

  /**
   * What the next launch uses, `turn` choosing among overrides. A version that has gone, or an image parameter that
   * does not exist, refuse the launch.
   */
  resolve(specification: LaunchSpecification, turn: number): ResolvedLaunch {
    const overrides = specification.mixed?.LaunchTemplate?.Overrides ?? [];
    return this.#resolveOverride(specification, overrides[turn % Math.max(1, overrides.length)]);
  }

  /** As `resolve`, and refuses what EC2 refuses at the launch itself, which no dry run sees. */
  resolveLaunch(specification: LaunchSpecification, turn: number): ResolvedLaunch {
    const launch = this.resolve(specification, turn);
    const { store } = this.#ec2.templates;
    const { data } = store.version(
      store.must({ LaunchTemplateId: launch.template.id }),
      launch.template.version,
    );
    const refusal = this.#ec2.images.volumeRefusal(launch.imageId, data.BlockDeviceMappings ?? []);
    if (refusal !== undefined) throw refusal;
    return launch;
  }

  #resolveOverride(
    specification: LaunchSpecification,
    override: LaunchTemplateOverrides | undefined,
  ): ResolvedLaunch {
    const own = override?.LaunchTemplateSpecification;
    const reference = own === undefined ? specification.template : this.#reference(own);
    const version = this.#version(reference);
    const image = override?.ImageId ?? version.data.ImageId;
    if (image === undefined)
      throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
    return {
      template: { ...reference, version: String(version.number) },
      imageId: this.#ec2.resolveImage(image),
      instanceType: override?.InstanceType ?? version.data.InstanceType ?? 'm1.small',
    };
  }

  #version(reference: TemplateReference) {
    const { store } = this.#ec2.templates;
    return store.version(store.must({ LaunchTemplateId: reference.id }), reference.version);
  }

  /** Template, version and instance type are compared; what an alias or user data hides is not seen. */
  matches(launch: ResolvedLaunch, specification: LaunchSpecification): boolean {
    const overrides = specification.mixed?.LaunchTemplate?.Overrides ?? [];
    const { template } = specification;
    if (overrides.length === 0) return this.#sameVersion(launch, template);
    return overrides.some((override) => {
      const own = override.LaunchTemplateSpecification;
      const wanted = own === undefined ? template : this.#reference(own);
      const sameType =
        override.InstanceType === undefined || override.InstanceType === launch.instanceType;
      return sameType && this.#sameVersion(launch, wanted);
    });
  }

  #sameVersion(launch: ResolvedLaunch, wanted: TemplateReference): boolean {
    if (launch.template.id !== wanted.id) return false;
    // A numbered version may have been deleted since: its number is enough.
    const number = /^\d+$/.test(wanted.version)
      ? wanted.version
      : String(this.#version(wanted).number);
    return launch.template.version === number;
  }

  usesRequirements(specification: LaunchSpecification): boolean {
    const overrides = specification.mixed?.LaunchTemplate?.Overrides ?? [];
    if (overrides.some(({ InstanceRequirements }) => InstanceRequirements !== undefined))
      return true;
    return this.#version(specification.template).data.InstanceRequirements !== undefined;
  }

  /** Why a group with this saved specification cannot be rolled back to it. @see aws-facts "Rollback and cancel" */
  rollbackObstacle(saved: LaunchSpecification): string | undefined {
    if (!/^\d+$/.test(saved.template.version))
      return `the saved launch template version is ${saved.template.version}, not a number`;
    if (this.#version(saved.template).data.ImageId?.startsWith('resolve:ssm:'))
      return 'the saved launch template names its image by a Systems Manager parameter';
    return undefined;
  }

  /**
   * The dry run of RunInstances with the caller's rights.
   *
   * @see ASG-UG/ec2-auto-scaling-launch-template-permissions
   * @throws what the caller lacks
   */
  requireLaunchRights(
    context: CallContext,
    specification: LaunchSpecification,
    subnets: readonly string[],
  ): void {
    const { data } = this.#version(specification.template);
    const templateArn = this.#ec2.templates.arnOf(specification.template.id);
    const resolved = this.resolve(specification, 0);
    const networkGroups = (data.NetworkInterfaces ?? []).flatMap(({ Groups }) => Groups ?? []);
    const groups = [...(data.SecurityGroupIds ?? []), ...networkGroups];
    const fromTemplate = [
      {
        resource: this.#ec2.images.arnOf(resolved.imageId),
        context: this.#ec2.images.contextOf(resolved.imageId),
      },
      { resource: this.#arn('instance/*'), context: { 'ec2:InstanceType': resolved.instanceType } },
      ...['network-interface/*', 'volume/*', `launch-template/${specification.template.id}`].map(
        this.#plain,
      ),
      ...(groups.length === 0 ? ['*'] : groups).map((id) => this.#plain(`security-group/${id}`)),
      ...(data.KeyName === undefined ? [] : [this.#plain(`key-pair/${data.KeyName}`)]),
    ];
    for (const { resource, context: keys } of fromTemplate)
      context.require({
        action: 'ec2:RunInstances',
        resource,
        context: {
          ...keys,
          'ec2:LaunchTemplate': templateArn,
          'ec2:IsLaunchTemplateResource': true,
        },
      });
    for (const subnet of subnets)
      context.require({
        action: 'ec2:RunInstances',
        resource: this.#arn(`subnet/${subnet}`),
        context: { 'ec2:LaunchTemplate': templateArn, 'ec2:IsLaunchTemplateResource': false },
      });
    this.#requireBesides(context, data);
  }

  #requireBesides(context: CallContext, data: ReturnType<Specifications['versionData']>): void {
    // EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation": on each kind that is tagged.
    for (const { ResourceType: kind = 'instance' } of data.TagSpecifications ?? [])
      context.require({
        action: 'ec2:CreateTags',
        resource: this.#arn(`${kind}/*`),
        context: { 'ec2:CreateAction': 'RunInstances' },
      });
    if (data.ImageId?.startsWith('resolve:ssm:')) {
      const { partition, region, accountId } = this.#place;
      const name = data.ImageId.slice('resolve:ssm:'.length).replace(/^\//, '');
      context.require({
        action: 'ssm:GetParameters',
        resource: `arn:${partition}:ssm:${region}:${accountId}:parameter/${name}`,
      });
    }
    const profile = data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name;
    if (profile !== undefined)
      context.require({
        action: 'iam:PassRole',
        resource: this.#ec2.roleOfProfile(profile),
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      });
  }

  versionData(specification: LaunchSpecification) {
    return this.#version(specification.template).data;
  }

  readonly #plain = (tail: string) => ({ resource: this.#arn(tail), context: {} });

  #arn(tail: string): string {
    const { partition, region, accountId } = this.#place;
    return `arn:${partition}:ec2:${region}:${accountId}:${tail}`;
  }
}

/** As the group's description and the refresh's desired configuration show it. */
export function specificationShown(specification: LaunchSpecification): DesiredConfiguration {
  if (specification.mixed !== undefined)
    return { MixedInstancesPolicy: structuredClone(specification.mixed) };
  return { LaunchTemplate: referenceShown(specification.template) };
}

export function referenceShown(reference: TemplateReference): LaunchTemplateSpecification {
  return {
    LaunchTemplateId: reference.id,
    LaunchTemplateName: reference.name,
    Version: reference.version,
  };
}

/** Whether a launch of the group is refused for want of room. */
export function isOutOfCapacity(group: Group): boolean {
  return group.capacityLimit !== undefined && group.members.size >= group.capacityLimit;
}
