import type {
  DeleteParameterCommandInput,
  DeleteParameterCommandOutput,
  DeleteParametersCommandInput,
  DeleteParametersCommandOutput,
  DescribeParametersCommandInput,
  DescribeParametersCommandOutput,
  GetParameterCommandInput,
  GetParameterCommandOutput,
  GetParameterHistoryCommandInput,
  GetParameterHistoryCommandOutput,
  GetParametersByPathCommandInput,
  GetParametersByPathCommandOutput,
  GetParametersCommandInput,
  GetParametersCommandOutput,
  Parameter,
  PutParameterCommandInput,
  PutParameterCommandOutput,
} from '@aws-sdk/client-ssm';
import {
  AwsError,
  type EventSink,
  type Permission,
  type Place,
  type Service,
  type World,
} from '../contract.ts';
import { operation, pageOf } from './fleet-operation.ts';
import { matches, metadata } from './ssm-metadata.ts';
import {
  checkNewName,
  invalidParameter,
  isPublic,
  parameterArn,
  readReference,
} from './ssm-names.ts';
import { checkValue, newVersion, type ParameterVersion, VERSIONS_MAX } from './ssm-values.ts';

const BY_NAMES_MAX = 10;
const BY_PATH_MAX = 10;

/**
 * Systems Manager Parameter Store. Changes of own parameters raise `Parameter Store Change` events; AWS's public
 * parameters change silently. `SecureString`, labels, policies and the check behind `aws:ec2:image` are not simulated.
 */
export class Ssm implements Service {
  readonly client = 'client-ssm';
  readonly #world: World;
  readonly #events: EventSink;
  readonly #place: Place;
  /** Versions by name, the latest last. */
  readonly #parameters = new Map<string, ParameterVersion[]>();

  constructor({ world, events, place }: { world: World; events: EventSink; place: Place }) {
    this.#world = world;
    this.#events = events;
    this.#place = place;
  }

