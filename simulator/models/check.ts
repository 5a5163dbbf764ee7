/** Checks values against compact shapes. Checkers are made once per shape; a value that fits costs no allocation. */

import { patternOf } from './patterns.ts';
import type { ShapeData, StructData, TextData } from './shapes.ts';

/** What a limit says. `words` is how a limit of a list's or map's parts is told: all at once. */
export type Limit =
  | { readonly kind: 'min' | 'max'; readonly of: 'length' | 'value'; readonly bound: number }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string };

export type Wrong =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly known: readonly string[] }
  | { readonly kind: 'type'; readonly expected: ShapeData['t'] }
  | { readonly kind: 'limit'; readonly limit: Limit }
  /** Parts of a list or map of plain values: these are all limits of such a part, whichever was broken. */
  | { readonly kind: 'parts'; readonly which: Parts; readonly limits: readonly Limit[] };
export type Parts = 'members' | 'keys' | 'values';

/** A step is a member's name, or a part: a list's position from 0, a map's key. */
export type Step = string | { readonly part: string | number };

export interface Problem {
  /** From the outside in. */
  readonly path: Step[];
  readonly value: unknown;
  readonly sensitive: boolean;
  readonly wrong: Wrong;
}

/** Adds to `problems` what is wrong with the value; paths begin at the value. */
export type Check = (value: unknown, problems: Problem[]) => void;

export interface CheckOptions {
  /** Whether `null` stands for a member that is left out, as services read it. */
  readonly nullIsAbsent: boolean;
}

export function makeChecks(
  shapes: readonly ShapeData[],
  options: CheckOptions,
): (shape: number) => Check {
  const made = new Map<number, Check>();
  const checkOf = (number: number): Check => {
    const before = made.get(number);
    if (before !== undefined) return before;
    const shape = shapes[number];
    if (shape === undefined) throw new Error(`there is no shape ${number}`);
    let check: Check | undefined;
    // Shapes refer to themselves: whoever asks while this one is being made gets a way to it.
    made.set(number, (value, problems) => check?.(value, problems));
    check = checkFor(shape, shapes, checkOf, options);
    made.set(number, check);
    return check;
  };
  return checkOf;
}

function checkFor(
  shape: ShapeData,
  shapes: readonly ShapeData[],
  checkOf: (shape: number) => Check,
  options: CheckOptions,
): Check {
  switch (shape.t) {
    case 'struct':
      return checkStruct(shape, checkOf, options);
    case 'list': {
      const length = checkLimits(shape, 'length', (value) => (value as unknown[]).length);
      const each = checkPart('members', shape.of, shapes, checkOf);
      return (value, problems) => {
        if (!Array.isArray(value)) return mistyped(value, 'list', problems);
        length(value, problems);
        for (let at = 0; at < value.length; at += 1) each(value[at], at, value, problems);
      };
    }
    case 'map': {
      const size = checkLimits(shape, 'length', (value) => Object.keys(value as object).length);
      const key = checkPart('keys', shape.key, shapes, checkOf);
      const each = checkPart('values', shape.of, shapes, checkOf);
      return (value, problems) => {
        if (!isRecord(value)) return mistyped(value, 'map', problems);
        size(value, problems);
        for (const name of Object.keys(value)) {
          key(name, name, value, problems);
          each(value[name], name, value, problems);
        }
      };
    }
    case 'text':
      return checkText(shape);
    case 'integer':
    case 'float':
      return checkNumber(shape);
    case 'boolean':
      return (value, problems) => {
        if (typeof value !== 'boolean') mistyped(value, 'boolean', problems);
      };
    case 'instant':
      return (value, problems) => {
        if (!(value instanceof Date) || Number.isNaN(value.getTime()))
          mistyped(value, 'instant', problems);
      };
    case 'bytes': {
      const length = checkLimits(shape, 'length', (value) => (value as Uint8Array).byteLength);
      return (value, problems) => {
        if (!(value instanceof Uint8Array)) return mistyped(value, 'bytes', problems);
        length(value, problems);
      };
    }
    default:
      return shape satisfies never;
  }
}

function checkStruct(
  { members, required = [] }: StructData,
  checkOf: (shape: number) => Check,
  { nullIsAbsent }: CheckOptions,
): Check {
  const known = Object.keys(members);
  const checks = new Map<string, Check>();
  const absent = (value: unknown) => value === undefined || (nullIsAbsent && value === null);
  return (value, problems) => {
    if (!isRecord(value)) return mistyped(value, 'struct', problems);
    for (const name of required) {
      if (absent(value[name])) problems.push(problem({ kind: 'missing' }, value[name], [name]));
    }
    for (const name in value) {
      const member = value[name];
      if (absent(member)) continue;
      let check = checks.get(name);
      if (check === undefined) {
        const number = Object.hasOwn(members, name) ? members[name] : undefined;
        if (number === undefined) {
          problems.push(problem({ kind: 'unknown', known }, member, [name]));
          continue;
        }
        check = checkOf(number);
        checks.set(name, check);
      }
      const before = problems.length;
      check(member, problems);
      if (problems.length > before) stepInto(name, problems, before);
    }
  };
}

