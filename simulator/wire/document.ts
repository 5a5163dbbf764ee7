import { AwsError } from '../contract.ts';
import type { Member, Shape, StructShape } from './shape.ts';

/** How a document format writes what plain JSON lacks. */
export interface DocumentStyle {
  readonly instant: (value: Date) => unknown;
  readonly blob: (value: Uint8Array) => unknown;
  readonly number: (value: number) => unknown;
}

/** JSON: instants as epoch seconds, bytes as base64, NaN and the infinities as text. */
export const jsonStyle: DocumentStyle = {
  instant: (value) => value.getTime() / 1000,
  blob: (value) => Buffer.from(value).toString('base64'),
  number: (value) => (Number.isFinite(value) ? value : String(value)),
};

/**
 * An SDK value as a document that a format can print.
 * @throws Error naming the path for a member that the schema lacks or a value of another type: it is a simulated
 *   service that answers so, not the caller.
 */
export function toDocument(
  shape: Shape,
  value: unknown,
  style: DocumentStyle,
  path: string,
): unknown {
  switch (shape.kind) {
    case 'struct':
      return structToDocument(shape, value, style, path);
    case 'list':
      return listOf(value, path).map((each, index) =>
        each == null ? null : toDocument(shape.element.shape, each, style, `${path}[${index}]`),
      );
    case 'map': {
      const result: Record<string, unknown> = {};
      for (const [key, each] of Object.entries(recordOf(value, path))) {
        if (each != null) result[key] = toDocument(shape.value.shape, each, style, path);
      }
      return result;
    }
    case 'timestamp':
      return style.instant(instantOf(value, path));
    case 'blob':
      return style.blob(bytesOf(value, path));
    case 'number':
      return style.number(scalarOf('number', value, path));
    case 'string':
      return scalarOf('string', value, path);
    case 'boolean':
      return scalarOf('boolean', value, path);
    case 'unit':
      return {};
    default:
      return shape satisfies never;
  }
}

function structToDocument(
  shape: StructShape,
  value: unknown,
  style: DocumentStyle,
  path: string,
): unknown {
  const result: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(recordOf(value, path))) {
    if (each == null) continue;
    const member = memberOf(shape, name, path);
    if (member !== undefined) result[name] = toDocument(member.shape, each, style, name);
  }
  return result;
}

/**
 * A parsed document as the SDK's value; unknown members are left out, as a service ignores them.
 * @throws SerializationException for a value of another type.
 */
export function fromDocument(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'struct': {
      const result: Record<string, unknown> = {};
      for (const [name, each] of Object.entries(objectIn(value))) {
        const member = shape.byName.get(name);
        if (member !== undefined && each != null) result[name] = fromDocument(member.shape, each);
      }
      return result;
    }
    case 'list':
      if (!Array.isArray(value)) return refuse(value, 'List');
      return value.map((each) => (each == null ? null : fromDocument(shape.element.shape, each)));
    case 'map': {
      const result: Record<string, unknown> = {};
      for (const [key, each] of Object.entries(objectIn(value))) {
        if (each != null) result[key] = fromDocument(shape.value.shape, each);
      }
      return result;
    }
    case 'timestamp':
      return instantIn(value);
    case 'blob':
      if (value instanceof Uint8Array) return value;
      if (typeof value === 'string') return Uint8Array.from(Buffer.from(value, 'base64'));
      return refuse(value, 'Blob');
    case 'number':
      return numberIn(value);
    case 'string':
      return typeof value === 'string' ? value : refuse(value, 'String');
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse(value, 'Boolean');
    case 'unit':
      return {};
    default:
      return shape satisfies never;
  }
}

/** Seconds come as decimal fractions; an instant has whole milliseconds. */
export const dateOfSeconds = (seconds: number): Date => new Date(Math.round(seconds * 1000));

/** An instant as a text of the query protocols; whole seconds without a fraction. */
export const isoText = (value: Date): string => value.toISOString().replace('.000Z', 'Z');

/** @throws SerializationException */
export function instantIn(value: unknown): Date {
  if (value instanceof Date) return value;
  const date = typeof value === 'number' ? dateOfSeconds(value) : new Date(String(value));
  return Number.isNaN(date.getTime()) ? refuse(value, 'Timestamp') : date;
}

function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  return refuse(value, 'Number');
}

function objectIn(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : refuse(value, 'Structure');
}

function refuse(value: unknown, wanted: string): never {
  const got = Array.isArray(value)
    ? 'LIST_VALUE'
    : typeof value === 'object'
      ? 'STRUCTURE_VALUE'
      : `${typeof value}_VALUE`.toUpperCase();
  throw new AwsError('SerializationException', `${got} can not be converted to ${wanted}`);
}

/** @throws Error for a name that the structure lacks; `$metadata` of an SDK answer is passed over. */
export function memberOf(shape: StructShape, name: string, path: string): Member | undefined {
  const member = shape.byName.get(name);
  if (member === undefined && name !== '$metadata') {
    throw new Error(`${path}: ${shape.name} has no member ${name}`);
  }
  return member;
}

export function recordOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return unfit(value, 'an object', path);
}

export const listOf = (value: unknown, path: string): readonly unknown[] =>
  Array.isArray(value) ? value : unfit(value, 'a list', path);

export const instantOf = (value: unknown, path: string): Date =>
  value instanceof Date ? value : unfit(value, 'a Date', path);

/** Bytes, or text that stands for its UTF-8. */
export function bytesOf(value: unknown, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : unfit(value, 'bytes', path);
}

interface Scalars {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}
// biome-ignore format: one idea on one line each
export function scalarOf<Kind extends keyof Scalars>(kind: Kind, value: unknown, path: string): Scalars[Kind] {
  // The comparison proves the type, which a generic parameter cannot show to the compiler.
  return typeof value === kind ? (value as Scalars[Kind]) : unfit(value, `a ${kind}`, path);
}

function unfit(value: unknown, wanted: string, path: string): never {
  const got = Array.isArray(value) ? 'a list' : `${typeof value} ${String(value)}`;
  throw new Error(`${path}: expected ${wanted}, got ${got}`);
}
