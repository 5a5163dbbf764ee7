import type {
  LaunchTemplate,
  LaunchTemplateVersion,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { AwsError, type World } from '../contract.ts';
import { randomHex } from '../random.ts';
import { tagRecord } from './fleet-operation.ts';

export interface LaunchTemplateVersionRecord {
  readonly number: number;
  readonly description: string | undefined;
  readonly createdMs: number;
  readonly createdBy: string;
  readonly data: RequestLaunchTemplateData;
}

export interface LaunchTemplateRecord {
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  readonly createdBy: string;
  readonly tags: Record<string, string>;
  readonly versions: Map<number, LaunchTemplateVersionRecord>;
  defaultVersion: number;
  /** Numbers are never used again, even after the version was deleted. */
  lastNumber: number;
}

type TemplateName = {
  LaunchTemplateId?: string | undefined;
  LaunchTemplateName?: string | undefined;
};
interface NewVersion {
  readonly SourceVersion?: string | undefined;
  readonly VersionDescription?: string | undefined;
  readonly LaunchTemplateData?: RequestLaunchTemplateData | undefined;
}

/** Why one version was not deleted. */
interface Refusal {
  readonly code: 'unexpectedError' | 'launchTemplateVersionDoesNotExist';
  readonly message: string;
}

/** Versions per template. @see EC2-UG/launch-template-restrictions */
const VERSION_LIMIT = 10_000;

/** Launch templates and their numbered versions. */
export class LaunchTemplateStore {
  readonly #world: World;
  readonly #random: () => number;
  /** Why an image cannot be launched, for the soft validation of a new version. */
  readonly #imageDoubt: (imageId: string) => string | undefined;
  readonly #templates = new Map<string, LaunchTemplateRecord>();

  constructor(parts: { world: World; imageDoubt: (imageId: string) => string | undefined }) {
    this.#world = parts.world;
    this.#random = parts.world.random('ec2/launch-templates');
    this.#imageDoubt = parts.imageDoubt;
  }

  all(): readonly LaunchTemplateRecord[] {
    return [...this.#templates.values()];
  }

  find(name: TemplateName): LaunchTemplateRecord | undefined {
    if (name.LaunchTemplateId !== undefined) return this.#templates.get(name.LaunchTemplateId);
    return this.all().find((template) => template.name === name.LaunchTemplateName);
  }

  /** @throws InvalidLaunchTemplateId.NotFound, InvalidLaunchTemplateName.NotFoundException, MissingParameter */
  must(name: TemplateName): LaunchTemplateRecord {
    if (name.LaunchTemplateId !== undefined && name.LaunchTemplateName !== undefined)
      throw new AwsError(
        'InvalidParameterCombination',
        'You can specify either the launch template ID or the launch template name, not both.',
      );
    const template = this.find(name);
    if (template !== undefined) return template;
    if (name.LaunchTemplateId !== undefined)
      throw new AwsError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${name.LaunchTemplateId}, does not exist.`,
      );
    if (name.LaunchTemplateName !== undefined)
      throw new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        `The specified launch template, with template name ${name.LaunchTemplateName}, does not exist.`,
      );
    throw new AwsError(
      'MissingParameter',
      'The request must contain either launch template ID or launch template name.',
    );
  }

  /** @throws InvalidLaunchTemplateName.AlreadyExistsException */
  create(
    input: {
      LaunchTemplateName?: string | undefined;
      VersionDescription?: string | undefined;
      LaunchTemplateData?: RequestLaunchTemplateData | undefined;
      TagSpecifications?:
        | readonly {
            Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
          }[]
        | undefined;
    },
    createdBy: string,
    id = `lt-${randomHex(this.#random, 17)}`,
  ): { template: LaunchTemplateRecord; warning: string | undefined } {
    const name = input.LaunchTemplateName ?? '';
    if (this.find({ LaunchTemplateName: name }) !== undefined)
      throw new AwsError(
        'InvalidLaunchTemplateName.AlreadyExistsException',
        'Launch template name already in use.',
      );
    const template: LaunchTemplateRecord = {
      id,
      name,
      createdMs: this.#world.nowMs(),
      createdBy,
      tags: tagRecord(input.TagSpecifications?.flatMap(({ Tags }) => Tags ?? [])),
      versions: new Map(),
      defaultVersion: 1,
      lastNumber: 0,
    };
    const { warning } = this.addVersion(template, input, createdBy);
    this.#templates.set(template.id, template);
    return { template, warning };
  }

  /** With a source version, the data given override its; snapshot ids of the source are dropped. */
  addVersion(
    template: LaunchTemplateRecord,
    input: NewVersion,
    createdBy: string,
  ): { number: number; warning: string | undefined } {
    if (template.versions.size >= VERSION_LIMIT)
      throw new AwsError('VersionLimitExceeded', 'The launch template version limit was exceeded.');
    const base =
      input.SourceVersion === undefined
        ? {}
        : withoutSnapshots(this.version(template, input.SourceVersion).data);
    const data = { ...base, ...input.LaunchTemplateData };
    template.lastNumber += 1;
    const number = template.lastNumber;
    template.versions.set(number, {
      number,
      description: input.VersionDescription,
      createdMs: this.#world.nowMs(),
      createdBy,
      data,
    });
    const literal = data.ImageId?.startsWith('ami-') ? data.ImageId : undefined;
    return { number, warning: literal === undefined ? undefined : this.#imageDoubt(literal) };
  }

  /** By number, `$Latest` or `$Default`. @throws InvalidLaunchTemplateId.VersionNotFound */
  version(template: LaunchTemplateRecord, version: string): LaunchTemplateVersionRecord {
    const number =
      version === '$Latest'
        ? Math.max(...template.versions.keys())
        : version === '$Default'
          ? template.defaultVersion
          : Number(version);
    const found = template.versions.get(number);
    if (found === undefined)
      throw new AwsError(
        'InvalidLaunchTemplateId.VersionNotFound',
        `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
      );
    return found;
  }

  /** The versions that a describe call asks for, newest first. */
  select(
    template: LaunchTemplateRecord,
    wanted: {
      Versions?: string[] | undefined;
      MinVersion?: string | undefined;
      MaxVersion?: string | undefined;
    },
  ): readonly LaunchTemplateVersionRecord[] {
    if (wanted.Versions?.length)
      return wanted.Versions.map((version) => this.version(template, version));
    const least = Number(wanted.MinVersion ?? 1);
    const most = Number(wanted.MaxVersion ?? template.lastNumber);
    return [...template.versions.values()]
      .filter(({ number }) => number >= least && number <= most)
      .reverse();
  }

  /** Answers why the version stays, if it does. */
  remove(template: LaunchTemplateRecord, version: string): Refusal | undefined {
    const number = Number(version);
    if (number === template.defaultVersion)
      return {
        code: 'unexpectedError',
        message: 'Cannot delete the launch template version that is the default version.',
      };
    if (template.versions.delete(number)) return undefined;
    return {
      code: 'launchTemplateVersionDoesNotExist',
      message: `The launch template version ${version} does not exist.`,
    };
  }

  shown(
    template: LaunchTemplateRecord,
    version: LaunchTemplateVersionRecord,
  ): LaunchTemplateVersion {
    return {
      LaunchTemplateId: template.id,
      LaunchTemplateName: template.name,
      VersionNumber: version.number,
      ...(version.description === undefined ? {} : { VersionDescription: version.description }),
      CreateTime: new Date(version.createdMs),
      CreatedBy: version.createdBy,
      DefaultVersion: version.number === template.defaultVersion,
      // The two shapes differ in nested types that hold the same members.
      LaunchTemplateData: version.data as ResponseLaunchTemplateData,
    };
  }
}

export function templateShown(template: LaunchTemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: new Date(template.createdMs),
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: Math.max(...template.versions.keys()),
    Tags: Object.entries(template.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** @see aws-facts "Launch templates": snapshot ids in block device mappings are dropped unless restated. */
function withoutSnapshots(data: RequestLaunchTemplateData): RequestLaunchTemplateData {
  if (data.BlockDeviceMappings === undefined) return data;
  const mappings = data.BlockDeviceMappings.map((mapping) => {
    if (mapping.Ebs?.SnapshotId === undefined) return mapping;
    const { SnapshotId: _dropped, ...ebs } = mapping.Ebs;
    return { ...mapping, Ebs: ebs };
  });
  return { ...data, BlockDeviceMappings: mappings };
}
