import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as imagebuilder from 'aws-cdk-lib/aws-imagebuilder';
import { Construct, type IConstruct } from 'constructs';
import type {
  CheckedCatalogue,
  ComponentSource,
  ImageBuild,
} from './catalogue/checked-catalogue.ts';
import { contentVersion } from './content-version.ts';

/** An image that can be baked: by this app, or by another one that deployed its pipeline. */
export interface IBakedImage extends IConstruct {
  readonly pipelineArn: string;
}

export interface BakedImageProps {
  readonly catalogue: CheckedCatalogue;
  /** Name of an image of the catalogue. */
  readonly image: string;
}

/**
 * All that Image Builder needs to bake an image of the catalogue. It bakes when a Release asks, never by itself: there
 * is no schedule, and no launch template that it would touch.
 *
 * @throws Error when the catalogue has no such image
 */
export class BakedImage extends Construct implements IBakedImage {
  /** An image whose pipeline another app deployed. */
  static fromPipelineArn(scope: Construct, id: string, pipelineArn: string): IBakedImage {
    return Object.assign(new Construct(scope, id), { pipelineArn });
  }

  readonly pipelineArn: string;

  constructor(scope: Construct, id: string, props: BakedImageProps) {
    super(scope, id);
    const policy = props.catalogue.images[props.image];
    const build = props.catalogue.builds[props.image];
    if (!policy || !build) {
      const names = Object.keys(props.catalogue.images).join(', ');
      throw new Error(`expected one of the images ${names}, came "${props.image}"`);
    }
    const name = policy.recipeName;
    const recipe = this.recipe(name, parentImage(policy.base), build);
    const infrastructure = this.infrastructure(name, build);
    const distribution = new imagebuilder.CfnDistributionConfiguration(this, 'Distribution', {
      name,
      distributions: [
        {
          region: Stack.of(this).region,
          amiDistributionConfiguration: {
            Name: `${name}-{{ imagebuilder:buildDate }}`,
            AmiTags: { 'kiln:hub': props.catalogue.hub, 'kiln:image': props.image },
          },
        },
      ],
    });
    const pipeline = new imagebuilder.CfnImagePipeline(this, 'Pipeline', {
      name,
      description: `Bakes image ${props.image} when a Release of Kiln asks for it`,
      imageRecipeArn: recipe.attrArn,
      infrastructureConfigurationArn: infrastructure.attrArn,
      distributionConfigurationArn: distribution.attrArn,
      imageScanningConfiguration: { imageScanningEnabled: policy.inspection.scan === 'required' },
      imageTestsConfiguration: { imageTestsEnabled: true },
      enhancedImageMetadataEnabled: true,
      status: 'ENABLED',
    });
    this.pipelineArn = pipeline.attrArn;
  }

  private recipe(name: string, parent: string, build: ImageBuild): imagebuilder.CfnImageRecipe {
    const components = build.components.map((source) => this.component(name, source, build));
    const properties = {
      name,
      parentImage: parent,
      blockDeviceMappings: [
        {
          deviceName: build.rootVolume.device,
          ebs: {
            encrypted: true,
            deleteOnTermination: true,
            volumeType: 'gp3',
            ...(build.rootVolume.sizeGibibytes === undefined
              ? {}
              : { volumeSize: build.rootVolume.sizeGibibytes }),
          },
        },
      ],
    };
    // The ARN of a component of ours is a reference that reads the same whatever its content; its version does not.
    const content = { ...properties, components: components.map(({ identity }) => identity) };
    return new imagebuilder.CfnImageRecipe(this, 'Recipe', {
      ...properties,
      components: components.map(({ arn }) => ({ componentArn: arn })),
      version: versionAtSynth(this, () => content),
    });
  }

  private component(
    name: string,
    source: ComponentSource,
    { platform }: ImageBuild,
  ): { readonly arn: string; readonly identity: unknown } {
    if (source.kind === 'existing') return { arn: source.arn, identity: source.arn };
    const properties = { name: `${name}-${source.name}`, platform, data: source.data };
    const component: imagebuilder.CfnComponent = new imagebuilder.CfnComponent(
      this,
      `Component-${source.name}`,
      {
        ...properties,
        // Tags of a component cannot be changed either, and the app adds some while it is synthesized.
        version: versionAtSynth(this, () => ({
          ...properties,
          tags: component.tags.renderTags(),
        })),
      },
    );
    return { arn: component.attrArn, identity: [properties.name, component.version] };
  }

  private infrastructure(
    name: string,
    { instanceTypes, network }: ImageBuild,
  ): imagebuilder.CfnInfrastructureConfiguration {
    const role = new iam.Role(this, 'BuildRole', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: 'Role of the instances that images are baked on',
      // What Image Builder documents for its build instances: to be driven over Systems Manager and to read components.
      managedPolicies: ['EC2InstanceProfileForImageBuilder', 'AmazonSSMManagedInstanceCore'].map(
        (policy) => iam.ManagedPolicy.fromAwsManagedPolicyName(policy),
      ),
    });
    const profile = new iam.CfnInstanceProfile(this, 'BuildProfile', { roles: [role.roleName] });
    return new imagebuilder.CfnInfrastructureConfiguration(this, 'Infrastructure', {
      name,
      instanceProfileName: profile.ref,
      instanceTypes: [...instanceTypes],
      // No key pair: nobody logs in to an instance that an image is made of.
      instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      terminateInstanceOnFailure: true,
      ...(network === undefined
        ? {}
        : { subnetId: network.subnetId, securityGroupIds: [...network.securityGroupIds] }),
    });
  }
}

function parentImage(base: CheckedCatalogue['images'][string]['base']): string {
  switch (base.kind) {
    case 'ssm':
      return `ssm:${base.parameter}`;
    case 'ami':
      return base.imageId;
    case 'image-builder':
      return `${base.imageArn}/x.x.x`;
    default:
      return base satisfies never;
  }
}

/** The version of content that is complete only when everything else of the app is. */
const versionAtSynth = (scope: Construct, content: () => unknown): string =>
  Lazy.string({ produce: () => contentVersion(Stack.of(scope).resolve(content())) });