type CheckPart = (value: unknown, at: string | number, whole: object, problems: Problem[]) => void;

/** Limits of plain parts are told of the whole list or map, with all its limits; other trouble of the part itself. */
function checkPart(
  which: Parts,
  number: number,
  shapes: readonly ShapeData[],
  checkOf: (shape: number) => Check,
): CheckPart {
  const shape = shapes[number];
  let check: Check | undefined;
  const limits = shape === undefined ? [] : limitsOf(shape);
  const plain = limits.length > 0 && shape?.t !== 'list' && shape?.t !== 'map';
  return (value, at, whole, problems) => {
    check ??= checkOf(number);
    const before = problems.length;
    check(value, problems);
    if (problems.length === before) return;
    if (plain && problems[before]?.wrong.kind === 'limit') {
      const sensitive = problems[before]?.sensitive === true;
      problems.length = before;
      const last = problems.at(-1);
      // Two parts that break the same limits are one problem of the whole.
      if (last?.value === whole && last.wrong.kind === 'parts' && last.wrong.which === which)
        return;
      problems.push({ path: [], value: whole, sensitive, wrong: { kind: 'parts', which, limits } });
      return;
    }
    stepInto({ part: at }, problems, before);
  };
}

function stepInto(step: Step, problems: readonly Problem[], from: number): void {
  for (let at = from; at < problems.length; at += 1) problems[at]?.path.unshift(step);
}

function problem(wrong: Wrong, value: unknown, path: Step[] = [], sensitive = false): Problem {
  return { path, value, sensitive, wrong };
}

function mistyped(value: unknown, expected: ShapeData['t'], problems: Problem[]): void {
  problems.push(problem({ kind: 'type', expected }, value));
}

/** All limits of a plain shape, in the order in which AWS lists them. */
export function limitsOf(shape: ShapeData): readonly Limit[] {
  if (shape.t === 'struct') return [];
  const of = shape.t === 'integer' || shape.t === 'float' ? 'value' : 'length';
  const { min, max } = shape;
  const limits: Limit[] = [];
  if (max !== undefined) limits.push({ kind: 'max', of, bound: max });
  if (min !== undefined) limits.push({ kind: 'min', of, bound: min });
  if (shape.t !== 'text') return limits;
  if (shape.pattern !== undefined) limits.push({ kind: 'pattern', pattern: shape.pattern });
  if (shape.enum !== undefined) limits.push({ kind: 'enum', values: shape.enum });
  return limits;
}

function checkLimits(
  {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
  }: {
    readonly min?: number;
    readonly max?: number;
  },
  of: 'length' | 'value',
  measure: (value: unknown) => number,
  sensitive = false,
): Check {
  if (min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY) return () => {};
  return (value, problems) => {
    const size = measure(value);
    if (size > max) limited({ kind: 'max', of, bound: max }, value, problems, sensitive);
    if (size < min) limited({ kind: 'min', of, bound: min }, value, problems, sensitive);
  };
}

function limited(limit: Limit, value: unknown, problems: Problem[], sensitive: boolean): void {
  problems.push(problem({ kind: 'limit', limit }, value, [], sensitive));
}

function checkNumber(shape: Extract<ShapeData, { t: 'integer' | 'float' }>): Check {
  const within = checkLimits(shape, 'value', Number);
  const { t } = shape;
  return (value, problems) => {
    const fits =
      typeof value === 'number'
        ? t === 'float' || Number.isInteger(value)
        : typeof value === 'bigint';
    if (fits) within(value, problems);
    else mistyped(value, t, problems);
  };
}

function checkText(shape: TextData): Check {
  const sensitive = shape.sensitive === true;
  const values = shape.enum && new Set(shape.enum);
  const pattern = shape.pattern === undefined ? undefined : patternOf(shape.pattern);
  const length = checkLimits(shape, 'length', (value) => codePoints(value as string), sensitive);
  const { min = 0, max = Number.POSITIVE_INFINITY } = shape;
  return (value, problems) => {
    if (typeof value !== 'string') return mistyped(value, 'text', problems);
    // A code point is at most two units long: only near a limit must they be counted.
    if (value.length > max || value.length < 2 * min) length(value, problems);
    if (pattern !== undefined && shape.pattern !== undefined && !pattern.test(value))
      limited({ kind: 'pattern', pattern: shape.pattern }, value, problems, sensitive);
    if (values !== undefined && shape.enum !== undefined && !values.has(value))
      limited({ kind: 'enum', values: shape.enum }, value, problems, sensitive);
  };
}

const surrogate = /[\ud800-\udbff][\udc00-\udfff]/g;

function codePoints(text: string): number {
  const pairs = text.match(surrogate);
  return pairs === null ? text.length : text.length - pairs.length;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
