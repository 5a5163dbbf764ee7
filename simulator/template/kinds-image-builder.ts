import * as z from 'zod';
import type { ImageBuilder } from '../aws/image-builder.ts';
import { readVersionedArn, versionReferences } from '../aws/image-builder-names.ts';
import type {
  ComponentRecord,
  DistributionRecord,
  InfrastructureRecord,
  PipelineRecord,
  RecipeRecord,
} from '../aws/image-builder-records.ts';
import {
  camelCase,
  changed,
  type Made,
  type Properties,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  tagsOf,
} from './resource-kind.ts';

/**
 * Image Builder's resources. Name and version of components and recipes are unique, so a change of content that keeps both
 * fails: the replacement is made before the old one goes.
 * @see CloudFormation, `AWS::ImageBuilder::*`
 */
export function imageBuilderKinds(builder: ImageBuilder): ResourceKinds {
  return {
    'AWS::ImageBuilder::Component': componentKind(builder),
    'AWS::ImageBuilder::ImageRecipe': recipeKind(builder),
    'AWS::ImageBuilder::InfrastructureConfiguration': infrastructureKind(builder),
    'AWS::ImageBuilder::DistributionConfiguration': distributionKind(builder),
    'AWS::ImageBuilder::ImagePipeline': pipelineKind(builder),
  };
}

/** The properties in the SDK's words. The templates were checked by CDK; here they are only shown back. */
function read<Shape>(
  request: ResourceRequest,
): Omit<Shape, 'arn' | 'tags'> & { tags: Record<string, string> } {
  const schema = z.custom<Omit<Shape, 'arn' | 'tags'>>();
  return { ...schema.parse(camelCase({ ...request.properties })), tags: tagsOf(request) };
}

function componentKind(builder: ImageBuilder): ResourceKind {
  return {
    understood: [
      'Name',
      'Version',
      'Platform',
      'Data',
      'Uri',
      'Description',
      'ChangeDescription',
      'KmsKeyId',
      'SupportedOsVersions',
      'Tags',
    ],
    create: (request) =>
      versioned(builder.configurations.createComponent(read<ComponentRecord>(request))),
    remove: (_request, made) => builder.configurations.deleteComponent(made.ref),
  };
}

const RECIPE_IN_PLACE = ['Tags', 'AmiTags', 'AdditionalInstanceConfiguration'];

function recipeKind(builder: ImageBuilder): ResourceKind {
  const { configurations } = builder;
  const content = [
    'Name',
    'Version',
    'ParentImage',
    'Components',
    'BlockDeviceMappings',
    'Description',
    'WorkingDirectory',
  ];
  return {
    understood: [...content, ...RECIPE_IN_PLACE],
    create: (request) => versioned(configurations.createRecipe(read<RecipeRecord>(request))),
    update: (request, made, before) => {
      if (changed(before, request.properties, content)) {
        return undefined;
      }
      const { name: _name, version: _version, ...rest } = read<RecipeRecord>(request);
      configurations.update(configurations.recipes, made.ref, rest);
      return made;
    },
    remove: (_request, made) => configurations.deleteRecipe(made.ref),
  };
}

function infrastructureKind(builder: ImageBuilder): ResourceKind {
  const { configurations } = builder;
  return {
    understood: [
      ...[
        'Name',
        'Description',
        'InstanceTypes',
        'InstanceProfileName',
        'SubnetId',
        'SecurityGroupIds',
        'SnsTopicArn',
      ],
      ...[
        'Logging',
        'KeyPair',
        'TerminateInstanceOnFailure',
        'ResourceTags',
        'InstanceMetadataOptions',
        'Placement',
        'Tags',
      ],
    ],
    create: (request) =>
      named(configurations.createInfrastructure(read<InfrastructureRecord>(request))),
    update: inPlace((request, made) => {
      configurations.update(
        configurations.infrastructures,
        made.ref,
        read<InfrastructureRecord>(request),
      );
    }),
    remove: (_request, made) => configurations.deleteConfiguration(made.ref),
  };
}

/** What a distribution may do beyond making and naming AMIs is not simulated, and refused. */
const DISTRIBUTION_MEMBERS = ['region', 'amiDistributionConfiguration', 'licenseConfigurationArns'];

function distributionKind(builder: ImageBuilder): ResourceKind {
  const { configurations } = builder;
  const readDistribution = (request: ResourceRequest) => {
    const distribution = read<DistributionRecord>(request);
    for (const entry of distribution.distributions ?? []) {
      const unknown = Object.keys(entry).find((member) => !DISTRIBUTION_MEMBERS.includes(member));
      if (unknown !== undefined) {
        throw new Error(`unsupported member ${unknown} of a distribution`);
      }
    }
    return { ...distribution, timeoutMinutes: distribution.timeoutMinutes ?? 720 };
  };
  return {
    understood: ['Name', 'Description', 'Distributions', 'Tags'],
    create: (request) => named(configurations.createDistribution(readDistribution(request))),
    update: inPlace((request, made) => {
      configurations.update(configurations.distributions, made.ref, readDistribution(request));
    }),
    remove: (_request, made) => configurations.deleteConfiguration(made.ref),
  };
}

function pipelineKind(builder: ImageBuilder): ResourceKind {
  const { configurations } = builder;
  const readPipeline = (request: ResourceRequest) => {
    const pipeline = read<PipelineRecord>(request);
    configurations.requireReferences(pipeline);
    return {
      ...pipeline,
      status: pipeline.status ?? 'ENABLED',
      platform: configurations.recipe(pipeline.imageRecipeArn).platform,
    };
  };
  return {
    understood: [
      ...[
        'Name',
        'Description',
        'ImageRecipeArn',
        'InfrastructureConfigurationArn',
        'DistributionConfigurationArn',
        'Status',
      ],
      ...[
        'EnhancedImageMetadataEnabled',
        'ImageScanningConfiguration',
        'ImageTestsConfiguration',
        'ImageTags',
        'Tags',
      ],
    ],
    create: (request) => named(configurations.createPipeline(readPipeline(request))),
    update: inPlace((request, made) => {
      configurations.update(configurations.pipelines, made.ref, readPipeline(request));
    }),
    remove: (_request, made) => configurations.deletePipeline(made.ref),
  };
}

/** Everything but the name changes in place. */
function inPlace(
  update: (request: ResourceRequest, made: Made) => void,
): NonNullable<ResourceKind['update']> {
  return (request: ResourceRequest, made: Made, before: Properties) => {
    if (changed(before, request.properties, ['Name'])) {
      return undefined;
    }
    update(request, made);
    return made;
  };
}

function named(record: { readonly arn: string; readonly name: string }): Made {
  return { ref: record.arn, attributes: { Arn: record.arn, Name: record.name } };
}

function versioned(record: {
  readonly arn: string;
  readonly name: string;
  readonly version: string;
}): Made {
  const references = versionReferences(
    readVersionedArn(record.arn)?.beforeVersion ?? '',
    record.version,
  );
  return {
    ref: record.arn,
    attributes: {
      Arn: record.arn,
      Name: record.name,
      'LatestVersion.Arn': references.latestVersionArn,
      'LatestVersion.Major': references.latestMajorVersionArn,
      'LatestVersion.Minor': references.latestMinorVersionArn,
      'LatestVersion.Patch': references.latestPatchVersionArn,
    },
  };
}
