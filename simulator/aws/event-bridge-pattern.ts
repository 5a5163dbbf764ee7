import { AwsError, type Json } from '../contract.ts';
import { compileCondition, type LeafTest } from './event-bridge-operators.ts';

/**
 * Event patterns, compiled once.
 * @see Amazon EventBridge User Guide, "Creating Amazon EventBridge event patterns" and "Comparison operators".
 */

export interface CompiledPattern {
  readonly matches: (event: Json) => boolean;
  readonly hasWildcard: boolean;
}

/** Whether a value meets a part of the pattern; `undefined` stands for a field that is not there. */
type Test = (value: Json | undefined) => boolean;
type JsonObject = { readonly [name: string]: Json };

const PATTERN_LENGTH_MAX = 2_048;

/** @throws InvalidEventPatternException with a reason. */
export function compilePattern(text: string): CompiledPattern {
  if (text.length > PATTERN_LENGTH_MAX) {
    throw invalidPattern(`Event pattern is longer than ${PATTERN_LENGTH_MAX} characters`);
  }
  let pattern: Json;
  try {
    pattern = JSON.parse(text) as Json;
  } catch (error) {
    throw invalidPattern(error instanceof Error ? error.message : String(error));
  }
  if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
  const found = { wildcard: false };
  const test = compileObject(pattern, found);
  return { matches: (event) => test(event), hasWildcard: found.wildcard };
}

const isObject = (value: Json | undefined): value is JsonObject & { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All fields must match; of an array of objects one element must match all of them. */
function compileObject(pattern: JsonObject, found: { wildcard: boolean }): Test {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed');
  const tests = entries.map(([name, part]): ((event: JsonObject | undefined) => boolean) => {
    if (name === '$or') return compileAlternatives(part, found);
    const test = compileField(name, part, found);
    return (event) =>
      test(event !== undefined && Object.hasOwn(event, name) ? event[name] : undefined);
  });
  const matches = (event: JsonObject | undefined) => tests.every((test) => test(event));
  return function matchValue(value): boolean {
    if (Array.isArray(value) && value.length > 0) return value.some(matchValue);
    return matches(isObject(value) ? value : undefined);
  };
}

function compileAlternatives(part: Json, found: { wildcard: boolean }) {
  if (!Array.isArray(part) || part.length < 2 || !part.every(isObject)) {
    throw invalidPattern('There must have at least 2 Objects in "$or" relationship');
  }
  const tests = part.map((alternative) => compileObject(alternative as JsonObject, found));
  return (event: JsonObject | undefined) => tests.some((test) => test(event as Json | undefined));
}

function compileField(name: string, part: Json, found: { wildcard: boolean }): Test {
  if (isObject(part)) return compileObject(part, found);
  if (!Array.isArray(part)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (part.length === 0) throw invalidPattern('Empty arrays are not allowed');
  const tests = part.map((condition): LeafTest => {
    const compiled = compileCondition(condition, invalidPattern);
    if (compiled.wildcard) found.wildcard = true;
    return compiled;
  });
  return (value) => {
    const leaves = leavesOf(value);
    return tests.some((test) => {
      if (test.absent !== undefined) return test.absent === (leaves.length === 0);
      return leaves.some(test.matches);
    });
  };
}

/** The scalars of a field. An object is no leaf, and an empty array is nothing. */
function leavesOf(value: Json | undefined): readonly (string | number | boolean | null)[] {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leavesOf) : [value];
}

export const invalidPattern = (reason: string) =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
