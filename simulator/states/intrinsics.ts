/**
 * Intrinsic functions of JSONPath states (`States.Format('{}', $.name)`), parsed once.
 * Source: Step Functions developer guide, "Intrinsic functions for JSONPath states"; rounding and the text of objects
 * as recorded on AWS.
 */

import type { Json } from '../contract.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { isObject, sameJson } from './json.ts';
import { type JsonPath, parseJsonPath } from './json-path.ts';
import { type Chance, hashText, partitionOf, rangeOf, seededNumber, uuidFrom } from './jsonata.ts';

export type Intrinsic =
  /** `template`: a text as it was written, escapes and all, for Format to read. */
  | { readonly kind: 'literal'; readonly value: Json; readonly template?: string }
  | { readonly kind: 'path'; readonly path: JsonPath }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Intrinsic[] };

export const isIntrinsic = (text: string): boolean => /^\s*States\.[A-Za-z0-9]+\s*\(/.test(text);

/**
 * @throws SyntaxError for what is not a call of a known function.
 */
export function parseIntrinsic(text: string): Intrinsic {
  const reader = new IntrinsicReader(text);
  const call = reader.readArgument();
  reader.expectEnd();
  return call;
}

class IntrinsicReader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  readArgument(): Intrinsic {
    const rest = this.#rest();
    const call = /^(States\.[A-Za-z0-9]+)\s*\(/.exec(rest);
    if (call?.[1] !== undefined) return this.#readCall(call[1], call[0].length);
    const quoted = /^'((?:[^'\\]|\\.)*)'/.exec(rest);
    if (quoted?.[1] !== undefined) {
      this.#at += quoted[0].length;
      return { kind: 'literal', value: unescaped(quoted[1]), template: quoted[1] };
    }
    const word = /^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?=[\s,)]|$)/.exec(rest);
    if (word?.[1] !== undefined) {
      this.#at += word[0].length;
      return { kind: 'literal', value: JSON.parse(word[1]) as Json };
    }
    if (rest.startsWith('$')) return this.#readPath(rest);
    throw new SyntaxError(`the intrinsic function '${this.#text}' is not understood at '${rest}'`);
  }

  #readCall(name: string, length: number): Intrinsic {
    if (!Object.hasOwn(FUNCTIONS, name)) {
      throw new SyntaxError(`'${name}' is not an intrinsic function`);
    }
    this.#at += length;
    const args: Intrinsic[] = [];
    if (!this.#rest().startsWith(')')) args.push(this.readArgument());
    while (this.#rest().startsWith(',')) {
      this.#at += 1;
      args.push(this.readArgument());
    }
    if (!this.#rest().startsWith(')'))
      throw new SyntaxError(`'${this.#text}' has a parenthesis that is not closed`);
    this.#at += 1;
    const { argumentsMin, argumentsMax = argumentsMin } = FUNCTIONS[name] ?? { argumentsMin: 0 };
    if (args.length < argumentsMin || args.length > argumentsMax) {
      throw new SyntaxError(`'${name}' does not take ${args.length} arguments`);
    }
    return { kind: 'call', name, args };
  }

  /** A path ends at a comma or parenthesis outside of its own brackets. */
  #readPath(rest: string): Intrinsic {
    let depth = 0;
    let end = 0;
    for (; end < rest.length; end += 1) {
      const character = rest.charAt(end);
      if (character === '[') depth += 1;
      else if (character === ']') depth -= 1;
      else if (depth === 0 && (character === ',' || character === ')')) break;
    }
    this.#at += end;
    return { kind: 'path', path: parseJsonPath(rest.slice(0, end).trim()) };
  }

  expectEnd(): void {
    if (this.#rest() !== '') {
      throw new SyntaxError(
        `the intrinsic function '${this.#text}' goes on after its end: '${this.#rest()}'`,
      );
    }
  }

  #rest(): string {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.slice(this.#at);
  }
}

/**
 * Quotes, braces and backslashes are written with a backslash before them.
 * @throws SyntaxError for one before anything else, which fails on AWS when it runs
 */
