import { AwsError, type Place, type World } from '../contract.ts';
import {
  arnName,
  imageBuilderArn,
  latestMatching,
  readVersionedArn,
  versionToCreate,
} from './image-builder-names.ts';
import type {
  ComponentRecord,
  DistributionRecord,
  InfrastructureRecord,
  PipelineRecord,
  RecipeRecord,
} from './image-builder-records.ts';

type Creation<Record> = Omit<Record, 'arn' | 'tags'> & {
  readonly tags?: { [key: string]: string };
};

/**
 * Components, recipes, infrastructure and distribution configurations, and pipelines: what templates make, and what refers
 * to what. Name and version of a component or recipe are unique, and nothing that is referred to can be deleted.
 * @see CloudFormation, `AWS::ImageBuilder::Component` and `::ImageRecipe`: a change of content replaces
 */
export class ImageBuilderConfigurations {
  readonly components = new Map<string, ComponentRecord>();
  readonly recipes = new Map<string, RecipeRecord>();
  readonly infrastructures = new Map<string, InfrastructureRecord>();
  readonly distributions = new Map<string, DistributionRecord>();
  readonly pipelines = new Map<string, PipelineRecord>();
  private readonly world: World;
  private readonly place: Place;

  constructor(parts: { world: World; place: Place }) {
    this.world = parts.world;
    this.place = parts.place;
  }

  /**
   * Makes a component. A version with a wildcard (`1.0.x`) is counted up.
   * @throws ResourceAlreadyExistsException when name and version exist
   */
  createComponent(creation: Creation<ComponentRecord>): ComponentRecord {
    const beforeVersion = this.arn('component', creation.name);
    const version = this.newVersion(beforeVersion, creation.version, [...this.components.keys()]);
    const arn = `${beforeVersion}/${version}/1`;
    const record: ComponentRecord = {
      ...this.created(creation),
      owner: this.place.accountId,
      version,
      arn,
    };
    this.components.set(arn, record);
    return record;
  }

  /**
   * Makes a recipe. A version with a wildcard (`1.0.x`) is counted up.
   * @throws ResourceAlreadyExistsException when name and version exist
   * @throws InvalidParameterValueException when a component of this account is missing
   */
  createRecipe(creation: Creation<RecipeRecord>): RecipeRecord {
    for (const component of creation.components ?? []) {
      this.componentVersion(component.componentArn ?? '');
    }
    const beforeVersion = this.arn('image-recipe', creation.name);
    const version = this.newVersion(beforeVersion, creation.version, [...this.recipes.keys()]);
    const arn = `${beforeVersion}/${version}`;
    const record: RecipeRecord = {
      ...this.created(creation),
      owner: this.place.accountId,
      version,
      arn,
    };
    this.recipes.set(arn, record);
    return record;
  }

  /** @throws ResourceAlreadyExistsException when the name exists */
  createInfrastructure(creation: Creation<InfrastructureRecord>): InfrastructureRecord {
    const arn = this.newArn('infrastructure-configuration', creation.name, this.infrastructures);
    const record: InfrastructureRecord = { ...this.created(creation), arn };
    this.infrastructures.set(arn, record);
    return record;
  }

  /** @throws ResourceAlreadyExistsException when the name exists */
  createDistribution(creation: Creation<DistributionRecord>): DistributionRecord {
    const arn = this.newArn('distribution-configuration', creation.name, this.distributions);
    const record: DistributionRecord = { ...this.created(creation), arn };
    this.distributions.set(arn, record);
    return record;
  }

  /**
   * @throws ResourceAlreadyExistsException when the name exists
   * @throws InvalidParameterValueException when what it refers to is missing
   */
  createPipeline(creation: Creation<PipelineRecord>): PipelineRecord {
    const arn = this.newArn('image-pipeline', creation.name, this.pipelines);
    this.requireReferences(creation);
    const record: PipelineRecord = { ...this.created(creation), arn };
    this.pipelines.set(arn, record);
    return record;
  }

  /** Writes over a configuration or pipeline that can be updated in place. */
  update<Record extends { arn: string }>(
    records: Map<string, Record>,
    arn: string,
    change: Partial<Record>,
  ): Record {
    const updated: Record = { ...this.existing(records, arn), ...change, dateUpdated: this.now() };
    records.set(arn, updated);
    return updated;
  }

  /** @throws InvalidParameterValueException when a recipe, infrastructure or distribution configuration is missing */
  requireReferences(pipeline: Partial<PipelineRecord>): void {
    const references: readonly [string, string | undefined, ReadonlyMap<string, unknown>][] = [
      [
        'infrastructureConfigurationArn',
        pipeline.infrastructureConfigurationArn,
        this.infrastructures,
      ],
      ['distributionConfigurationArn', pipeline.distributionConfigurationArn, this.distributions],
    ];
    for (const [member, arn, records] of references) {
      if (arn !== undefined && !records.has(arn)) {
        throw new AwsError(
          'InvalidParameterValueException',
          `The value supplied for parameter '${member}' is not valid. ${arn} does not exist.`,
        );
      }
    }
    if (pipeline.imageRecipeArn !== undefined) {
      this.recipe(pipeline.imageRecipeArn);
    }
  }

