import type {
  CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateCommandOutput,
  CreateLaunchTemplateVersionCommandInput,
  CreateLaunchTemplateVersionCommandOutput,
  DeleteLaunchTemplateVersionsCommandInput,
  DeleteLaunchTemplateVersionsCommandOutput,
  DescribeLaunchTemplatesCommandInput,
  DescribeLaunchTemplatesCommandOutput,
  DescribeLaunchTemplateVersionsCommandInput,
  DescribeLaunchTemplateVersionsCommandOutput,
  LaunchTemplateVersion,
  ModifyLaunchTemplateCommandInput,
  ModifyLaunchTemplateCommandOutput,
} from '@aws-sdk/client-ec2';
import { callerName } from '../calls.ts';
import {
  AwsError,
  type CallContext,
  type Permission,
  type Place,
  type Readings,
} from '../contract.ts';
import {
  type LaunchTemplateRecord,
  type LaunchTemplateStore,
  templateShown,
} from './ec2-template-store.ts';
import { operation, pageOf, tagContext } from './fleet-operation.ts';

type TemplateName = {
  LaunchTemplateId?: string | undefined;
  LaunchTemplateName?: string | undefined;
};

/** Versions per DeleteLaunchTemplateVersions call. @see aws-facts "Launch templates" [BC:ec2] */
const DELETE_LIMIT = 200;

/** The launch template operations of EC2. @see EC2-UG/launch-template-restrictions */
export class LaunchTemplates {
  readonly store: LaunchTemplateStore;
  readonly #place: Place;

  constructor(parts: { store: LaunchTemplateStore; place: Place; readings: Readings }) {
    this.store = parts.store;
    this.#place = parts.place;
    this.#tokenRemembered = parts.readings.templateTokenRemembered;
  }

  readonly #tokenRemembered: boolean;
  /** Answers by client token, while tokens are remembered. */
  readonly #answers = new Map<
    string,
    { request: string; version: LaunchTemplateVersion; warning: string | undefined }
  >();

  arnOf(templateId: string): string {
    const { partition, region, accountId } = this.#place;
    return `arn:${partition}:ec2:${region}:${accountId}:launch-template/${templateId}`;
  }

