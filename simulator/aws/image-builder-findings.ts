import type {
  ImageScanFinding,
  ListImageScanFindingAggregationsRequest,
  ListImageScanFindingAggregationsResponse,
  ListImageScanFindingsRequest,
  ListImageScanFindingsResponse,
} from '@aws-sdk/client-imagebuilder';
import { AwsError, type Operation, type Permission } from '../contract.ts';
import type { ImageBuilder } from './image-builder.ts';
import { imageBuilderArn } from './image-builder-names.ts';
import type { ImageRecord } from './image-builder-records.ts';
import { aggregate, pageOf } from './image-builder-shapes.ts';

/** What scans found. Shown once the scan of an image is COMPLETED. */
export function findingOperations(builder: ImageBuilder) {
  const aggregations: Operation<
    ListImageScanFindingAggregationsRequest,
    ListImageScanFindingAggregationsResponse
  > = {
    authorize: (input) =>
      findingPermissions(
        builder,
        'ListImageScanFindingAggregations',
        input.filter ? [input.filter] : [],
      ),
    run: (input) => {
      const kind = input.filter?.name ?? 'accountId';
      if (kind !== 'accountId' && kind !== 'imageBuildVersionArn' && kind !== 'imagePipelineArn') {
        throw new AwsError('InvalidParameterException', `The filter '${kind}' is not supported.`);
      }
      const scanned = selected(builder, input.filter ? [input.filter] : []);
      const { page, nextToken } = pageOf(aggregate(kind, scanned, builder.place), input);
      return { aggregationType: kind, responses: page, nextToken };
    },
  };
  const findings: Operation<ListImageScanFindingsRequest, ListImageScanFindingsResponse> = {
    authorize: (input) => [
      ...findingPermissions(builder, 'ListImageScanFindings', input.filters ?? []),
      { action: 'inspector2:ListFindings', resource: '*' },
    ],
    run: (input) => {
      const all = selected(builder, input.filters ?? []).flatMap((image) =>
        findingsOf(builder, image),
      );
      const wanted = (input.filters ?? []).find(({ name }) => name === 'severity')?.values;
      const { page, nextToken } = pageOf(
        all.filter(({ severity }) => wanted?.includes(severity ?? '') ?? true),
        input,
      );
      return { findings: page, nextToken };
    },
  };
  return { ListImageScanFindingAggregations: aggregations, ListImageScanFindings: findings };
}

type NamedValues = {
  readonly name?: string | undefined;
  readonly values?: readonly string[] | undefined;
};

const FILTERS = ['accountId', 'imageBuildVersionArn', 'imagePipelineArn', 'severity'];

/** @throws InvalidParameterException for a filter that is not simulated */
function selected(builder: ImageBuilder, filters: readonly NamedValues[]): readonly ImageRecord[] {
  const unknown = filters.find(({ name }) => !FILTERS.includes(name ?? ''));
  if (unknown !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      `The filter '${unknown.name}' is not supported.`,
    );
  }
  const scanned = [...builder.images.values()].filter(
    (image) => image.scan?.status === 'COMPLETED',
  );
  return scanned.filter((image) =>
    filters.every(({ name, values = [] }) => {
      const own = {
        accountId: builder.place.accountId,
        imageBuildVersionArn: image.arn,
        imagePipelineArn: image.pipeline.arn,
      };
      return (
        name === 'severity' || values.length === 0 || values.includes(own[name as keyof typeof own])
      );
    }),
  );
}

/** One finding per counted one; what is in `all` alone is LOW. */
function findingsOf(builder: ImageBuilder, image: ImageRecord): readonly ImageScanFinding[] {
  const { all, critical, high, medium } = image.outcome.findings;
  const low = Math.max(0, all - critical - high - medium);
  const counts: readonly [string, number][] = [
    ['CRITICAL', critical],
    ['HIGH', high],
    ['MEDIUM', medium],
    ['LOW', low],
  ];
  return counts.flatMap(([severity, count]) =>
    Array.from({ length: count }, (_, index) => {
      const vulnerabilityId = `CVE-2026-${severity.charCodeAt(0)}${String(index + 1).padStart(3, '0')}`;
      return {
        awsAccountId: builder.place.accountId,
        imageBuildVersionArn: image.arn,
        imagePipelineArn: image.pipeline.arn,
        type: 'PACKAGE_VULNERABILITY',
        severity,
        title: `${vulnerabilityId} - simulated-package`,
        fixAvailable: 'YES',
        packageVulnerabilityDetails: { vulnerabilityId },
      };
    }),
  );
}

/** Asked on what the filter names; on every image when it names none. */
function findingPermissions(
  builder: ImageBuilder,
  operation: string,
  filters: readonly NamedValues[],
): readonly Permission[] {
  const named = filters
    .filter(({ name }) => name === 'imageBuildVersionArn' || name === 'imagePipelineArn')
    .flatMap(({ values = [] }) => values);
  const resources = named.length > 0 ? named : [imageBuilderArn(builder.place, 'image', '*')];
  return resources.map((resource) => ({ action: `imagebuilder:${operation}`, resource }));
}