  /** @throws ResourceDependencyException while a recipe names it */
  deleteComponent(arn: string): void {
    const used = [...this.recipes.values()].find((recipe) =>
      recipe.components?.some((component) => component.componentArn === arn),
    );
    this.refuseWhileUsed(arn, used?.arn);
    this.components.delete(arn);
  }

  /** @throws ResourceDependencyException while a pipeline names it */
  deleteRecipe(arn: string): void {
    this.refuseWhileUsed(
      arn,
      this.pipelineWith((pipeline) => pipeline.imageRecipeArn === arn),
    );
    this.recipes.delete(arn);
  }

  /** @throws ResourceDependencyException while a pipeline names it */
  deleteConfiguration(arn: string): void {
    const used = this.pipelineWith(
      (pipeline) =>
        pipeline.infrastructureConfigurationArn === arn ||
        pipeline.distributionConfigurationArn === arn,
    );
    this.refuseWhileUsed(arn, used);
    this.infrastructures.delete(arn);
    this.distributions.delete(arn);
  }

  deletePipeline(arn: string): void {
    this.pipelines.delete(arn);
  }

  /** @throws ResourceNotFoundException */
  existing<Record>(records: ReadonlyMap<string, Record>, arn: string): Record {
    const record = records.get(arn);
    if (record === undefined) {
      throw new AwsError(
        'ResourceNotFoundException',
        `The resource with ARN '${arn}' does not exist.`,
        404,
      );
    }
    return record;
  }

  /** The recipe that an ARN means now; its version may be a wildcard. */
  recipe(arn: string): RecipeRecord {
    const exact = this.resolve(arn, [...this.recipes.keys()]);
    if (exact === undefined) {
      throw new AwsError(
        'InvalidParameterValueException',
        `The value supplied for parameter 'imageRecipeArn' is not valid. ${arn} does not exist.`,
      );
    }
    return this.existing(this.recipes, exact);
  }

  /** The ARN that a component reference means now. Components of AWS are taken as they are named. */
  componentVersion(arn: string): string {
    const parts = readVersionedArn(arn);
    if (parts?.account.startsWith('aws')) {
      return arn;
    }
    const exact = this.resolve(arn, [...this.components.keys()]);
    if (exact === undefined) {
      throw new AwsError(
        'InvalidParameterValueException',
        `The value supplied for parameter 'componentArn' is not valid. ${arn} does not exist.`,
      );
    }
    return exact;
  }

  private resolve(arn: string, existing: readonly string[]): string | undefined {
    const wanted = readVersionedArn(arn);
    const family = existing
      .map((candidate) => ({ arn: candidate, parts: readVersionedArn(candidate) }))
      .filter(({ parts }) => parts?.beforeVersion === wanted?.beforeVersion);
    const version = latestMatching(
      wanted?.version ?? '',
      family.map(({ parts }) => parts?.version ?? ''),
    );
    return family.find(({ parts }) => parts?.version === version)?.arn;
  }

  private newVersion(beforeVersion: string, pattern: string, existing: readonly string[]): string {
    const versions = existing
      .map(readVersionedArn)
      .flatMap((parts) => (parts?.beforeVersion === beforeVersion ? [parts.version] : []));
    const version = versionToCreate(pattern, versions);
    if (versions.includes(version)) {
      throw new AwsError(
        'ResourceAlreadyExistsException',
        `The resource '${beforeVersion}/${version}' already exists.`,
      );
    }
    return version;
  }

  private newArn(
    kind: 'infrastructure-configuration' | 'distribution-configuration' | 'image-pipeline',
    name: string,
    existing: ReadonlyMap<string, unknown>,
  ): string {
    const arn = this.arn(kind, name);
    if (existing.has(arn)) {
      throw new AwsError('ResourceAlreadyExistsException', `The resource '${arn}' already exists.`);
    }
    return arn;
  }

  private created<Record>(creation: Record & { readonly tags?: { [key: string]: string } }) {
    return { ...creation, tags: creation.tags ?? {}, dateCreated: this.now() };
  }

  private pipelineWith(refers: (pipeline: PipelineRecord) => boolean): string | undefined {
    return [...this.pipelines.values()].find(refers)?.arn;
  }

  private refuseWhileUsed(arn: string, usedBy: string | undefined): void {
    if (usedBy !== undefined) {
      throw new AwsError(
        'ResourceDependencyException',
        `The resource '${arn}' is referenced by '${usedBy}' and cannot be deleted.`,
      );
    }
  }

  private arn(kind: Parameters<typeof imageBuilderArn>[1], name: string): string {
    return imageBuilderArn(this.place, kind, arnName(name));
  }

  private now(): string {
    return new Date(this.world.nowMs()).toISOString();
  }
}