function unescaped(text: string): string {
  const stray = /^(?:[^\\]|\\['{}\\])*\\(?!['{}\\])/.test(text);
  if (stray) throw new SyntaxError(`the text '${text}' has a backslash that escapes nothing`);
  return text.replace(/\\(['{}\\])/g, '$1');
}

/** Calls the function; `resolve` looks up the paths among its arguments. */
export function callIntrinsic(
  intrinsic: Intrinsic,
  resolve: (path: JsonPath) => Json,
  chance: Chance,
): Json {
  if (intrinsic.kind === 'literal') return intrinsic.value;
  if (intrinsic.kind === 'path') return resolve(intrinsic.path);
  const { name } = intrinsic;
  const args = intrinsic.args.map((argument) => callIntrinsic(argument, resolve, chance));
  const known = FUNCTIONS[name];
  if (known === undefined) throw failure(name, 'is not known');
  try {
    const [first] = intrinsic.args;
    if (name === 'States.Format' && first?.kind === 'literal' && first.template !== undefined) {
      return format(first.template, args.slice(1), /\\([{}'\\])|\{\}/g);
    }
    return known.run(args, chance);
  } catch (error) {
    if (error instanceof EvaluationError) throw error;
    throw failure(intrinsic.name, error instanceof Error ? error.message : String(error));
  }
}

const failure = (name: string, detail: string): EvaluationError =>
  new EvaluationError(
    StatesErrorName.intrinsicFailure,
    `The function '${name}' had the following error: ${detail}`,
  );

function array(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new Error('an argument must be an array');
  return value;
}
function number(value: Json | undefined): number {
  if (typeof value !== 'number') throw new Error('an argument must be a number');
  return value;
}
function string(value: Json | undefined): string {
  if (typeof value !== 'string') throw new Error('an argument must be a string');
  return value;
}

/** Java's Math.round, half up, as recorded: -1.5 becomes -1. */
const integer = (value: Json | undefined): number => Math.round(number(value)) + 0;

/** How a value reads inside of a formatted text: Java's own words for lists and objects, as recorded. */
function javaText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${key}=${javaText(member)}`);
  return `{${members.join(', ')}}`;
}

function format(template: string, values: readonly Json[], escapes: RegExp): string {
  let used = 0;
  const text = template.replace(escapes, (_, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const value = values[used];
    if (value === undefined) throw new Error('there are more {} than arguments');
    used += 1;
    return javaText(value);
  });
  if (used < values.length) throw new Error('there are more arguments than {}');
  return text;
}

function split(text: string, separators: string): string[] {
  if (separators === '') return [text];
  const any = separators.replace(/[\\\]^-]/g, '\\$&');
  return text.split(new RegExp(`[${any}]`)).filter((part) => part !== '');
}

function random(args: readonly Json[], chance: Chance): number {
  const first = integer(args[0]);
  const afterLast = integer(args[1]);
  const seed = args[2];
  const share = seed === undefined ? chance.random() : seededNumber(number(seed));
  return first + Math.floor(share * (afterLast - first));
}

/** Source: developer guide, "Intrinsic functions", States.Base64Encode and States.Hash. */
const TEXT_LENGTH_MAX = 10_000;

function short(text: string): string {
  if (text.length > TEXT_LENGTH_MAX) throw new Error(`more than ${TEXT_LENGTH_MAX} characters`);
  return text;
}

function hash(data: Json | undefined, algorithm: string): string {
  const text = short(typeof data === 'string' ? data : JSON.stringify(data));
  const digest = hashText(text, algorithm);
  if (digest === undefined) throw new Error(`${algorithm} is not a hash algorithm`);
  return digest;
}

function merge(one: Json | undefined, other: Json | undefined, deep: Json | undefined): Json {
  if (!isObject(one) || !isObject(other)) throw new Error('only objects can be merged');
  if (deep !== false) throw new Error('only the shallow merging mode is supported');
  return { ...one, ...other };
}

function itemAt(list: Json | undefined, index: Json | undefined): Json {
  const item = array(list)[integer(index)];
  if (item === undefined) throw new Error('the index is out of the array');
  return item;
}

const unique = (list: readonly Json[]): Json[] =>
  list.filter((item, index) => list.findIndex((other) => sameJson(other, item)) === index);

type Run = (args: readonly Json[], chance: Chance) => Json;
interface Known {
  readonly argumentsMin: number;
  /** By default as many as the least. */
  readonly argumentsMax?: number;
  readonly run: Run;
}
const takes = (count: number, run: Run, argumentsMax = count): Known => ({
  argumentsMin: count,
  argumentsMax,
  run,
});
const ANY = Number.POSITIVE_INFINITY;

const FUNCTIONS: Readonly<Record<string, Known>> = {
  'States.Array': takes(0, (args) => [...args], ANY),
  'States.ArrayPartition': takes(2, ([list, size]) => partitionOf(array(list), integer(size))),
  'States.ArrayContains': takes(2, ([list, wanted]) =>
    array(list).some((item) => wanted !== undefined && sameJson(item, wanted)),
  ),
  'States.ArrayRange': takes(3, ([first, last, step]) =>
    rangeOf(integer(first), integer(last), integer(step)),
  ),
  'States.ArrayGetItem': takes(2, ([list, index]) => itemAt(list, index)),
  'States.ArrayLength': takes(1, ([list]) => array(list).length),
  'States.ArrayUnique': takes(1, ([list]) => unique(array(list))),
  'States.Base64Encode': takes(1, ([text]) =>
    Buffer.from(short(string(text)), 'utf8').toString('base64'),
  ),
  'States.Base64Decode': takes(1, ([text]) =>
    Buffer.from(short(string(text)), 'base64').toString('utf8'),
  ),
  'States.Hash': takes(2, ([data, algorithm]) => hash(data, string(algorithm))),
  'States.JsonMerge': takes(3, ([one, other, deep]) => merge(one, other, deep)),
  'States.StringToJson': takes(1, ([text]) =>
    string(text).trim() === '' ? null : plain(JSON.parse(string(text))),
  ),
  'States.JsonToString': takes(1, ([value]) => JSON.stringify(value)),
  'States.MathRandom': takes(2, random, 3),
  'States.MathAdd': takes(2, ([one, other]) => integer(one) + integer(other) + 0),
  'States.StringSplit': takes(2, ([text, separators]) => split(string(text), string(separators))),
  'States.UUID': takes(0, (_, chance) => uuidFrom(chance.random)),
  // The template as it comes out of data; one that is written as a text is read with all of its escapes.
  'States.Format': takes(
    1,
    ([template, ...values]) => format(string(template), values, /\\([{}])|\{\}/g),
    ANY,
  ),
};

/** JSON.parse reads `-0` as such; Step Functions answers 0. */
const plain = (value: unknown): Json => (Object.is(value, -0) ? 0 : (value as Json));