  #permission(action: string, name: TemplateName): readonly Permission[] {
    const template = this.store.find(name);
    const id = template?.id ?? name.LaunchTemplateId ?? '*';
    const context = template === undefined ? {} : tagContext(template.tags, 'ec2');
    return [{ action, resource: this.arnOf(id), context }];
  }

  readonly operations = {
    CreateLaunchTemplate: operation<
      CreateLaunchTemplateCommandInput,
      CreateLaunchTemplateCommandOutput
    >({
      authorize: () => [{ action: 'ec2:CreateLaunchTemplate', resource: this.arnOf('*') }],
      run: (input, context) => {
        const { template, warning } = this.store.create(input, creator(context));
        return { LaunchTemplate: templateShown(template), ...warned(warning) };
      },
    }),
    CreateLaunchTemplateVersion: operation<
      CreateLaunchTemplateVersionCommandInput,
      CreateLaunchTemplateVersionCommandOutput
    >({
      authorize: (input) => this.#permission('ec2:CreateLaunchTemplateVersion', input),
      run: (input, context) => this.#createVersion(input, context),
    }),
    DescribeLaunchTemplates: operation<
      DescribeLaunchTemplatesCommandInput,
      DescribeLaunchTemplatesCommandOutput
    >({
      authorize: () => [{ action: 'ec2:DescribeLaunchTemplates', resource: '*' }],
      run: (input) => this.#describeTemplates(input),
    }),
    DescribeLaunchTemplateVersions: operation<
      DescribeLaunchTemplateVersionsCommandInput,
      DescribeLaunchTemplateVersionsCommandOutput
    >({
      authorize: () => [{ action: 'ec2:DescribeLaunchTemplateVersions', resource: '*' }],
      run: (input) => this.#describeVersions(input),
    }),
    ModifyLaunchTemplate: operation<
      ModifyLaunchTemplateCommandInput,
      ModifyLaunchTemplateCommandOutput
    >({
      authorize: (input) => this.#permission('ec2:ModifyLaunchTemplate', input),
      run: (input) => {
        const template = this.store.must(input);
        if (input.DefaultVersion !== undefined)
          template.defaultVersion = this.store.version(template, input.DefaultVersion).number;
        return { LaunchTemplate: templateShown(template) };
      },
    }),
    DeleteLaunchTemplateVersions: operation<
      DeleteLaunchTemplateVersionsCommandInput,
      DeleteLaunchTemplateVersionsCommandOutput
    >({
      authorize: (input) => this.#permission('ec2:DeleteLaunchTemplateVersions', input),
      run: (input) => this.#deleteVersions(input),
    }),
  };

  #createVersion(
    input: CreateLaunchTemplateVersionCommandInput,
    context: CallContext,
  ): Pick<CreateLaunchTemplateVersionCommandOutput, 'LaunchTemplateVersion' | 'Warning'> {
    const token = this.#tokenRemembered ? input.ClientToken : undefined;
    const request = JSON.stringify(input);
    const known = token === undefined ? undefined : this.#answers.get(token);
    if (known !== undefined) {
      if (known.request !== request)
        throw new AwsError(
          'IdempotentParameterMismatch',
          'Client token already used before with different request parameters.',
        );
      return { LaunchTemplateVersion: known.version, ...warned(known.warning) };
    }
    const template = this.store.must(input);
    const { number, warning } = this.store.addVersion(template, input, creator(context));
    const version = this.store.shown(template, this.store.version(template, String(number)));
    if (token !== undefined) this.#answers.set(token, { request, version, warning });
    return { LaunchTemplateVersion: version, ...warned(warning) };
  }

  #describeTemplates(
    input: DescribeLaunchTemplatesCommandInput,
  ): Pick<DescribeLaunchTemplatesCommandOutput, 'LaunchTemplates' | 'NextToken'> {
    const named = [
      ...(input.LaunchTemplateIds ?? []).map((LaunchTemplateId) =>
        this.store.must({ LaunchTemplateId }),
      ),
      ...(input.LaunchTemplateNames ?? []).map((LaunchTemplateName) =>
        this.store.must({ LaunchTemplateName }),
      ),
    ];
    const wanted = (named.length > 0 ? named : this.store.all()).filter((template) =>
      (input.Filters ?? []).every(({ Name, Values }) =>
        (Values ?? []).includes(templateFact(template, Name ?? '')),
      ),
    );
    const { page, nextToken } = pageOf(wanted, input.NextToken, input.MaxResults ?? 200, badToken);
    return {
      LaunchTemplates: page.map(templateShown),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    };
  }

  /** Without a template, `$Latest` and `$Default` of every template may be asked for. */
  #describeVersions(
    input: DescribeLaunchTemplateVersionsCommandInput,
  ): Pick<DescribeLaunchTemplateVersionsCommandOutput, 'LaunchTemplateVersions' | 'NextToken'> {
    const named = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
    const versions = input.Versions ?? [];
    if (!named && !versions.some((version) => version.startsWith('$')))
      throw new AwsError(
        'MissingParameter',
        'The request must contain either launch template ID or launch template name.',
      );
    const templates = named ? [this.store.must(input)] : this.store.all();
    const found = templates.flatMap((template) =>
      this.store.select(template, input).map((version) => this.store.shown(template, version)),
    );
    const wanted = found.filter((version) =>
      (input.Filters ?? []).every(({ Name, Values }) =>
        (Values ?? []).includes(versionFact(version, Name ?? '')),
      ),
    );
    const { page, nextToken } = pageOf(wanted, input.NextToken, input.MaxResults ?? 200, badToken);
    return {
      LaunchTemplateVersions: page,
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    };
  }

  /** Each version succeeds or fails by itself. The default version stays. */
  #deleteVersions(
    input: DeleteLaunchTemplateVersionsCommandInput,
  ): Pick<
    DeleteLaunchTemplateVersionsCommandOutput,
    'SuccessfullyDeletedLaunchTemplateVersions' | 'UnsuccessfullyDeletedLaunchTemplateVersions'
  > {
    const template = this.store.must(input);
    const versions = input.Versions ?? [];
    if (versions.length > DELETE_LIMIT)
      throw new AwsError(
        'InvalidParameterValue',
        `The maximum number of launch template versions to delete is ${DELETE_LIMIT}.`,
      );
    const outcomes = versions.map((version) => ({
      number: Number(version),
      failure: this.store.remove(template, version),
    }));
    const named = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
    return {
      SuccessfullyDeletedLaunchTemplateVersions: outcomes
        .filter(({ failure }) => failure === undefined)
        .map(({ number }) => ({ ...named, VersionNumber: number })),
      UnsuccessfullyDeletedLaunchTemplateVersions: outcomes.flatMap(({ number, failure }) =>
        failure === undefined
          ? []
          : [
              {
                ...named,
                VersionNumber: number,
                ResponseError: { Code: failure.code, Message: failure.message },
              },
            ],
      ),
    };
  }
}

const badToken = () => new AwsError('InvalidNextToken', 'The token is not valid');

function warned(message: string | undefined) {
  if (message === undefined) return {};
  return { Warning: { Errors: [{ Code: 'InvalidParameterValue', Message: message }] } };
}

function creator(context: CallContext): string {
  const { caller } = context;
  if (caller.kind === 'role') return `assumed-role/${caller.roleName}/${caller.session}`;
  return caller.kind === 'person' ? `user/${caller.name}` : callerName(caller);
}

function templateFact(template: LaunchTemplateRecord, name: string): string {
  if (name.startsWith('tag:')) return template.tags[name.slice(4)] ?? '\u0000';
  if (name === 'launch-template-name') return template.name;
  throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
}

function versionFact(version: LaunchTemplateVersion, name: string): string {
  const data = version.LaunchTemplateData;
  const facts: Readonly<Record<string, string>> = {
    'image-id': data?.ImageId ?? '\u0000',
    'instance-type': data?.InstanceType ?? '\u0000',
    'is-default-version': String(version.DefaultVersion),
  };
  const fact = facts[name];
  if (fact === undefined)
    throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return fact;
}
