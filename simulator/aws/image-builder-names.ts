import { createHash } from 'node:crypto';
import { AwsError, type Place } from '../contract.ts';
import type { ImageVersionReferences } from './image-builder-records.ts';

/** How Image Builder names things: ARNs, semantic versions, wildcards. */

/** A version as three parts; `undefined` is the wildcard `x`. */
type VersionPattern = readonly [number | undefined, number | undefined, number | undefined];

/** The path part that Image Builder makes of a name: lower case, hyphens for spaces. */
export function arnName(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

export type ResourceKind =
  | 'component'
  | 'image-recipe'
  | 'image'
  | 'image-pipeline'
  | 'infrastructure-configuration'
  | 'distribution-configuration';

export function imageBuilderArn(place: Place, kind: ResourceKind, path: string): string {
  return `arn:${place.partition}:imagebuilder:${place.region}:${place.accountId}:${kind}/${path}`;
}

/**
 * Reads `1.2.3`, `1.2.x`, `1.x.x` or `x.x.x`: everything right of the first x must be x.
 * @throws InvalidVersionNumberException
 */
function parseVersion(text: string): VersionPattern {
  const match = /^(\d+|x)\.(\d+|x)\.(\d+|x)$/.exec(text);
  const parts = match?.slice(1).map((part) => (part === 'x' ? undefined : Number(part))) ?? [];
  const firstWildcard = parts.indexOf(undefined);
  const wellFormed =
    match && (firstWildcard < 0 || parts.slice(firstWildcard).every((part) => part === undefined));
  if (!wellFormed) {
    throw new AwsError('InvalidVersionNumberException', `Invalid semantic version: ${text}`);
  }
  return [parts[0], parts[1], parts[2]];
}

function compareVersions(left: string, right: string): number {
  const rightParts = parseVersion(right);
  for (const [index, part] of parseVersion(left).entries()) {
    const difference = (part ?? 0) - (rightParts[index] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/** The highest of the versions that a version or wildcard means. */
export function latestMatching(pattern: string, versions: readonly string[]): string | undefined {
  const wanted = parseVersion(pattern);
  const matching = versions.filter((version) =>
    parseVersion(version).every(
      (part, index) => wanted[index] === undefined || wanted[index] === part,
    ),
  );
  return matching.sort(compareVersions).at(-1);
}

/**
 * The version that a creation with this version gets: itself, or for a wildcard the next one (the leftmost `x` is counted
 * up and what stands right of it begins at 0). What AWS does for more than one `x` is not documented.
 * @see Image Builder user guide, "Semantic versioning in Image Builder" (ibhow-semantic-versioning)
 */
export function versionToCreate(pattern: string, existing: readonly string[]): string {
  const parts = parseVersion(pattern);
  const firstWildcard = parts.indexOf(undefined);
  if (firstWildcard < 0) {
    return pattern;
  }
  const latest = latestMatching(pattern, existing);
  const next = latest === undefined ? 0 : (parseVersion(latest)[firstWildcard] ?? 0) + 1;
  return parts.map((part, index) => (index === firstWildcard ? next : (part ?? 0))).join('.');
}

/** The four ARNs that follow a version: `x.x.x`, `1.x.x`, `1.2.x`, `1.2.3`. */
export function versionReferences(
  arnBeforeVersion: string,
  version: string,
): ImageVersionReferences {
  const [major, minor] = parseVersion(version);
  return {
    latestVersionArn: `${arnBeforeVersion}/x.x.x`,
    latestMajorVersionArn: `${arnBeforeVersion}/${major}.x.x`,
    latestMinorVersionArn: `${arnBeforeVersion}/${major}.${minor}.x`,
    latestPatchVersionArn: `${arnBeforeVersion}/${version}`,
  };
}

/** `arn:…:image/web/1.x.x` or `…/1.2.3/4` in parts; `undefined` for anything else. */
export function readVersionedArn(
  arn: string,
):
  | { beforeVersion: string; account: string; version: string; build: number | undefined }
  | undefined {
  const match =
    /^(arn:aws[^:]*:imagebuilder:[^:]+:([0-9]{12}|aws[a-z-]*):[a-z-]+\/[a-z0-9_-]+)\/((?:\d+|x)\.(?:\d+|x)\.(?:\d+|x))(?:\/(\d+))?$/.exec(
      arn,
    );
  const [, beforeVersion, account, version, build] = match ?? [];
  if (beforeVersion === undefined || account === undefined || version === undefined) {
    return undefined;
  }
  return {
    beforeVersion,
    account,
    version,
    build: build === undefined ? undefined : Number(build),
  };
}

/** An AMI id that belongs to what is named: the same seed and name, the same id. */
export function imageIdFor(seed: number, name: string): string {
  return `ami-${createHash('sha256').update(`${seed}:${name}`).digest('hex').slice(0, 17)}`;
}
