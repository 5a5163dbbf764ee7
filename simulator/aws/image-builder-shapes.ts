import type {
  GetImageResponse,
  Image,
  ImageScanFindingAggregation,
  ImageSummary,
  ImageVersion,
} from '@aws-sdk/client-imagebuilder';
import { AwsError, type Place } from '../contract.ts';
import { readVersionedArn, versionReferences } from './image-builder-names.ts';
import type { FindingCounts, ImageRecord } from './image-builder-records.ts';

/** The records as the API shows them. */

const shortArn = (image: ImageRecord) => image.arn.slice(0, image.arn.lastIndexOf('/'));

/** `version` of an image is `<x.y.z>/<build>`, as in the console and in ImageSummary's samples. */
function sharedMembers(image: ImageRecord) {
  return {
    arn: image.arn,
    type: 'AMI',
    name: image.recipe.name,
    version: `${image.version}/${readVersionedArn(image.arn)?.build}`,
    platform: image.recipe.platform ?? 'Linux',
    state: {
      status: image.status,
      ...(image.reason === undefined ? {} : { reason: image.reason }),
    },
    dateCreated: new Date(image.createdAtMs).toISOString(),
    outputResources: { amis: image.amis },
    tags: image.tags,
    buildType: 'USER_INITIATED',
  } as const satisfies Image;
}

export function showImage(image: ImageRecord): GetImageResponse {
  const { pipeline } = image;
  const shown: Image = {
    ...sharedMembers(image),
    enhancedImageMetadataEnabled: pipeline.enhancedImageMetadataEnabled,
    imageRecipe: image.recipe,
    sourcePipelineName: pipeline.name,
    sourcePipelineArn: pipeline.arn,
    infrastructureConfiguration: image.infrastructure,
    distributionConfiguration: image.distribution,
    imageTestsConfiguration: pipeline.imageTestsConfiguration,
    imageScanningConfiguration: pipeline.imageScanningConfiguration,
    scanState: image.scan,
  };
  const references = versionReferences(
    shortArn(image).slice(0, shortArn(image).lastIndexOf('/')),
    image.version,
  );
  return { image: shown, latestVersionReferences: references };
}

export function showSummary(image: ImageRecord, place: Place): ImageSummary {
  return { ...sharedMembers(image), owner: place.accountId };
}

export function showVersion(image: ImageRecord, place: Place): ImageVersion {
  const {
    state: _state,
    outputResources: _outputResources,
    tags: _tags,
    ...members
  } = sharedMembers(image);
  return { ...members, arn: shortArn(image), version: image.version, owner: place.accountId };
}

/** The sum of the findings of several images. */
export function addFindings(images: readonly ImageRecord[]): FindingCounts {
  const total = { all: 0, critical: 0, high: 0, medium: 0 };
  for (const { outcome } of images) {
    total.all += outcome.findings.all;
    total.critical += outcome.findings.critical;
    total.high += outcome.findings.high;
    total.medium += outcome.findings.medium;
  }
  return total;
}

/** One answer per name that has scanned images. */
export function aggregate(
  kind: 'accountId' | 'imageBuildVersionArn' | 'imagePipelineArn',
  scanned: readonly ImageRecord[],
  place: Place,
): readonly ImageScanFindingAggregation[] {
  const groups = new Map<string, ImageRecord[]>();
  for (const image of scanned) {
    const name = {
      accountId: place.accountId,
      imageBuildVersionArn: image.arn,
      imagePipelineArn: image.pipeline.arn,
    }[kind];
    groups.set(name, [...(groups.get(name) ?? []), image]);
  }
  return [...groups].map(([name, images]) => {
    const severityCounts = addFindings(images);
    switch (kind) {
      case 'accountId':
        return { accountAggregation: { accountId: name, severityCounts } };
      case 'imageBuildVersionArn':
        return { imageAggregation: { imageBuildVersionArn: name, severityCounts } };
      case 'imagePipelineArn':
        return { imagePipelineAggregation: { imagePipelineArn: name, severityCounts } };
      default:
        return kind satisfies never;
    }
  });
}

const PAGE_MAX = 25;

/**
 * One page of a list. The token is the offset, opaque to the caller.
 * @throws InvalidPaginationTokenException
 */
export function pageOf<Item>(
  items: readonly Item[],
  request: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
): { page: Item[]; nextToken?: string } {
  const offset =
    request.nextToken === undefined
      ? 0
      : Number(Buffer.from(request.nextToken, 'base64').toString());
  if (!Number.isInteger(offset) || offset < 0) {
    throw new AwsError('InvalidPaginationTokenException', 'The pagination token is not valid.');
  }
  const end = offset + Math.min(request.maxResults ?? PAGE_MAX, PAGE_MAX);
  const page = items.slice(offset, end);
  return end < items.length
    ? { page, nextToken: Buffer.from(String(end)).toString('base64') }
    : { page };
}
