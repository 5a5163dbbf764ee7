import type {
  CancelImageCreationRequest,
  CancelImageCreationResponse,
  DeleteImageRequest,
  DeleteImageResponse,
  Filter,
  GetComponentRequest,
  GetComponentResponse,
  GetImagePipelineRequest,
  GetImagePipelineResponse,
  GetImageRecipeRequest,
  GetImageRecipeResponse,
  GetImageRequest,
  GetImageResponse,
  ListImageBuildVersionsRequest,
  ListImageBuildVersionsResponse,
  ListImagePipelineImagesRequest,
  ListImagePipelineImagesResponse,
  ListImagePipelinesRequest,
  ListImagePipelinesResponse,
  ListImagesRequest,
  ListImagesResponse,
  RetryImageRequest,
  RetryImageResponse,
  StartImagePipelineExecutionRequest,
  StartImagePipelineExecutionResponse,
} from '@aws-sdk/client-imagebuilder';
import { AwsError, type Operation, type Permission, type Service } from '../contract.ts';
import type { ImageBuilder } from './image-builder.ts';
import { findingOperations } from './image-builder-findings.ts';
import { imageBuilderArn, readVersionedArn, versionReferences } from './image-builder-names.ts';
import type { ImageRecord } from './image-builder-records.ts';
import { pageOf, showImage, showSummary, showVersion } from './image-builder-shapes.ts';

type Handler<Input, Output> = Operation<Input, Output>;

/** The operations of `client-imagebuilder` that are simulated. */
export function imageBuilderOperations(builder: ImageBuilder): Service['operations'] {
  return {
    ...bakeOperations(builder),
    ...listOperations(builder),
    ...configurationOperations(builder),
    ...findingOperations(builder),
  };
}

function bakeOperations(builder: ImageBuilder) {
  const start: Handler<StartImagePipelineExecutionRequest, StartImagePipelineExecutionResponse> = {
    authorize: (input) => startPermissions(builder, input),
    run: (input) => {
      const clientToken = required(input.clientToken, 'clientToken');
      const pipelineArn = required(input.imagePipelineArn, 'imagePipelineArn');
      return {
        clientToken,
        ...builder.startBake({ pipelineArn, clientToken, tags: input.tags ?? {} }),
      };
    },
  };
  const get: Handler<GetImageRequest, GetImageResponse> = {
    authorize: (input) => onImage(builder, 'imagebuilder:GetImage', input.imageBuildVersionArn),
    run: (input) =>
      showImage(builder.image(required(input.imageBuildVersionArn, 'imageBuildVersionArn'))),
  };
  const cancel: Handler<CancelImageCreationRequest, CancelImageCreationResponse> = {
    authorize: (input) =>
      onImage(builder, 'imagebuilder:CancelImageCreation', input.imageBuildVersionArn),
    run: (input) => {
      const clientToken = required(input.clientToken, 'clientToken');
      const imageBuildVersionArn = required(input.imageBuildVersionArn, 'imageBuildVersionArn');
      builder.cancel(imageBuildVersionArn, clientToken);
      return { clientToken, imageBuildVersionArn };
    },
  };
  const retry: Handler<RetryImageRequest, RetryImageResponse> = {
    authorize: (input) => onImage(builder, 'imagebuilder:RetryImage', input.imageBuildVersionArn),
    run: (input) => {
      const imageBuildVersionArn = required(input.imageBuildVersionArn, 'imageBuildVersionArn');
      builder.retry(imageBuildVersionArn);
      return { clientToken: input.clientToken, imageBuildVersionArn };
    },
  };
  const remove: Handler<DeleteImageRequest, DeleteImageResponse> = {
    authorize: (input) => onImage(builder, 'imagebuilder:DeleteImage', input.imageBuildVersionArn),
    run: (input) => {
      const imageBuildVersionArn = required(input.imageBuildVersionArn, 'imageBuildVersionArn');
      builder.deleteImage(imageBuildVersionArn);
      return { imageBuildVersionArn };
    },
  };
  return {
    StartImagePipelineExecution: start,
    GetImage: get,
    CancelImageCreation: cancel,
    RetryImage: retry,
    DeleteImage: remove,
  };
}

/** The service authorization reference lists GetImagePipeline and TagResource as dependent actions of the start. */
function startPermissions(
  builder: ImageBuilder,
  input: StartImagePipelineExecutionRequest,
): readonly Permission[] {
  const resource = input.imagePipelineArn ?? '';
  const pipeline = builder.configurations.pipelines.get(resource);
  const context = resourceTags(pipeline?.tags);
  const tags = input.tags ?? {};
  const requestTags = Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
  );
  const requestContext = { ...context, ...requestTags, 'aws:TagKeys': Object.keys(tags) };
  const recipe = readVersionedArn(`${pipeline?.imageRecipeArn}`);
  const imageName = recipe?.beforeVersion.split('/').at(-1);
  const image = imageBuilderArn(builder.place, 'image', `${imageName}/${recipe?.version}/1`);
  return [
    { action: 'imagebuilder:StartImagePipelineExecution', resource, context: requestContext },
    { action: 'imagebuilder:GetImagePipeline', resource, context },
    ...(Object.keys(tags).length === 0
      ? []
      : [{ action: 'imagebuilder:TagResource', resource: image, context: requestContext }]),
  ];
}

