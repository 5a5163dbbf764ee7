import type { Json } from '../contract.ts';

/** What the intrinsic functions of a template look up. Each throws for a name that does not exist. */
export interface Scope {
  /** `Ref`: a parameter, a pseudo parameter or a resource. `undefined` is `AWS::NoValue`. */
  ref(name: string): Json | undefined;
  attribute(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  mapping(map: string, key: string, second: string): Json;
  imported(name: string): Json;
  /** Of `Fn::GetAZs`; an empty Region means this one. */
  zones(region: string): readonly string[];
  /** The value of a dynamic reference such as `ssm:/path:1`. */
  dynamic(reference: string): string;
}

const DYNAMIC_REFERENCE = '{{resolve:';

type JsonObject = { [key: string]: Json };
type Intrinsic = (argument: Json, scope: Scope) => Json | undefined;

/**
 * Resolves every intrinsic function and dynamic reference in a value. Members that come out as `AWS::NoValue` vanish.
 * What there is nothing to resolve in comes back as it is, frozen: thousands of worlds are deployed from one template.
 * @throws Error naming an intrinsic that is not simulated, or what could not be found
 * @see CloudFormation template reference, "Intrinsic function reference"
 */
export function resolve(value: Json, scope: Scope): Json | undefined {
  if (typeof value === 'string') {
    return withDynamicReferences(value, scope);
  }
  if (value === null || typeof value !== 'object' || isFixed(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== undefined);
  }
  const intrinsic = intrinsicOf(value);
  if (intrinsic !== undefined) {
    return intrinsic.apply(intrinsic.argument, scope);
  }
  const resolved: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const now = resolve(member, scope);
    if (now !== undefined) resolved[key] = now;
  }
  return resolved;
}

const fixed = new WeakSet<object>();
const unfixed = new WeakSet<object>();

/** Whether there is nothing to resolve in it. It is frozen when there is not, so that this stays true. */
function isFixed(value: Json): boolean {
  if (typeof value === 'string') return !value.includes(DYNAMIC_REFERENCE);
  if (value === null || typeof value !== 'object' || fixed.has(value)) return true;
  if (unfixed.has(value)) return false;
  const isList = Array.isArray(value);
  const is = (isList || intrinsicOf(value) === undefined) && Object.values(value).every(isFixed);
  (is ? fixed : unfixed).add(value);
  if (is) Object.freeze(value);
  return is;
}

/** The truth of a condition expression (the `Conditions` section, and inside `Fn::And`, `Fn::Or`, `Fn::Not`). */
export function holds(expression: Json, scope: Scope): boolean {
  const [name, argument] = Object.entries(asObject(expression, 'a condition'))[0] ?? [];
  switch (name) {
    case 'Condition':
      return scope.condition(asText(argument, 'Condition'));
    case 'Fn::Equals': {
      const [left, right] = asList(argument, name).map((item) => resolve(item, scope));
      return JSON.stringify(left) === JSON.stringify(right);
    }
    case 'Fn::And':
      return asList(argument, name).every((item) => holds(item, scope));
    case 'Fn::Or':
      return asList(argument, name).some((item) => holds(item, scope));
    case 'Fn::Not':
      return asList(argument, name).every((item) => !holds(item, scope));
    default:
      throw new Error(`unsupported condition ${JSON.stringify(expression)}`);
  }
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(asText(argument, 'Ref')),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = getAttParts(argument);
    return scope.attribute(logicalId, asText(resolve(attribute, scope), 'Fn::GetAtt'));
  },
  'Fn::Sub': substitute,
  'Fn::Join': (argument, scope) => {
    const [separator, items] = asList(argument, 'Fn::Join');
    const texts = asList(resolve(items ?? null, scope), 'Fn::Join').map((item) =>
      asText(item, 'Fn::Join'),
    );
    return texts.join(asText(separator, 'Fn::Join'));
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = asList(argument, 'Fn::Select');
    const list = asList(resolve(items ?? null, scope), 'Fn::Select');
    const position = Number(resolve(index ?? null, scope));
    const selected = list[position];
    if (selected === undefined) {
      throw new Error(`Fn::Select: index ${position} of a list of ${list.length}`);
    }
    return selected;
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = asList(argument, 'Fn::Split');
    return asText(resolve(text ?? null, scope), 'Fn::Split').split(asText(separator, 'Fn::Split'));
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = asList(argument, 'Fn::If');
    return resolve(
      (scope.condition(asText(condition, 'Fn::If')) ? whenTrue : whenFalse) ?? null,
      scope,
    );
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, key, second] = asList(argument, 'Fn::FindInMap').map((item) =>
      asText(resolve(item, scope), 'Fn::FindInMap'),
    );
    return scope.mapping(map ?? '', key ?? '', second ?? '');
  },
  'Fn::ImportValue': (argument, scope) =>
    scope.imported(asText(resolve(argument, scope), 'Fn::ImportValue')),
  'Fn::GetAZs': (argument, scope) => [
    ...scope.zones(asText(resolve(argument, scope), 'Fn::GetAZs')),
  ],
  'Fn::Base64': (argument, scope) =>
    Buffer.from(asText(resolve(argument, scope), 'Fn::Base64')).toString('base64'),
};

