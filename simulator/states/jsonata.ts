/**
 * JSONata as Step Functions offers it, evaluated synchronously, with virtual time and seeded randomness.
 *
 * The `jsonata` package evaluates asynchronously although nothing in an expression of ours ever waits. An asynchronous
 * step could interleave with other steps of the same instant, so the engine is loaded here from the installed package
 * with its `async` and `await` words taken out; a test compares its answers with those of the package itself. The
 * engine's `Date` and `Math` are replaced as well: `$now`, `$millis`, `$toMillis` of partial dates, `$random` and
 * `$shuffle` would otherwise read the host's clock and randomness.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Json } from '../contract.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { jsonType, NotJson, toPlainJson } from './json.ts';

/** Where an evaluation gets its time and its randomness. */
export interface Chance {
  readonly nowMs: number;
  readonly random: () => number;
}

interface Expression {
  evaluate(input: unknown, bindings: Readonly<Record<string, unknown>>): unknown;
  assign(name: string | symbol, value: unknown): void;
  registerFunction(name: string, run: (...args: never[]) => unknown, signature: string): void;
}
type Engine = (text: string) => Expression;

/** Of the evaluation under way; evaluations never nest nor interleave, as they are synchronous. */
let chance: Chance = { nowMs: 0, random: () => 0 };

class EngineDate extends Date {
  constructor(...parts: [] | [number | string]) {
    if (parts.length === 0) super(chance.nowMs);
    else super(...(parts as [number]));
  }
  static override now(): number {
    return chance.nowMs;
  }
}

const engineMath = Object.create(Math, {
  random: { value: () => chance.random() },
}) as Math;

