import type { Path, Placeholders } from './dynamo-db-syntax.ts';
import { admitValue, type Item, invalid, type Value } from './dynamo-db-value.ts';

/** What the placeholders of a request's expressions stand for. Values are admitted already. */
export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Value>>;
}

/** An expression of a request with the member that it came in. */
export interface Used {
  readonly label: string;
  readonly placeholders: Placeholders;
}

interface Given {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>> | undefined;
}

const NAME_KEY = /^#[A-Za-z0-9_]+$/;
const VALUE_KEY = /^:[A-Za-z0-9_]+$/;

/**
 * Joins placeholders and what is given for them.
 * @param candidates the members of this operation that could hold an expression, for the message.
 * @throws ValidationException for a placeholder that is not defined, is defined and not used, or is misspelt.
 */
export function bind(given: Given, used: readonly Used[], candidates: readonly string[]): Bindings {
  const names = given.ExpressionAttributeNames;
  const values = given.ExpressionAttributeValues;
  if (names !== undefined) checkMap('ExpressionAttributeNames', names, NAME_KEY, used, candidates);
  if (values !== undefined)
    checkMap('ExpressionAttributeValues', values, VALUE_KEY, used, candidates);
  for (const { label, placeholders } of used) {
    for (const name of placeholders.names) {
      if (names?.[name] === undefined) {
        throw invalid(
          `Invalid ${label}: An expression attribute name used in the document path is not defined; attribute name: ${name}`,
        );
      }
    }
    for (const name of placeholders.values) {
      if (values?.[name] === undefined) {
        throw invalid(
          `Invalid ${label}: An expression attribute value used in expression is not defined; attribute value: ${name}`,
        );
      }
    }
  }
  checkAllUsed('ExpressionAttributeNames', names, (key) =>
    used.some(({ placeholders }) => placeholders.names.has(key)),
  );
  checkAllUsed('ExpressionAttributeValues', values, (key) =>
    used.some(({ placeholders }) => placeholders.values.has(key)),
  );
  return { names: names ?? {}, values: admitValues(values) };
}

function checkMap(
  member: string,
  map: Readonly<Record<string, unknown>>,
  pattern: RegExp,
  used: readonly Used[],
  candidates: readonly string[],
): void {
  if (used.length === 0) {
    const are = candidates.length === 1 ? 'is' : 'are';
    throw invalid(
      `${member} can only be specified when using expressions: ${candidates.join(' and ')} ${are} null`,
    );
  }
  const keys = Object.keys(map);
  if (keys.length === 0) throw invalid(`${member} must not be empty`);
  for (const key of keys) {
    if (!pattern.test(key)) {
      throw invalid(`${member} contains invalid key: Syntax error; key: "${key}"`);
    }
  }
}

function checkAllUsed(
  member: string,
  map: Readonly<Record<string, unknown>> | undefined,
  isUsed: (key: string) => boolean,
): void {
  const unused = Object.keys(map ?? {}).filter((key) => !isUsed(key));
  if (unused.length > 0) {
    throw invalid(
      `Value provided in ${member} unused in expressions: keys: {${unused.join(', ')}}`,
    );
  }
}

function admitValues(values: Given['ExpressionAttributeValues']): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const [key, value] of Object.entries(values ?? {})) {
    try {
      result[key] = admitValue(value);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw invalid(`ExpressionAttributeValues contains invalid value: ${why} for key ${key}`);
    }
  }
  return result;
}

/** The path with its placeholders replaced. */
export function resolvePath(path: Path, { names }: Bindings): Path {
  if (!path.some((step) => typeof step === 'string' && step.startsWith('#'))) return path;
  return path.map((step) => (typeof step === 'string' ? (names[step] ?? step) : step));
}

/** What stands at a path; `undefined` where the path leads nowhere. */
export function valueAt(item: Item, path: Path, { names }: Bindings): Value | undefined {
  let value: Value | undefined;
  for (let i = 0; i < path.length; i += 1) {
    const step = path[i];
    if (typeof step === 'number') value = value?.L?.[step];
    else if (step !== undefined) {
      const map: Item | undefined = i === 0 ? item : value?.M;
      const name = names[step] ?? step;
      value = map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
    }
    if (value === undefined) return undefined;
  }
  return value;
}

/** As AWS shows paths in messages: `[a, b, [0]]`. */
export const showPath = (path: Path) =>
  `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