/** `${Name}`, `${Resource.Attribute}`, a name of the map beside the text, and `${!Literal}`. */
function substitute(argument: Json, scope: Scope): Json {
  const [text, given] = Array.isArray(argument) ? argument : [argument];
  const map = asObject(given ?? {}, 'Fn::Sub');
  const replaced = asText(text, 'Fn::Sub').replace(/\$\{([^}]+)\}/g, (_whole, inner: string) => {
    const name = inner.trim();
    if (name.startsWith('!')) {
      return `\${${name.slice(1)}}`;
    }
    const own = map[name];
    if (own !== undefined) {
      return asText(resolve(own, scope), `Fn::Sub of ${name}`);
    }
    const dot = name.indexOf('.');
    const value =
      dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1));
    return asText(value, `Fn::Sub of ${name}`);
  });
  return withDynamicReferences(replaced, scope);
}

function withDynamicReferences(text: string, scope: Scope): string {
  return text.replace(/\{\{resolve:([^{}]+)\}\}/g, (_whole, reference: string) =>
    scope.dynamic(reference),
  );
}

function intrinsicOf(value: JsonObject): { apply: Intrinsic; argument: Json } | undefined {
  const [name, ...others] = Object.keys(value);
  const argument = name === undefined ? undefined : value[name];
  if (name === undefined || argument === undefined || others.length > 0) {
    return undefined;
  }
  const apply = INTRINSICS[name];
  if (apply === undefined && name.startsWith('Fn::')) {
    throw new Error(`unsupported intrinsic function ${name}`);
  }
  return apply && { apply, argument };
}

/** The logical ids that a value refers to, its conditions' branches included. */
export function referencesIn(value: Json | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value, found);
  return found;
}

function collect(value: Json | undefined, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      collect(item, found);
    }
    return;
  }
  if (value === null || typeof value !== 'object') {
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === 'Ref' && typeof member === 'string') {
      found.add(member);
    } else if (name === 'Fn::GetAtt') {
      found.add(getAttParts(member)[0]);
    } else if (name === 'Fn::Sub') {
      collectFromText(member, found);
    }
    collect(member, found);
  }
}

function collectFromText(argument: Json, found: Set<string>): void {
  const text = Array.isArray(argument) ? argument[0] : argument;
  for (const [, inner = ''] of String(text).matchAll(/\$\{([^!}][^}]*)\}/g)) {
    found.add(inner.trim().split('.')[0] ?? '');
  }
}

function getAttParts(argument: Json): readonly [string, Json] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, attribute] = asList(argument, 'Fn::GetAtt');
  return [asText(logicalId, 'Fn::GetAtt'), attribute ?? null];
}

function asText(value: Json | undefined, where: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  throw new Error(`${where}: expected text, got ${JSON.stringify(value)}`);
}

function asList(value: Json | undefined, where: string): readonly Json[] {
  if (Array.isArray(value)) {
    return value;
  }
  throw new Error(`${where}: expected a list, got ${JSON.stringify(value)}`);
}

function asObject(value: Json | undefined, where: string): JsonObject {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return value;
  }
  throw new Error(`${where}: expected an object, got ${JSON.stringify(value)}`);
}
