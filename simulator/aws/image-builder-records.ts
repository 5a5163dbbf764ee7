import type {
  Ami,
  Component,
  DistributionConfiguration,
  ImagePipeline,
  ImageRecipe,
  ImageScanStatus,
  ImageStatus,
  InfrastructureConfiguration,
  LatestVersionReferences,
} from '@aws-sdk/client-imagebuilder';
import type { Cancellable, ImageBehaviour } from '../contract.ts';

/** What Image Builder keeps, in the SDK's own shapes where the API shows the record as it is. */

type With<Shape, Known extends keyof Shape> = Omit<Shape, Known> & {
  [Member in Known]-?: NonNullable<Shape[Member]>;
};

export type ImageVersionReferences = Required<LatestVersionReferences>;
export type ComponentRecord = With<Component, 'arn' | 'name' | 'version' | 'tags'>;
export type RecipeRecord = With<ImageRecipe, 'arn' | 'name' | 'version' | 'parentImage' | 'tags'>;
export type InfrastructureRecord = With<InfrastructureConfiguration, 'arn' | 'name' | 'tags'>;
export type DistributionRecord = With<DistributionConfiguration, 'arn' | 'name' | 'tags'>;
export type PipelineRecord = With<
  ImagePipeline,
  'arn' | 'name' | 'imageRecipeArn' | 'tags' | 'status'
>;

/** Findings by severity, as ListImageScanFindingAggregations counts them: low ones only inside `all`. */
export interface FindingCounts {
  readonly all: number;
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
}

/** A bake, as the plan of the world sees it before it begins. */
export interface PlannedBake {
  readonly pipelineArn: string;
  readonly recipeName: string;
  /** 1 for the first bake of this pipeline. */
  readonly ordinal: number;
  readonly parentImageId: string;
}

/** What the world has in store for a bake. */
export interface BakeOutcome {
  /** From the start until the image is AVAILABLE. */
  readonly seconds: number;
  readonly failure?: {
    readonly status: 'FAILED';
    readonly reason: string;
    readonly afterSeconds: number;
  };
  readonly behaviour: ImageBehaviour;
  readonly findings: FindingCounts;
  /** From AVAILABLE until the scan is done, where a scan follows the image. */
  readonly scanSeconds: number;
  /** How the scan ends; COMPLETED if absent. */
  readonly scanStatus?: 'COMPLETED' | 'FAILED' | 'TIMED_OUT' | 'ABANDONED';
}
export type BakePlan = (bake: PlannedBake) => BakeOutcome;

/** One build of an image. Mutable: the timeline writes it. */
export interface ImageRecord {
  readonly arn: string;
  readonly name: string;
  readonly version: string;
  readonly pipeline: PipelineRecord;
  readonly recipe: RecipeRecord;
  readonly infrastructure?: InfrastructureRecord;
  readonly distribution?: DistributionRecord;
  readonly tags: Record<string, string>;
  readonly createdAtMs: number;
  readonly parentImageId: string;
  readonly outcome: BakeOutcome;
  status: ImageStatus;
  reason?: string;
  /** The last status before FAILED. */
  failedIn?: ImageStatus;
  scan?: { status: ImageScanStatus; reason?: string };
  amis: Ami[];
  /** What still happens to it. */
  timers: Cancellable[];
  cancelledBy?: string;
}