function loadEngine(): Engine {
  const path = createRequire(import.meta.url).resolve('jsonata');
  const text = readFileSync(path, 'utf8')
    .replace(/\basync (?=function\b|\()/g, '')
    .replace(/\bawait /g, '')
    .replace(/\bPromise\.all\(/g, '(');
  if (/\basync function\b|\bPromise\./.test(text)) {
    throw new Error(
      'the installed jsonata package cannot be made synchronous: its source has changed',
    );
  }
  const holder: { exports: unknown } = { exports: {} };
  compileFunction(text, ['module', 'exports', 'Date', 'Math'], { filename: path })(
    holder,
    holder.exports,
    EngineDate,
    engineMath,
  );
  return holder.exports as Engine;
}

let engine: Engine | undefined;
const compiled = new Map<string, Expression>();

/** The algorithms of `$hash` and `States.Hash`. */
const HASH_ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Hex digest, or undefined for an algorithm that Step Functions does not know. */
export function hashText(text: string, algorithm: string): string | undefined {
  const name = HASH_ALGORITHMS[algorithm];
  return name === undefined ? undefined : createHash(name).update(text, 'utf8').digest('hex');
}

/** A version 4 UUID from a stream of random numbers. */
export function uuidFrom(random: () => number): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    if (index === 12) return '4';
    const digit = Math.floor(random() * 16);
    return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** A number in [0, 1) that depends on the seed alone. */
export function seededNumber(seed: number): number {
  let state = (Math.floor(seed) ^ 0x9e3779b9) >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) >>> 0;
  return ((state ^ (state >>> 16)) >>> 0) / 4_294_967_296;
}

/** Lists of at most 1,000 elements. Source: developer guide, "Intrinsic functions", and the same for `$range`. */
const RANGE_LENGTH_MAX = 1_000;

/** From first to last inclusive, by step. */
export function rangeOf(first: number, last: number, step: number): number[] {
  if (step === 0) throw new Error('step must not be 0');
  const length = Math.floor((last - first) / step) + 1;
  if (length > RANGE_LENGTH_MAX) throw new Error(`more than ${RANGE_LENGTH_MAX} elements`);
  return Array.from({ length: Math.max(0, length) }, (_, index) => first + index * step);
}

/** Chunks of `size`, the last one shorter. */
export function partitionOf<T>(list: readonly T[], size: number): T[][] {
  if (!Number.isInteger(size) || size < 1) throw new Error('chunk size must be a positive integer');
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

/** The functions that Step Functions adds. Source: developer guide, "Transforming data with JSONata". */
function addFunctions(expression: Expression): void {
  expression.registerFunction(
    'partition',
    (list: unknown[], size: number) => partitionOf(list, size),
    '<a-n:a>',
  );
  expression.registerFunction(
    'range',
    (first: number, last: number, step: number) =>
      // Recorded on AWS: a range of one element comes back as that element, as the engine's own lists do.
      Object.assign(rangeOf(first, last, step), { sequence: true }),
    '<nnn:a>',
  );
  expression.registerFunction(
    'hash',
    (text: string, algorithm: string) => {
      const digest = hashText(text, algorithm);
      if (digest === undefined) throw new Error(`${algorithm} is not a hash algorithm`);
      return digest;
    },
    '<s-s:s>',
  );
  expression.registerFunction(
    'random',
    (seed?: number) => (seed === undefined ? chance.random() : seededNumber(seed)),
    '<n?:n>',
  );
  expression.registerFunction('uuid', () => uuidFrom(chance.random), '<:s>');
  expression.registerFunction('parse', (text: string) => JSON.parse(text) as unknown, '<s-:x>');
  // Step Functions does not offer it: calling it must fail as calling any unknown name does.
  expression.assign('eval', undefined);
}

/**
 * AWS ends an expression after a second. Here steps are counted, so that the host's speed decides nothing; the limit,
 * chosen, is some tenths of a second of real time. Source: developer guide, "Transforming data with JSONata".
 */
const STEPS_MAX = 1_000_000;
let steps = 0;

function countStep(): void {
  steps += 1;
  if (steps > STEPS_MAX) throw new Error('the expression takes too long');
}

function compile(text: string): Expression {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  engine ??= loadEngine();
  const expression = engine(text);
  addFunctions(expression);
  expression.assign(Symbol.for('jsonata.__evaluate_entry'), countStep);
  compiled.set(text, expression);
  return expression;
}

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** The text between `{%` and `%}` when these fill the whole string, else undefined. */
export function expressionIn(value: unknown): string | undefined {
  return typeof value === 'string' ? EXPRESSION.exec(value)?.[1]?.trim() : undefined;
}

/** Why a text is not an expression, or undefined. */
export function syntaxError(text: string): string | undefined {
  try {
    compile(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return 'the expression recurses too deeply';
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : String(error);
  return typeof code === 'string' ? `${code}: ${text}` : text;
}

/**
 * Evaluates an expression; `location` is the path of the field that holds it.
 * @throws EvaluationError (States.QueryEvaluationError), worded as recorded on AWS, when it throws, answers nothing, or
 * answers what JSON cannot say.
 */
export function evaluate(
  text: string,
  bindings: Readonly<Record<string, unknown>>,
  from: Chance,
  location: string,
): Json {
  const said = `The JSONata expression '${text}' specified for the field '${location}'`;
  const refuse = (detail: string): EvaluationError =>
    new EvaluationError(StatesErrorName.queryEvaluationError, `${said} ${detail}`, location);
  let value: unknown;
  chance = from;
  steps = 0;
  try {
    value = compile(text).evaluate(undefined, bindings);
  } catch (error) {
    throw refuse(`threw an error during evaluation. ${messageOf(error)}`);
  }
  if (value === undefined) throw refuse('returned nothing (undefined).');
  try {
    return toPlainJson(value);
  } catch (error) {
    if (error instanceof NotJson) throw refuse(`returned ${error.message}, which is not JSON.`);
    throw error;
  }
}

/** The error for a value of another type than the field takes. */
export function unexpectedType(
  text: string,
  location: string,
  expected: string,
  value: Json,
): EvaluationError {
  return new EvaluationError(
    StatesErrorName.queryEvaluationError,
    `The JSONata expression '${text}' specified for the field '${location}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${jsonType(value)}' for value: ${JSON.stringify(value)}`,
    location,
  );
}
