/**
 * JSONPath as Step Functions reads it (the Jayway dialect): compiled once, evaluated on plain JSON.
 * Source: States Language specification, "Paths"; results for wildcards and slices as recorded on AWS.
 */

import type { Json } from '../contract.ts';
import { isObject } from './json.ts';
import { type Filter, parseFilter } from './json-path-filter.ts';

export type Step =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep' }
  | { readonly kind: 'filter'; readonly filter: Filter };

export interface JsonPath {
  readonly text: string;
  /** `input`: `$`, `context`: `$$`, otherwise the name of a variable. */
  readonly root:
    | { readonly kind: 'input' | 'context' }
    | { readonly kind: 'variable'; readonly name: string };
  readonly steps: readonly Step[];
  /** Names at most one value. An indefinite path answers a list, an empty one when nothing is there. */
  readonly definite: boolean;
}

const NAME = /^[\p{L}\p{N}_\-@]+/u;
const VARIABLE = /^\$(?<name>[\p{L}_][\p{L}\p{N}_]*)/u;

/**
 * @throws SyntaxError saying what of the text is not understood.
 */
export function parseJsonPath(text: string): JsonPath {
  const variable = VARIABLE.exec(text)?.groups?.['name'];
  const prefix = text.startsWith('$$') ? '$$' : variable === undefined ? '$' : `$${variable}`;
  if (!text.startsWith(prefix))
    throw new SyntaxError(`'${text}' is not a path: it must start with '$'`);
  const steps: Step[] = [];
  let rest = text.slice(prefix.length);
  while (rest.length > 0) {
    const read = readStep(rest, text);
    steps.push(...read.steps);
    rest = read.rest;
  }
  const definite = steps.every(
    (step) =>
      (step.kind === 'names' && step.names.length === 1) ||
      (step.kind === 'indexes' && step.indexes.length === 1),
  );
  const root =
    variable !== undefined
      ? ({ kind: 'variable', name: variable } as const)
      : ({ kind: prefix === '$$' ? 'context' : 'input' } as const);
  return { text, root, steps, definite };
}

function readStep(rest: string, whole: string): { steps: Step[]; rest: string } {
  if (rest.startsWith('..')) {
    const after = rest.slice(2);
    if (after.startsWith('[')) return { steps: [{ kind: 'deep' }], rest: after };
    const read = readStep(`.${after}`, whole);
    return { steps: [{ kind: 'deep' }, ...read.steps], rest: read.rest };
  }
  if (rest.startsWith('.*')) return { steps: [{ kind: 'all' }], rest: rest.slice(2) };
  if (rest.startsWith('.')) {
    const name = NAME.exec(rest.slice(1))?.[0];
    const after = name === undefined ? rest : rest.slice(1 + name.length);
    if (name === undefined || after.startsWith('(')) {
      throw new SyntaxError(`the path '${whole}' has something else than a name at '${rest}'`);
    }
    return { steps: [{ kind: 'names', names: [name] }], rest: after };
  }
  if (rest.startsWith('[')) {
    const end = closingBracket(rest, whole);
    return { steps: [readBracket(rest.slice(1, end).trim(), whole)], rest: rest.slice(end + 1) };
  }
  throw new SyntaxError(`the path '${whole}' is not understood at '${rest}'`);
}

