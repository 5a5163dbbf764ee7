import {
  DescribeImagesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type Image,
  type LaunchTemplateVersion,
} from '@aws-sdk/client-ec2';
import type {
  ImageState,
  TemplateVersionObservation,
  VolumeObservation,
} from '../core/observation.ts';
import { awsCode } from './aws-errors.ts';

const VERSION_MISSING = /^InvalidLaunchTemplate(Id|Name)?\.(VersionNotFound|NotFound|Malformed)/;

interface BlockDevice {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: { readonly VolumeSize?: number | undefined } | undefined;
}

/** One version by number, `$Latest` or `$Default`; undefined where EC2 has none such. */
export async function observeTemplateVersion(
  client: EC2Client,
  launchTemplateId: string,
  version: string,
): Promise<TemplateVersionObservation | undefined> {
  const found = await describeTemplateVersions(client, {
    LaunchTemplateId: launchTemplateId,
    Versions: [version],
  });
  const [one] = found;
  if (one?.VersionNumber === undefined) return undefined;
  const { ImageId: imageId, BlockDeviceMappings: mappings = [] } = one.LaunchTemplateData ?? {};
  return {
    launchTemplateId,
    version: String(one.VersionNumber),
    imageId,
    resolvesSsm: imageId?.startsWith('resolve:ssm:') ?? false,
    usesInstanceRequirements: one.LaunchTemplateData?.InstanceRequirements !== undefined,
    volumesFromSnapshots: mappings.flatMap(({ DeviceName: device = '', Ebs: ebs }) =>
      ebs?.SnapshotId === undefined ? [] : [{ device, snapshotId: ebs.SnapshotId }],
    ),
    volumes: volumesOf(mappings),
  };
}

/** All that fit the input; none where EC2 knows no such template or version. */
export async function describeTemplateVersions(
  client: EC2Client,
  input: { LaunchTemplateId: string; Versions?: string[]; MinVersion?: string },
): Promise<readonly LaunchTemplateVersion[]> {
  const found: LaunchTemplateVersion[] = [];
  let token: string | undefined;
  try {
    do {
      const page = await client.send(
        new DescribeLaunchTemplateVersionsCommand({
          ...input,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      found.push(...(page.LaunchTemplateVersions ?? []));
      token = page.NextToken;
    } while (token !== undefined && token !== '');
  } catch (error) {
    if (VERSION_MISSING.test(awsCode(error) ?? '')) return [];
    throw error;
  }
  return found;
}

const volumesOf = (mappings: readonly BlockDevice[]): readonly VolumeObservation[] =>
  mappings.flatMap(({ DeviceName: device = '', Ebs: ebs }) =>
    ebs?.VolumeSize === undefined ? [] : [{ device, gibibytes: ebs.VolumeSize }],
  );

/** The volumes that every instance of the image has; none where EC2 does not know the image. */
export const observeImageVolumes = async (
  client: EC2Client,
  imageId: string,
): Promise<readonly VolumeObservation[]> =>
  volumesOf((await findImage(client, imageId))?.BlockDeviceMappings ?? []);

export const observeImageState = async (client: EC2Client, imageId: string): Promise<ImageState> =>
  (await findImage(client, imageId))?.State ?? 'missing';

async function findImage(client: EC2Client, imageId: string): Promise<Image | undefined> {
  try {
    const { Images: images = [] } = await client.send(
      // Disabled images are left out otherwise (EC2 API reference, DescribeImages).
      new DescribeImagesCommand({ ImageIds: [imageId], IncludeDisabled: true }),
    );
    return images[0];
  } catch (error) {
    if (awsCode(error)?.startsWith('InvalidAMIID.')) return undefined;
    throw error;
  }
}
