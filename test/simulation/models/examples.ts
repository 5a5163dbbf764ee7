import * as fc from 'fast-check';
import { limitsOf } from '../../../simulator/models/check.ts';
import { patternOf } from '../../../simulator/models/patterns.ts';
import type { ModelData, ShapeData, TextData } from '../../../simulator/models/shapes.ts';

/** Which members a made-up value has: by path, so that a seed decides. */
export type Wanted = (path: string, required: boolean) => boolean;

const DEPTH_MAX = 6;

/** A value that fits a shape. `undefined` where only an endless one would. */
export function exampleOf(
  { shapes }: ModelData,
  number: number,
  wanted: Wanted,
  path = '',
  depth = 0,
): unknown {
  const shape = shapes[number]!;
  const inner = (of: number, step: string) =>
    exampleOf({ shapes } as ModelData, of, wanted, `${path}.${step}`, depth + 1);
  switch (shape.t) {
    case 'struct': {
      const names = Object.keys(shape.members).filter((name) => {
        const required = shape.required?.includes(name) === true;
        return required || (depth < DEPTH_MAX && wanted(`${path}.${name}`, required));
      });
      return Object.fromEntries(names.map((name) => [name, inner(shape.members[name]!, name)]));
    }
    case 'list': {
      const count = Math.max(shape.min ?? 0, depth < DEPTH_MAX ? 1 : 0);
      return Array.from({ length: count }, (_, index) => inner(shape.of, String(index)));
    }
    case 'map': {
      const count = Math.max(shape.min ?? 0, depth < DEPTH_MAX ? 1 : 0);
      const key = count === 0 ? '' : textFor(shapes[shape.key] as TextData);
      const keys = Array.from({ length: count }, (_, index) => (index === 0 ? key : key + index));
      return Object.fromEntries(keys.map((key) => [key, inner(shape.of, key)]));
    }
    case 'text':
      return textFor(shape);
    case 'integer':
    case 'float':
      return shape.min ?? Math.min(shape.max ?? 1, 1);
    case 'boolean':
      return true;
    case 'instant':
      return new Date(0);
    case 'bytes':
      return new Uint8Array(shape.min ?? 1);
  }
}

const texts = new Map<string, string>();

export function textFor(shape: TextData): string {
  const key = JSON.stringify(shape);
  const text = texts.get(key) ?? makeText(shape);
  texts.set(key, text);
  return text;
}

/** What looks ahead cannot be generated, but for looking itself the rest is a good guess. */
const lookahead = /\(\?[=!](?:[^()]|\([^()]*\))*\)/g;

function makeText({ enum: values, pattern, min = 0, max = 1000 }: TextData): string {
  if (values !== undefined) return values[0]!;
  if (pattern === undefined) return 'x'.repeat(Math.min(Math.max(min, 3), max));
  const real = patternOf(pattern);
  const fits = (text: string) => text.length >= min && text.length <= max && real.test(text);
  const plain = ['x', 'web', 'x'.repeat(min), '1', '0'.repeat(36)].find(fits);
  if (plain !== undefined) return plain;
  const source = patternOf(pattern.replace(lookahead, ''));
  const samples = fc.sample(fc.stringMatching(source), { numRuns: 300, seed: 1 });
  const found = samples.find(fits);
  if (found === undefined) throw new Error(`no text for ${pattern} of ${min} to ${max}`);
  return found;
}

export interface Mutation {
  /** `tags[0].key: a text too long` */
  readonly what: string;
  /** What problem it must be: of which kind, and of a limit which. */
  readonly kind: string;
  readonly value: unknown;
}

/** Every way to break exactly one rule of the model somewhere in this value. */
export function* mutationsOf(data: ModelData, number: number, value: unknown): Iterable<Mutation> {
  yield* mutate(data, number, value, '');
}

function* mutate(data: ModelData, number: number, value: unknown, at: string): Generator<Mutation> {
  const shape = data.shapes[number]!;
  if (at !== '') yield { what: `${at}: another type`, kind: 'type', value: alien(shape) };
  for (const broken of brokenLimits(shape, value))
    yield { ...broken, what: `${at}: ${broken.what}` };
  if (shape.t === 'struct') {
    const whole = value as Record<string, unknown>;
    yield { what: `${at}.Zzz`, kind: 'unknown', value: { ...whole, Zzz: 1 } };
    for (const name of shape.required ?? []) {
      const { [name]: _, ...rest } = whole;
      yield { what: `${at}.${name}: left out`, kind: 'missing', value: rest };
    }
    for (const [name, member] of Object.entries(whole)) {
      for (const inner of mutate(data, shape.members[name]!, member, `${at}.${name}`))
        yield { ...inner, value: { ...whole, [name]: inner.value } };
    }
  }
  if (shape.t === 'list') {
    const [first, ...others] = value as unknown[];
    if (first === undefined) return;
    for (const inner of mutate(data, shape.of, first, `${at}[0]`))
      yield { ...inner, value: [inner.value, ...others] };
  }
  if (shape.t === 'map') {
    const whole = value as Record<string, unknown>;
    for (const [key, part] of Object.entries(whole)) {
      for (const inner of mutate(data, shape.of, part, `${at}[${key}]`))
        yield { ...inner, value: { ...whole, [key]: inner.value } };
      for (const broken of brokenLimits(data.shapes[shape.key]!, key))
        yield {
          ...broken,
          what: `${at} key: ${broken.what}`,
          value: { [String(broken.value)]: part },
        };
    }
  }
}

function alien(shape: ShapeData): unknown {
  return shape.t === 'text' ? 7 : 'of another type';
}

function* brokenLimits(shape: ShapeData, value: unknown): Generator<Mutation> {
  for (const limit of limitsOf(shape)) {
    const broken = breakLimit(shape, limit, value);
    if (broken !== undefined) yield { what: limit.kind, kind: limit.kind, value: broken };
  }
}

function breakLimit(
  shape: ShapeData,
  limit: ReturnType<typeof limitsOf>[number],
  value: unknown,
): unknown {
  if (limit.kind === 'enum') return 'no such value';
  if (limit.kind === 'pattern') {
    const real = patternOf(limit.pattern);
    return ['\u0000', ' ', '', '!!', '\n', 'é', '99x'].find((text) => !real.test(text));
  }
  const size = limit.kind === 'max' ? limit.bound + 1 : limit.bound - 1;
  if (limit.of === 'value') return size;
  if (size < 0) return undefined;
  if (shape.t === 'text') return 'x'.repeat(size);
  if (shape.t === 'bytes') return new Uint8Array(size);
  if (shape.t === 'list')
    return Array.from({ length: size }, () => (value as unknown[])[0]).slice(0, size);
  const [[key, part] = ['x', undefined]] = Object.entries(value as object);
  return Object.fromEntries(Array.from({ length: size }, (_, index) => [`${key}${index}`, part]));
}
