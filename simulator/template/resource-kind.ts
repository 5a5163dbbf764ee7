import { createHash } from 'node:crypto';
import type { Json } from '../contract.ts';

export type Properties = { readonly [name: string]: Json };

/** A resource of a stack as its kind sees it: everything resolved. */
export interface ResourceRequest {
  readonly stack: string;
  readonly logicalId: string;
  readonly properties: Properties;
  /** Tags of the stack, with CloudFormation's own. */
  readonly stackTags: Readonly<Record<string, string>>;
  /** Absolute paths by object key in the assets bucket. */
  readonly assets: ReadonlyMap<string, string>;
  /** How often this resource has been replaced; part of generated names, so that a replacement gets a new one. */
  readonly generation: number;
}

/** What `Ref` and `Fn::GetAtt` answer once the resource exists. */
export interface Made {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, Json>>;
}

/** How resources of one type come, change and go. */
export interface ResourceKind {
  /** Properties that have an effect here. */
  readonly understood: readonly string[];
  /** Properties that are accepted and have no effect in a simulation. */
  readonly ignored?: readonly string[];
  /** @throws what the service answers */
  create(request: ResourceRequest): Made;
  /** Changes it in place, or answers `undefined` when a change needs a replacement. Without it every change replaces. */
  update?(request: ResourceRequest, made: Made, before: Properties): Made | undefined;
  remove(request: ResourceRequest, made: Made): void;
}

export type ResourceKinds = Readonly<Record<string, ResourceKind>>;

/**
 * The name that CloudFormation makes up for a resource without one: `<stack>-<logicalId>-<8 hex>`, cut to a service's limit,
 * the same in every run.
 */
export function generatedName(request: ResourceRequest, lengthMax: number): string {
  const path = `${request.stack}/${request.logicalId}/${request.generation}`;
  const suffix = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `${`${request.stack}-${request.logicalId}`.slice(0, lengthMax - 9)}-${suffix}`;
}

/** The name in a property, else a generated one. */
export function nameOf(request: ResourceRequest, property: string, lengthMax: number): string {
  return optionalText(request.properties, property) ?? generatedName(request, lengthMax);
}

/** Tags of the stack and of the resource; a template writes them as a list or as a map. */
export function tagsOf(request: ResourceRequest, property = 'Tags'): Record<string, string> {
  const given = request.properties[property] ?? {};
  const own = Array.isArray(given)
    ? given.map((tag) => [text(record(tag), 'Key'), text(record(tag), 'Value')] as const)
    : Object.entries(record(given)).map(([key, value]) => [key, String(value)] as const);
  return { ...request.stackTags, ...Object.fromEntries(own) };
}

/** Whether any of the named properties differs. */
export function changed(before: Properties, after: Properties, names: readonly string[]): boolean {
  return names.some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** @throws Error when it is missing or no text */
export function text(properties: Properties, name: string): string {
  const value = optionalText(properties, name);
  if (value === undefined) {
    throw new Error(`property ${name} is required`);
  }
  return value;
}

export function optionalText(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  throw new Error(`property ${name}: expected text, got ${JSON.stringify(value)}`);
}

/** A number, which a template may write as text. */
export function optionalNumber(properties: Properties, name: string): number | undefined {
  const value = properties[name];
  if (value === undefined) {
    return undefined;
  }
  const number = Number(value);
  if (!Number.isFinite(number) || typeof value === 'object') {
    throw new Error(`property ${name}: expected a number, got ${JSON.stringify(value)}`);
  }
  return number;
}

/** A truth value, which a template may write as text. */
export function optionalBoolean(properties: Properties, name: string): boolean | undefined {
  const value = optionalText(properties, name);
  return value === undefined ? undefined : value === 'true';
}

export function record(value: Json | undefined): { readonly [name: string]: Json } {
  if (value === undefined) {
    return {};
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`expected an object, got ${JSON.stringify(value)}`);
  }
  return value;
}

export function list(value: Json | undefined): readonly Json[] {
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value)) {
    throw new Error(`expected a list, got ${JSON.stringify(value)}`);
  }
  return value;
}

export function texts(value: Json | undefined): readonly string[] {
  return list(value).map(String);
}

/** Members whose keys are the user's own words, and stay as they are. */
const MAPS = ['Tags', 'AmiTags', 'ResourceTags', 'ImageTags'];

/** A property of a template in the SDK's spelling: `InstanceTypes` becomes `instanceTypes`, deeply. */
export function camelCase(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(camelCase);
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      MAPS.includes(name) ? member : camelCase(member),
    ]),
  );
}

/** A member that is left out when it has no value. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Member in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Member in Name]: Value });
}