function listOperations(builder: ImageBuilder) {
  const ofPipeline: Handler<ListImagePipelineImagesRequest, ListImagePipelineImagesResponse> = {
    authorize: (input) =>
      onPipeline(builder, 'imagebuilder:ListImagePipelineImages', input.imagePipelineArn),
    run: (input) => {
      const arn = required(input.imagePipelineArn, 'imagePipelineArn');
      builder.configurations.existing(builder.configurations.pipelines, arn);
      const images = [...builder.images.values()].filter((image) => image.pipeline.arn === arn);
      return summaries(builder, filtered(images, input.filters), input);
    },
  };
  const ofVersion: Handler<ListImageBuildVersionsRequest, ListImageBuildVersionsResponse> = {
    authorize: (input) =>
      onImage(builder, 'imagebuilder:ListImageBuildVersions', input.imageVersionArn),
    run: (input) => {
      const prefix = input.imageVersionArn === undefined ? '' : `${input.imageVersionArn}/`;
      const images = [...builder.images.values()].filter(({ arn }) => arn.startsWith(prefix));
      return summaries(builder, filtered(images, input.filters), input);
    },
  };
  const versions: Handler<ListImagesRequest, ListImagesResponse> = {
    authorize: () => [{ action: 'imagebuilder:ListImages', resource: '*' }],
    run: (input) => {
      const owned =
        input.owner === undefined || input.owner === 'Self' ? [...builder.images.values()] : [];
      const shown = filtered(owned, input.filters).map((image) =>
        showVersion(image, builder.place),
      );
      const { page, nextToken } = pageOf(
        [...new Map(shown.map((version) => [version.arn, version])).values()],
        input,
      );
      return { imageVersionList: page, nextToken };
    },
  };
  return {
    ListImagePipelineImages: ofPipeline,
    ListImageBuildVersions: ofVersion,
    ListImages: versions,
  };
}

function configurationOperations(builder: ImageBuilder) {
  const { configurations } = builder;
  const pipeline: Handler<GetImagePipelineRequest, GetImagePipelineResponse> = {
    authorize: (input) =>
      onPipeline(builder, 'imagebuilder:GetImagePipeline', input.imagePipelineArn),
    run: (input) => ({
      imagePipeline: configurations.existing(
        configurations.pipelines,
        required(input.imagePipelineArn, 'imagePipelineArn'),
      ),
    }),
  };
  const pipelines: Handler<ListImagePipelinesRequest, ListImagePipelinesResponse> = {
    authorize: () => [{ action: 'imagebuilder:ListImagePipelines', resource: '*' }],
    run: (input) => {
      const { page, nextToken } = pageOf([...configurations.pipelines.values()], input);
      return { imagePipelineList: page, nextToken };
    },
  };
  const recipe: Handler<GetImageRecipeRequest, GetImageRecipeResponse> = {
    authorize: (input) => [
      { action: 'imagebuilder:GetImageRecipe', resource: `${input.imageRecipeArn}` },
    ],
    run: (input) => {
      const imageRecipe = configurations.existing(
        configurations.recipes,
        required(input.imageRecipeArn, 'imageRecipeArn'),
      );
      return { imageRecipe, latestVersionReferences: referencesOf(imageRecipe.arn) };
    },
  };
  const component: Handler<GetComponentRequest, GetComponentResponse> = {
    authorize: (input) => [
      { action: 'imagebuilder:GetComponent', resource: `${input.componentBuildVersionArn}` },
    ],
    run: (input) => {
      const arn = required(input.componentBuildVersionArn, 'componentBuildVersionArn');
      const found = configurations.existing(configurations.components, arn);
      return { component: found, latestVersionReferences: referencesOf(found.arn) };
    },
  };
  return {
    GetImagePipeline: pipeline,
    ListImagePipelines: pipelines,
    GetImageRecipe: recipe,
    GetComponent: component,
  };
}

function summaries(
  builder: ImageBuilder,
  images: readonly ImageRecord[],
  request: { maxResults?: number | undefined; nextToken?: string | undefined },
) {
  const { page, nextToken } = pageOf(
    images.map((image) => showSummary(image, builder.place)),
    request,
  );
  return { imageSummaryList: page, nextToken };
}

/** @throws InvalidParameterException for a filter that the operation does not know */
function filtered(
  images: readonly ImageRecord[],
  filters: readonly Filter[] | undefined,
): readonly ImageRecord[] {
  return images.filter((image) =>
    (filters ?? []).every(({ name, values }) => {
      if (name !== 'name' && name !== 'version') {
        throw new AwsError('InvalidParameterException', `The filter '${name}' is not supported.`);
      }
      return values?.includes(name === 'name' ? image.recipe.name : image.version);
    }),
  );
}

function referencesOf(arn: string) {
  const parts = readVersionedArn(arn);
  return versionReferences(parts?.beforeVersion ?? '', parts?.version ?? '');
}

function onImage(
  builder: ImageBuilder,
  action: string,
  arn: string | undefined,
): readonly Permission[] {
  const resource = arn ?? '';
  return [{ action, resource, context: resourceTags(builder.images.get(resource)?.tags) }];
}

function onPipeline(
  builder: ImageBuilder,
  action: string,
  arn: string | undefined,
): readonly Permission[] {
  const resource = arn ?? '';
  return [
    {
      action,
      resource,
      context: resourceTags(builder.configurations.pipelines.get(resource)?.tags),
    },
  ];
}

/** The tags of a resource as the condition keys that AWS fills in. */
function resourceTags(tags: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
}

/** @throws InvalidParameterException */
function required(value: string | undefined, member: string): string {
  if (value === undefined || value === '') {
    throw new AwsError('InvalidParameterException', `The parameter '${member}' is required.`);
  }
  return value;
}
