import type { Catalogue, ImagePolicy } from '../../lambdas/core/policy.ts';

/** A component of an image: one that exists, or a document that becomes one. */
export type ComponentSource =
  | { readonly kind: 'existing'; readonly arn: string }
  | {
      readonly kind: 'document';
      /** Of the file without its ending; unique within the image. */
      readonly name: string;
      /** As the catalogue names it. */
      readonly file: string;
      readonly data: string;
    };

/** What baking an image takes, beside what the workflows obey. */
export interface ImageBuild {
  readonly platform: 'Linux' | 'Windows';
  readonly components: readonly ComponentSource[];
  readonly instanceTypes: readonly string[];
  /** `sizeGibibytes` absent: as large as that of the base image. */
  readonly rootVolume: { readonly device: string; readonly sizeGibibytes?: number | undefined };
  /** Absent: the default VPC. */
  readonly network?:
    | { readonly subnetId: string; readonly securityGroupIds: readonly string[] }
    | undefined;
}

/**
 * A catalogue without mistakes, its defaults filled in: the policy that the workflows obey, all but the ARNs of the
 * pipelines that are still to be made, and what making them takes.
 */
export interface CheckedCatalogue extends Omit<Catalogue, 'images'> {
  readonly images: Readonly<Record<string, Omit<ImagePolicy, 'pipelineArn'>>>;
  readonly builds: Readonly<Record<string, ImageBuild>>;
  /** Name or ARN of each fleet's instance role, by fleet. */
  readonly instanceRoles: Readonly<Record<string, string>>;
  readonly checkBaseImagesEverySeconds: number;
  readonly sweepEverySeconds: number;
  /** Whether notifications of questions hold a link to answer by, which takes a public address. */
  readonly approvalLinks: boolean;
}

/** @throws Error when an image has no pipeline. */
export function withPipelines(
  catalogue: CheckedCatalogue,
  pipelineArns: Readonly<Record<string, string>>,
): Catalogue {
  const { hub, look, fleets, waves } = catalogue;
  const images = Object.entries(catalogue.images).map(([name, image]) => {
    const pipelineArn = pipelineArns[name];
    if (pipelineArn === undefined) {
      const came = Object.keys(pipelineArns).join(', ') || 'none';
      throw new Error(
        `expected a pipeline for each image, "${name}" has none; came pipelines: ${came}`,
      );
    }
    return [name, { ...image, pipelineArn }] as const;
  });
  return { hub, look, images: Object.fromEntries(images), fleets, waves };
}
