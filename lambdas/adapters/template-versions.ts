import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { ErrorName, KilnError } from '../core/errors.ts';
import { describeTemplateVersions } from './launch-templates.ts';

interface WantedVersion {
  readonly launchTemplateId: string;
  readonly sourceVersion: string;
  readonly imageId: string;
  readonly description: string;
  /** The same for every try of this rollout. At most 128 ASCII characters. */
  readonly clientToken: string;
}

/** Numbers of the versions after the source that have this description. */
export async function findTemplateVersions(
  client: EC2Client,
  wanted: Pick<WantedVersion, 'launchTemplateId' | 'sourceVersion' | 'description'>,
): Promise<readonly string[]> {
  const { launchTemplateId: LaunchTemplateId, sourceVersion: MinVersion, description } = wanted;
  const since = await describeTemplateVersions(client, { LaunchTemplateId, MinVersion });
  return since.flatMap(({ VersionDescription: said, VersionNumber: number }) =>
    said === description && number !== undefined ? [String(number)] : [],
  );
}

/**
 * Makes a version that differs from the source in its image alone. Idempotent by client token where EC2 remembers it;
 * who may have asked before looks for what was made first.
 *
 * @returns the version's number, and EC2's warnings about what it says
 */
export async function makeTemplateVersion(
  client: EC2Client,
  wanted: WantedVersion,
): Promise<{ readonly version: string; readonly warnings: string }> {
  const { launchTemplateId: LaunchTemplateId, sourceVersion, description } = wanted;
  const { LaunchTemplateVersion: made, Warning: warning } = await client.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId,
      SourceVersion: sourceVersion,
      VersionDescription: description,
      LaunchTemplateData: { ImageId: wanted.imageId },
      ClientToken: wanted.clientToken,
    }),
  );
  if (made?.VersionNumber === undefined) {
    const message = `CreateLaunchTemplateVersion of ${LaunchTemplateId} answered without a version number`;
    throw new KilnError(ErrorName.Unexpected, message);
  }
  const warnings = (warning?.Errors ?? []).map((one) => `${one.Code}: ${one.Message}`).join('; ');
  return { version: String(made.VersionNumber), warnings };
}

/** Idempotent: a version that is not there is deleted. @throws KilnError Unexpected when EC2 keeps it */
export async function deleteTemplateVersion(
  client: EC2Client,
  launchTemplateId: string,
  version: string,
): Promise<void> {
  const { UnsuccessfullyDeletedLaunchTemplateVersions: kept = [] } = await client.send(
    new DeleteLaunchTemplateVersionsCommand({
      LaunchTemplateId: launchTemplateId,
      Versions: [version],
    }),
  );
  const because = kept.filter(
    (one) => one.ResponseError?.Code !== 'launchTemplateVersionDoesNotExist',
  );
  if (because.length > 0) {
    const said = because.map((one) => `${one.ResponseError?.Code}: ${one.ResponseError?.Message}`);
    throw new KilnError(
      ErrorName.Unexpected,
      `EC2 keeps version ${version} of ${launchTemplateId}: ${said.join('; ')}`,
    );
  }
}
