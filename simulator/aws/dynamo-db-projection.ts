import { type Bindings, resolvePath, showPath } from './dynamo-db-bindings.ts';
import { type Label, memoized, type Path, type Placeholders, Reader } from './dynamo-db-syntax.ts';
import { type Item, invalid, type Value } from './dynamo-db-value.ts';

/** @see Amazon DynamoDB Developer Guide, "Using projection expressions in DynamoDB". */

export interface CompiledProjection {
  readonly label: Label;
  readonly paths: readonly Path[];
  readonly placeholders: Placeholders;
}

export const compileProjection = memoized((label, text): CompiledProjection => {
  const reader = new Reader(label, text);
  const paths = [reader.takePath()];
  while (reader.takeIf(',')) paths.push(reader.takePath());
  reader.expectEnd();
  return { label, paths, placeholders: reader.placeholders };
});

/**
 * The paths with their names filled in.
 * @throws ValidationException when one path lies within another, or one goes by name where another goes by index.
 */
export function resolveDistinct(
  label: Label,
  paths: readonly Path[],
  bindings: Bindings,
): readonly Path[] {
  const resolved = paths.map((path) => resolvePath(path, bindings));
  resolved.forEach((one, i) => {
    for (const two of resolved.slice(i + 1)) checkApart(label, one, two);
  });
  return resolved;
}

function checkApart(label: Label, one: Path, two: Path): void {
  const length = Math.min(one.length, two.length);
  const paths = `path one: ${showPath(one)}, path two: ${showPath(two)}`;
  for (let i = 0; i < length; i += 1) {
    if (typeof one[i] !== typeof two[i]) {
      throw invalid(
        `Invalid ${label}: Two document paths conflict with each other; must remove or rewrite one of these paths; ${paths}`,
      );
    }
    if (one[i] !== two[i]) return;
  }
  throw invalid(
    `Invalid ${label}: Two document paths overlap with each other; must remove or rewrite one of these paths; ${paths}`,
  );
}

/** The part of an item at these (resolved, distinct) paths; list elements close up, in order. */
export function project(item: Item, paths: readonly Path[]): Record<string, Value> {
  return projectMap(item, paths);
}

function projectMap(map: Item, paths: readonly Path[]): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const [step, tails] of byFirstStep(paths)) {
    const value = typeof step === 'string' && Object.hasOwn(map, step) ? map[step] : undefined;
    const part = value === undefined ? undefined : projectValue(value, tails);
    if (part !== undefined) result[String(step)] = part;
  }
  return result;
}

function projectValue(value: Value, tails: readonly Path[]): Value | undefined {
  if (tails.some((tail) => tail.length === 0)) return value;
  if (value.M !== undefined) {
    const part = projectMap(value.M, tails);
    return Object.keys(part).length === 0 ? undefined : { M: part };
  }
  const list = value.L;
  if (list === undefined) return undefined;
  const groups = [...byFirstStep(tails)].sort(([a], [b]) => Number(a) - Number(b));
  const parts = groups.flatMap(([step, rest]) => {
    const element = typeof step === 'number' ? list[step] : undefined;
    const part = element === undefined ? undefined : projectValue(element, rest);
    return part === undefined ? [] : [part];
  });
  return parts.length === 0 ? undefined : { L: parts };
}

function byFirstStep(paths: readonly Path[]): Map<string | number, Path[]> {
  const groups = new Map<string | number, Path[]>();
  for (const path of paths) {
    const [first, ...rest] = path;
    if (first === undefined) continue;
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [rest]);
    else group.push(rest);
  }
  return groups;
}