  /** Moves a parameter that AWS publishes (`/aws/service/...`): a new version, and no event in any account. */
  setPublicParameter(name: string, value: string): void {
    if (!isPublic(name)) throw new Error(`${name} is not a public parameter: it starts with /aws/`);
    const dataType = /^ami-[0-9a-f]+$/.test(value) ? 'aws:ec2:image' : 'text';
    this.#store(name, {
      type: 'String',
      value,
      dataType,
      tier: 'Standard',
      description: undefined,
    });
  }

  /** The value now, for tests and auditors. */
  valueOf(name: string): string | undefined {
    return this.#parameters.get(name)?.at(-1)?.value;
  }

  readonly operations = {
    GetParameter: operation<GetParameterCommandInput, GetParameterCommandOutput>({
      authorize: ({ Name }) => this.#permissions('GetParameter', [Name]),
      run: ({ Name }) => {
        const found = this.#select(Name ?? '');
        if (found === undefined) throw notFound();
        return { Parameter: found };
      },
    }),
    GetParameters: operation<GetParametersCommandInput, GetParametersCommandOutput>({
      authorize: ({ Names }) => this.#permissions('GetParameters', Names ?? []),
      run: ({ Names = [] }) => {
        checkNames(Names);
        const found = Names.map((name) => ({ name, parameter: this.#trySelect(name) }));
        return {
          Parameters: found.flatMap(({ parameter }) => parameter ?? []),
          InvalidParameters: found.flatMap(({ name, parameter }) => (parameter ? [] : name)),
        };
      },
    }),
    GetParametersByPath: operation<
      GetParametersByPathCommandInput,
      GetParametersByPathCommandOutput
    >({
      authorize: ({ Path, Recursive }) => [
        {
          action: 'ssm:GetParametersByPath',
          resource: parameterArn(Path ?? '', this.#place),
          context: { 'ssm:Recursive': Recursive === true },
        },
      ],
      run: (input) => this.#byPath(input),
    }),
    PutParameter: operation<PutParameterCommandInput, PutParameterCommandOutput>({
      authorize: ({ Name, Overwrite }) =>
        this.#permissions('PutParameter', [Name], { 'ssm:Overwrite': String(Overwrite === true) }),
      run: (input) => this.#put(input),
    }),
    DeleteParameter: operation<DeleteParameterCommandInput, DeleteParameterCommandOutput>({
      authorize: ({ Name }) => this.#permissions('DeleteParameter', [Name]),
      run: ({ Name }) => {
        if (!this.#delete(Name ?? '')) throw notFound();
        return {};
      },
    }),
    DeleteParameters: operation<DeleteParametersCommandInput, DeleteParametersCommandOutput>({
      authorize: ({ Names }) => this.#permissions('DeleteParameters', Names ?? []),
      run: ({ Names = [] }) => {
        checkNames(Names);
        const done = Names.map((name) => ({ name, deleted: this.#delete(name) }));
        return {
          DeletedParameters: done.filter(({ deleted }) => deleted).map(({ name }) => name),
          InvalidParameters: done.filter(({ deleted }) => !deleted).map(({ name }) => name),
        };
      },
    }),
    DescribeParameters: operation<DescribeParametersCommandInput, DescribeParametersCommandOutput>({
      authorize: () => [{ action: 'ssm:DescribeParameters', resource: '*' }],
      run: (input) => this.#describe(input),
    }),
    GetParameterHistory: operation<
      GetParameterHistoryCommandInput,
      GetParameterHistoryCommandOutput
    >({
      authorize: ({ Name }) => this.#permissions('GetParameterHistory', [Name]),
      run: ({ Name, MaxResults = 50, NextToken }) => {
        const versions = this.#parameters.get(readReference(Name ?? '').name);
        if (versions === undefined) throw notFound();
        const { page, nextToken } = pageOf(versions, NextToken, MaxResults, invalidToken);
        return {
          Parameters: page.map((version) => ({
            ...metadata(Name ?? '', version),
            Value: version.value,
            Labels: [],
          })),
          ...(nextToken && { NextToken: nextToken }),
        };
      },
    }),
  };

  #permissions(
    operationName: string,
    names: readonly (string | undefined)[],
    context: Permission['context'] = {},
  ): Permission[] {
    return names.map((name) => ({
      action: `ssm:${operationName}`,
      resource: parameterArn(readReference(name ?? '').name, this.#place),
      context,
    }));
  }

  /** @throws ParameterVersionNotFound for a version or label that the parameter does not have. */
  #select(text: string): Parameter | undefined {
    const { name, selector } = readReference(text);
    const versions = this.#parameters.get(name);
    if (versions === undefined) return undefined;
    if (selector === undefined) return this.#show(name, versions.at(-1));
    const chosen = versions.find(({ version }) => String(version) === selector);
    if (chosen !== undefined) return { ...this.#show(name, chosen), Selector: `:${selector}` };
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  }

  #trySelect(text: string): Parameter | undefined {
    try {
      return this.#select(text);
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  }

  #show(name: string, version: ParameterVersion | undefined): Parameter | undefined {
    if (version === undefined) return undefined;
    return {
      Name: name,
      Type: version.type,
      Value: version.value,
      Version: version.version,
      LastModifiedDate: new Date(version.modifiedAtMs),
      ARN: parameterArn(name, this.#place),
      DataType: version.dataType,
    };
  }

  #byPath(input: GetParametersByPathCommandInput) {
    const { Path = '', Recursive = false, MaxResults = BY_PATH_MAX, NextToken } = input;
    if (input.ParameterFilters?.length)
      throw notSimulated('ParameterFilters of GetParametersByPath');
    if (!Path.startsWith('/')) {
      throw invalidParameter(
        'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
      );
    }
    if (MaxResults < 1 || MaxResults > BY_PATH_MAX)
      throw tooMany('maxResults', MaxResults, BY_PATH_MAX);
    const prefix = Path.endsWith('/') ? Path : `${Path}/`;
    const names = [...this.#parameters.keys()].filter((name) => {
      if (!name.startsWith(prefix) || isPublic(name) !== isPublic(prefix)) return false;
      return Recursive || !name.slice(prefix.length).includes('/');
    });
    const { page, nextToken } = pageOf(names.sort(), NextToken, MaxResults, invalidToken);
    return {
      Parameters: page.flatMap(
        (name) => this.#show(name, this.#parameters.get(name)?.at(-1)) ?? [],
      ),
      ...(nextToken && { NextToken: nextToken }),
    };
  }

  #put(input: PutParameterCommandInput) {
    const name = readReference(input.Name ?? '').name;
    checkNewName(name);
    const old = this.#parameters.get(name)?.at(-1);
    if (old !== undefined && input.Overwrite !== true) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    if (input.Policies !== undefined) throw notSimulated('parameter policies');
    const next = newVersion(input, old);
    checkValue(next, input.AllowedPattern);
    const stored = this.#store(name, next);
    this.#announce(old === undefined ? 'Create' : 'Update', name, stored);
    return { Version: stored.version, Tier: stored.tier };
  }

  #store(
    name: string,
    content: Omit<ParameterVersion, 'version' | 'modifiedAtMs'>,
  ): ParameterVersion {
    const versions = this.#parameters.get(name) ?? [];
    const version = (versions.at(-1)?.version ?? 0) + 1;
    const stored = { ...content, version, modifiedAtMs: this.#world.nowMs() };
    this.#parameters.set(name, [...versions, stored].slice(-VERSIONS_MAX));
    return stored;
  }

  #delete(name: string): boolean {
    const old = this.#parameters.get(name)?.at(-1);
    if (old === undefined || isPublic(name)) return false;
    this.#parameters.delete(name);
    this.#announce('Delete', name, old);
    return true;
  }

  /** @see Systems Manager User Guide, "monitoring-systems-manager-event-examples": the value is never in the event. */
  #announce(change: 'Create' | 'Update' | 'Delete', name: string, version: ParameterVersion): void {
    const { type, description } = version;
    this.#events.emit({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: [parameterArn(name, this.#place)],
      detail: {
        operation: change,
        name,
        type,
        ...(description === undefined ? {} : { description }),
      },
    });
  }

  #describe({
    MaxResults = 50,
    NextToken,
    ParameterFilters,
    Filters,
  }: DescribeParametersCommandInput) {
    if (Filters?.length || ParameterFilters?.some(({ Key }) => Key !== 'Name' && Key !== 'Path')) {
      throw notSimulated('filters of DescribeParameters other than Name and Path');
    }
    if (MaxResults < 1 || MaxResults > 50) throw tooMany('maxResults', MaxResults, 50);
    const names = [...this.#parameters.keys()].filter((name) => {
      if (isPublic(name)) return false;
      return ParameterFilters?.every((filter) => matches(name, filter)) ?? true;
    });
    const { page, nextToken } = pageOf(names.sort(), NextToken, MaxResults, invalidToken);
    return {
      Parameters: page.flatMap((name) => {
        const version = this.#parameters.get(name)?.at(-1);
        if (version === undefined) return [];
        return [{ ...metadata(name, version), ARN: parameterArn(name, this.#place) }];
      }),
      ...(nextToken && { NextToken: nextToken }),
    };
  }
}

function checkNames(names: readonly string[]): void {
  if (names.length < 1 || names.length > BY_NAMES_MAX) {
    throw tooMany('names', names.join(', '), BY_NAMES_MAX);
  }
}

const tooMany = (member: string, value: unknown, max: number) =>
  invalidParameter(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have length or value between 1 and ${max}`,
  );

/** The real service sends no message with it. */
const notFound = () => new AwsError('ParameterNotFound', '');
const invalidToken = () => new AwsError('InvalidNextToken', 'The specified token is not valid.');
const notSimulated = (what: string) =>
  new AwsError('NotSimulated', `the simulated Parameter Store does not take ${what}`, 501);