/** Brackets and quotes nest; a quote may be escaped. */
function closingBracket(rest: string, whole: string): number {
  let depth = 0;
  let quote = '';
  for (let index = 0; index < rest.length; index += 1) {
    const character = rest.charAt(index);
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if (character === '[') depth += 1;
    else if (character === ']') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  throw new SyntaxError(`the path '${whole}' has a bracket that is not closed`);
}

function readBracket(text: string, whole: string): Step {
  if (text === '*') return { kind: 'all' };
  if (text.startsWith('?'))
    return { kind: 'filter', filter: parseFilter(text.slice(1).trim(), whole) };
  if (text.startsWith("'") || text.startsWith('"'))
    return { kind: 'names', names: readNames(text, whole) };
  if (/^-?\d+(\s*,\s*-?\d+)*$/.test(text)) {
    return { kind: 'indexes', indexes: text.split(',').map(Number) };
  }
  const slice = /^(-?\d*)\s*:\s*(-?\d*)(?:\s*:\s*(\d+))?$/.exec(text);
  if (slice === null) throw new SyntaxError(`the path '${whole}' is not understood at '[${text}]'`);
  const bound = (part: string | undefined): number | undefined =>
    part === undefined || part === '' ? undefined : Number(part);
  const from = bound(slice[1]);
  const to = bound(slice[2]);
  return {
    kind: 'slice',
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    step: bound(slice[3]) ?? 1,
  };
}

function readNames(text: string, whole: string): string[] {
  const names: string[] = [];
  const pattern = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null)
      throw new SyntaxError(`the path '${whole}' is not understood at '[${text}]'`);
    // Recorded on AWS: a backslash before anything but the surrounding quote and itself stays.
    names.push(
      match[1] !== undefined
        ? match[1].replace(/\\(['\\])/g, '$1')
        : (match[2] ?? '').replace(/\\(["\\])/g, '$1'),
    );
  }
  return names;
}

/** All values that the steps reach from a value, in document order. */
export function valuesAt(start: Json, steps: readonly Step[]): Json[] {
  let values: Json[] = [start];
  for (const step of steps) {
    const next: Json[] = [];
    for (const value of values) reach(value, step, next);
    values = next;
  }
  return values;
}

function reach(value: Json, step: Step, into: Json[]): void {
  switch (step.kind) {
    case 'names':
      for (const name of step.names) {
        if (isObject(value) && Object.hasOwn(value, name)) into.push(value[name] ?? null);
      }
      return;
    case 'indexes':
      if (!Array.isArray(value)) return;
      for (const index of step.indexes) {
        const at = index < 0 ? value.length + index : index;
        if (at >= 0 && at < value.length) into.push(value[at] ?? null);
      }
      return;
    case 'slice':
      if (Array.isArray(value)) into.push(...sliceOf(value, step));
      return;
    case 'all':
      if (Array.isArray(value)) into.push(...value);
      else if (isObject(value)) into.push(...Object.values(value));
      return;
    case 'deep':
      descend(value, into);
      return;
    case 'filter':
      for (const item of Array.isArray(value) ? value : isObject(value) ? [value] : []) {
        if (step.filter(item)) into.push(item);
      }
      return;
    default:
      step satisfies never;
  }
}

function sliceOf(list: readonly Json[], slice: Extract<Step, { kind: 'slice' }>): Json[] {
  return list.slice(slice.from, slice.to).filter((_, index) => index % slice.step === 0);
}

function descend(value: Json, into: Json[]): void {
  if (Array.isArray(value)) {
    into.push(value);
    for (const item of value) descend(item, into);
  } else if (isObject(value)) {
    into.push(value);
    for (const member of Object.values(value)) descend(member, into);
  }
}

/** The value at a path, a list for an indefinite one; undefined when a definite path leads nowhere. */
export function valueAt(start: Json, path: JsonPath): Json | undefined {
  const values = valuesAt(start, path.steps);
  if (!path.definite) return values;
  return values[0];
}

/** The path in bracket notation, as Step Functions repeats it in causes: `$['a'][0]`. */
export function bracketText(path: JsonPath): string {
  const parts = path.steps.map((step) => {
    if (step.kind === 'names') return `[${step.names.map((name) => `'${name}'`).join(',')}]`;
    if (step.kind === 'indexes') return `[${step.indexes.join(',')}]`;
    return '[*]';
  });
  return `$${parts.join('')}`;
}

/**
 * A copy of `target` with `value` put at a reference path; objects on the way are made as needed.
 * Undefined when the path goes through something that is neither an object nor absent.
 */
export function withValueAt(target: Json, path: JsonPath, value: Json): Json | undefined {
  const names: (string | number)[] = [];
  for (const step of path.steps) {
    if (step.kind === 'names') names.push(...step.names);
    else if (step.kind === 'indexes') names.push(...step.indexes);
  }
  const put = (at: Json | undefined, depth: number): Json | undefined => {
    const name = names[depth];
    if (name === undefined) return value;
    if (typeof name === 'number') {
      if (!Array.isArray(at) || name < 0 || name >= at.length) return undefined;
      const member = put(at[name], depth + 1);
      return member === undefined
        ? undefined
        : at.map((item, index) => (index === name ? member : item));
    }
    if (at !== undefined && !isObject(at)) return undefined;
    const member = put(
      at === undefined || !Object.hasOwn(at, name) ? undefined : at[name],
      depth + 1,
    );
    return member === undefined ? undefined : { ...at, [name]: member };
  };
  return put(target, 0);
}
