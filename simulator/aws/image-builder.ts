import {
  AwsError,
  type EventSink,
  type ImageBehaviour,
  type Place,
  type Readings,
  type Service,
  type World,
} from '../contract.ts';
import { BakeTimeline, type ImageRegistry, isTerminal } from './image-builder-bakes.ts';
import { ImageBuilderConfigurations } from './image-builder-configurations.ts';
import {
  arnName,
  imageBuilderArn,
  imageIdFor,
  latestMatching,
  readVersionedArn,
} from './image-builder-names.ts';
import { imageBuilderOperations } from './image-builder-operations.ts';
import type { BakePlan, ImageRecord, PipelineRecord } from './image-builder-records.ts';

/** Where `ssm:` parents are read. */
export interface ParentParameters {
  /** The value now; `undefined` when there is no such parameter. */
  valueOf(name: string): string | undefined;
}

/** Twenty minutes, a healthy image, nothing found. */
export const defaultBakePlan: BakePlan = () => ({
  seconds: 20 * 60,
  behaviour: healthyImage,
  findings: { all: 0, critical: 0, high: 0, medium: 0 },
  scanSeconds: 5 * 60,
});

/** Healthy a minute after launch, an error percentage of about 0.2. */
export const healthyImage: ImageBehaviour = {
  healthySeconds: 60,
  metrics: (_minute, random) => ({ ErrorPercent: 0.1 + 0.2 * random() }),
  targetFailureRatio: () => 0,
};

export interface StartedBake {
  readonly imageBuildVersionArn: string;
}

/**
 * EC2 Image Builder of one account in one Region: pipelines bake images in virtual time. What a bake does is decided by the
 * plan of the world. Not modelled: container images, workflows, lifecycle policies, schedules of pipelines, distribution to
 * launch templates and parameters.
 * @see aws-sdk `client-imagebuilder`; Image Builder user guide
 */
export class ImageBuilder implements Service {
  readonly client = 'client-imagebuilder';
  readonly operations: Service['operations'];
  readonly configurations: ImageBuilderConfigurations;
  /** Builds by build-version ARN, in order of their start. */
  readonly images = new Map<string, ImageRecord>();
  readonly place: Place;
  private readonly world: World;
  private readonly readings: Readings;
  private readonly parameters: ParentParameters;
  private readonly timeline: BakeTimeline;
  private readonly tokens = new Map<string, { request: string; arn: string }>();
  private readonly buildCounts = new Map<string, number>();
  private readonly bakeCounts = new Map<string, number>();
  private plan: BakePlan = defaultBakePlan;

  constructor(parts: {
    world: World;
    events: EventSink;
    place: Place;
    readings: Readings;
    ec2: ImageRegistry;
    ssm: ParentParameters;
  }) {
    this.world = parts.world;
    this.place = parts.place;
    this.readings = parts.readings;
    this.parameters = parts.ssm;
    this.configurations = new ImageBuilderConfigurations(parts);
    this.timeline = new BakeTimeline({ ...parts, registry: parts.ec2 });
    this.operations = imageBuilderOperations(this);
  }

  /** What bakes that start from now on will do. */
  setBakePlan(plan: BakePlan): void {
    this.plan = plan;
  }

  /**
   * Starts a bake. With the reading `bakeTokenRemembered`, the same token and request answer with the bake that they began.
   * @throws ResourceNotFoundException, ResourceInUseException, IdempotentParameterMismatchException, InvalidRequestException
   */
  startBake(start: {
    readonly pipelineArn: string;
    readonly clientToken: string;
    readonly tags: Readonly<Record<string, string>>;
  }): StartedBake {
    const pipeline = this.configurations.existing(this.configurations.pipelines, start.pipelineArn);
    const request = JSON.stringify([start.pipelineArn, start.tags]);
    const remembered = this.tokens.get(start.clientToken);
    if (this.readings.bakeTokenRemembered && remembered !== undefined) {
      if (remembered.request !== request) {
        throw new AwsError(
          'IdempotentParameterMismatchException',
          `The client token '${start.clientToken}' was used with other parameters.`,
        );
      }
      return { imageBuildVersionArn: remembered.arn };
    }
    const active = [...this.images.values()].find(
      (image) => image.pipeline.arn === pipeline.arn && !isTerminal(image),
    );
    if (this.readings.pipelineRefusesSecondStart && active !== undefined) {
      throw new AwsError(
        'ResourceInUseException',
        `The image pipeline '${pipeline.arn}' is building '${active.arn}'.`,
      );
    }
    const image = this.newImage(pipeline, start.tags);
    this.tokens.set(start.clientToken, { request, arn: image.arn });
    this.timeline.begin(image);
    return { imageBuildVersionArn: image.arn };
  }

  /** @throws ResourceNotFoundException @throws InvalidRequestException when it has ended */
  cancel(arn: string, clientToken: string): void {
    const image = this.image(arn);
    if (image.cancelledBy !== clientToken) {
      this.timeline.cancel(image);
      image.cancelledBy = clientToken;
    }
  }

  /** @throws ResourceNotFoundException @throws InvalidRequestException unless it failed after it was built */
  retry(arn: string): void {
    this.timeline.retry(this.image(arn));
  }

