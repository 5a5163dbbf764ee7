import {
  CancelImageCreationCommand,
  GetImageCommand,
  type Image,
  type ImagebuilderClient,
  ListImageScanFindingAggregationsCommand,
  paginateListImagePipelineImages,
  StartImagePipelineExecutionCommand,
} from '@aws-sdk/client-imagebuilder';
import { ErrorName, KilnError } from '../core/errors.ts';
import { awsCode, isAws } from './aws-errors.ts';

export interface ImageReading {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly imageId?: string | undefined;
  readonly scanStatus?: string | undefined;
  readonly sourcePipelineArn?: string | undefined;
}

/** The image of this build version, with its AMI in the Region and account that ask. */
export async function readImage(
  client: ImagebuilderClient,
  buildVersionArn: string,
): Promise<ImageReading> {
  const { image } = await client.send(
    new GetImageCommand({ imageBuildVersionArn: buildVersionArn }),
  );
  if (image?.state?.status === undefined) {
    throw new KilnError(ErrorName.Unexpected, `GetImage of ${buildVersionArn} gave no status`);
  }
  return {
    status: image.state.status,
    reason: image.state.reason,
    imageId: amiHere(image, buildVersionArn),
    scanStatus: image.scanState?.status,
    sourcePipelineArn: image.sourcePipelineArn,
  };
}

/** One entry per Region and account (Image Builder API, OutputResources): ours is the ARN's. */
function amiHere(image: Image, buildVersionArn: string): string | undefined {
  const [, , , region, accountId] = buildVersionArn.split(':');
  return image.outputResources?.amis?.find(
    (ami) => ami.region === region && (ami.accountId === undefined || ami.accountId === accountId),
  )?.image;
}

/** The tag by which a retry finds the bake that it asked for. */
const RELEASE_TAG = 'kiln:release';

interface WantedBake {
  readonly pipelineArn: string;
  readonly releaseId: string;
  readonly image: string;
  readonly version: string;
  /** The same for every try of this release. At most 64 characters. */
  readonly clientToken: string;
}

/**
 * Starts the pipeline. Idempotent by client token as long as Image Builder remembers it, which is not documented;
 * `findBake` comes first when a try may have been made before.
 *
 * @throws KilnError Busy while another execution of the pipeline is in the way
 */
export async function startBake(client: ImagebuilderClient, wanted: WantedBake): Promise<string> {
  try {
    const { imageBuildVersionArn } = await client.send(
      new StartImagePipelineExecutionCommand({
        imagePipelineArn: wanted.pipelineArn,
        clientToken: wanted.clientToken,
        tags: {
          [RELEASE_TAG]: wanted.releaseId,
          'kiln:image': wanted.image,
          'kiln:version': wanted.version,
        },
      }),
    );
    if (imageBuildVersionArn !== undefined) return imageBuildVersionArn;
  } catch (error) {
    if (!isAws(error, 'ResourceInUseException')) throw error;
    throw new KilnError(
      ErrorName.Busy,
      `pipeline ${wanted.pipelineArn} is building an image that is not of release ${wanted.releaseId}`,
      { cause: error },
    );
  }
  throw new KilnError(
    ErrorName.Unexpected,
    `StartImagePipelineExecution of ${wanted.pipelineArn} answered without an image ARN`,
  );
}

/** The bake of this release, if an earlier try has started one. */
export async function findBake(
  client: ImagebuilderClient,
  pipelineArn: string,
  releaseId: string,
): Promise<string | undefined> {
  const pages = paginateListImagePipelineImages({ client }, { imagePipelineArn: pipelineArn });
  for await (const page of pages) {
    const ours = page.imageSummaryList?.find((one) => one.tags?.[RELEASE_TAG] === releaseId);
    if (ours?.arn !== undefined) return ours.arn;
  }
  return undefined;
}

/** Idempotent: an image that has ended cannot be cancelled, and need not be. */
export async function cancelBake(
  client: ImagebuilderClient,
  buildVersionArn: string,
  clientToken: string,
): Promise<void> {
  try {
    await client.send(
      new CancelImageCreationCommand({ imageBuildVersionArn: buildVersionArn, clientToken }),
    );
  } catch (error) {
    // Which of these says "ended already" is not documented.
    const ended = ['InvalidRequestException', 'ClientException', 'ResourceNotFoundException'];
    if (!ended.includes(awsCode(error) ?? '')) throw error;
  }
}

export interface Findings {
  readonly all: number;
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
}

/** Findings of the image by severity; undefined where Image Builder has none to count. */
export async function readFindings(
  client: ImagebuilderClient,
  buildVersionArn: string,
): Promise<Findings | undefined> {
  const { responses = [] } = await client.send(
    new ListImageScanFindingAggregationsCommand({
      filter: { name: 'imageBuildVersionArn', values: [buildVersionArn] },
    }),
  );
  const counts = responses.find((one) => one.imageAggregation)?.imageAggregation?.severityCounts;
  if (counts === undefined) return undefined;
  const { all = 0, critical = 0, high = 0, medium = 0 } = counts;
  return { all, critical, high, medium };
}