  /** Deletes the image and leaves its AMIs. @throws ResourceDependencyException while it is built */
  deleteImage(arn: string): void {
    if (!isTerminal(this.image(arn))) {
      throw new AwsError(
        'ResourceDependencyException',
        `The image '${arn}' is being created and cannot be deleted.`,
      );
    }
    this.images.delete(arn);
  }

  /**
   * GetImage's model names no error for a missing image; clients in use expect this one.
   * @throws ResourceNotFoundException
   */
  image(arn: string): ImageRecord {
    return this.configurations.existing(this.images, arn);
  }

  /** Makes a pipeline that no template makes: somebody else's in this account. Answers with its ARNs. */
  addForeignPipeline(foreign: {
    readonly name: string;
    readonly version?: string;
    readonly parentImage?: string;
  }): {
    pipelineArn: string;
    /** Without the version. */
    imageArn: string;
  } {
    const recipe = this.configurations.createRecipe({
      name: foreign.name,
      version: foreign.version ?? '1.0.0',
      parentImage: foreign.parentImage ?? imageIdFor(this.world.seed, `parent of ${foreign.name}`),
      platform: 'Linux',
    });
    const pipeline = this.configurations.createPipeline({
      name: foreign.name,
      imageRecipeArn: recipe.arn,
      status: 'ENABLED',
      platform: 'Linux',
    });
    return {
      pipelineArn: pipeline.arn,
      imageArn: imageBuilderArn(this.place, 'image', arnName(foreign.name)),
    };
  }

  /** A foreign pipeline has just made an image: it is AVAILABLE now, and announced. */
  finishForeignImage(finished: {
    readonly pipelineArn: string;
    readonly imageId?: string;
    readonly behaviour?: ImageBehaviour;
  }): { imageBuildVersionArn: string; imageId: string } {
    const pipeline = this.configurations.existing(
      this.configurations.pipelines,
      finished.pipelineArn,
    );
    const image = this.newImage(pipeline, {}, finished.behaviour);
    const imageId = finished.imageId ?? imageIdFor(this.world.seed, image.arn);
    this.timeline.distribute(image, imageId);
    image.status = 'AVAILABLE';
    this.timeline.announce(image.arn, 'INTEGRATING', 'AVAILABLE');
    return { imageBuildVersionArn: image.arn, imageId };
  }

  private newImage(
    pipeline: PipelineRecord,
    tags: Readonly<Record<string, string>>,
    behaviour?: ImageBehaviour,
  ): ImageRecord {
    const { configurations } = this;
    const recipe = configurations.recipe(pipeline.imageRecipeArn);
    const name = arnName(recipe.name);
    const versionArn = imageBuilderArn(this.place, 'image', `${name}/${recipe.version}`);
    const parent = this.parentImageId(recipe.parentImage);
    const planned = this.plan({
      pipelineArn: pipeline.arn,
      recipeName: recipe.name,
      ordinal: counted(this.bakeCounts, pipeline.arn),
      parentImageId: parent ?? recipe.parentImage,
    });
    const missing = `The parent image '${recipe.parentImage}' does not exist.`;
    const outcome =
      parent === undefined
        ? { ...planned, failure: { status: 'FAILED', reason: missing, afterSeconds: 30 } as const }
        : planned;
    const infrastructure = configurations.infrastructures.get(
      pipeline.infrastructureConfigurationArn ?? '',
    );
    const distribution = configurations.distributions.get(
      pipeline.distributionConfigurationArn ?? '',
    );
    const image: ImageRecord = {
      arn: `${versionArn}/${counted(this.buildCounts, versionArn)}`,
      name,
      version: recipe.version,
      pipeline,
      recipe,
      ...(infrastructure === undefined ? {} : { infrastructure }),
      ...(distribution === undefined ? {} : { distribution }),
      tags: { ...pipeline.imageTags, ...tags },
      createdAtMs: this.world.nowMs(),
      parentImageId: parent ?? recipe.parentImage,
      outcome: behaviour === undefined ? outcome : { ...outcome, behaviour },
      status: 'PENDING',
      amis: [],
      timers: [],
    };
    this.images.set(image.arn, image);
    return image;
  }

  /** The AMI that a recipe's parent means now; `undefined` when it does not exist. */
  private parentImageId(parentImage: string): string | undefined {
    if (parentImage.startsWith('ssm:')) {
      const name = parentImage.slice('ssm:'.length);
      return this.parameters.valueOf(
        name.startsWith('arn:') ? name.slice(name.indexOf(':parameter/') + 10) : name,
      );
    }
    const wanted = readVersionedArn(parentImage);
    if (wanted === undefined) {
      return parentImage;
    }
    if (wanted.account.startsWith('aws')) {
      return imageIdFor(this.world.seed, parentImage);
    }
    const family = [...this.images.values()].filter(
      (image) => image.status === 'AVAILABLE' && image.arn.startsWith(`${wanted.beforeVersion}/`),
    );
    const version = latestMatching(
      wanted.version,
      family.map((image) => image.version),
    );
    const builds = family.filter(
      (image) =>
        image.version === version && (wanted.build === undefined || image.arn === parentImage),
    );
    return builds.at(-1)?.amis.find(({ region }) => region === this.place.region)?.image;
  }
}

function counted(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}
