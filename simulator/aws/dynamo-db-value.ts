import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../contract.ts';
import { compareNumbers, normalizeNumber, numberSizeBytes } from './dynamo-db-number.ts';

/**
 * Attribute values: checked and frozen when they come in, so that they are handed out again without a copy.
 * @see Amazon DynamoDB Developer Guide, "Naming rules and data types" and "Item sizes and formats".
 */

export type Value = AttributeValue;
export type Item = Readonly<Record<string, Value>>;
export type Kind = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'M' | 'L' | 'SS' | 'NS' | 'BS';

export const ITEM_BYTES_MAX = 400 * 1024;
const DEPTH_MAX = 32;
const KINDS: readonly Kind[] = ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'];

const TYPE_NAMES: Readonly<Record<Kind, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  M: 'MAP',
  L: 'LIST',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
};

export const invalid = (message: string) => new AwsError('ValidationException', message);

/** The long name of a type, as some messages have it (`STRING`). */
export const typeName = (value: Value): string => TYPE_NAMES[kindOf(value)];

export function kindOf(value: Value): Kind {
  for (const kind of KINDS) if (value[kind as keyof Value] !== undefined) return kind;
  throw invalid(
    'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
  );
}

/**
 * A frozen copy in which numbers have one spelling.
 * @throws ValidationException for an empty or doubled type, a bad number, an empty or repeating set, too deep nesting.
 */
export function admitValue(value: Value, depth = 0): Value {
  if (depth > DEPTH_MAX) {
    throw invalid(
      'Nesting Levels have exceeded supported limits: Attributes are too deeply nested',
    );
  }
  let kinds = 0;
  for (const kind of KINDS) if (value[kind as keyof Value] !== undefined) kinds += 1;
  if (kinds > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  kindOf(value);
  return Object.freeze(admitted(value, depth));
}

function admitted(value: Value, depth: number): Value {
  if (value.S !== undefined) return { S: value.S };
  if (value.N !== undefined) return { N: normalizeNumber(value.N) };
  if (value.B !== undefined) return { B: value.B.slice() };
  if (value.BOOL !== undefined) return { BOOL: value.BOOL };
  if (value.M !== undefined) return { M: admitItem(value.M, depth + 1) };
  if (value.L !== undefined) {
    return { L: Object.freeze(value.L.map((v) => admitValue(v, depth + 1))) as Value[] };
  }
  if (value.SS !== undefined) return { SS: set(value.SS, 'string', (text) => text) };
  if (value.NS !== undefined) return { NS: set(value.NS.map(normalizeNumber), 'number', (n) => n) };
  if (value.BS !== undefined) return { BS: set(value.BS, 'binary', hex) };
  if (value.NULL !== true) {
    throw invalid(
      'One or more parameter values were invalid: Null attribute value types must have the value of true',
    );
  }
  return { NULL: true };
}

/** All attributes of an item or map, each admitted. */
export function admitItem(item: Item, depth = 0): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) result[name] = admitValue(value, depth);
  }
  return Object.freeze(result) as Record<string, Value>;
}

function set<T>(members: readonly T[], kind: string, identity: (member: T) => string): T[] {
  if (members.length === 0) {
    throw invalid(`One or more parameter values were invalid: An ${kind} set  may not be empty`);
  }
  if (new Set(members.map(identity)).size !== members.length) {
    throw invalid(
      `One or more parameter values were invalid: Input collection ${JSON.stringify(members)} contains duplicates.`,
    );
  }
  return Object.freeze([...members]) as T[];
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Text and bytes by their UTF-8 and byte order, numbers by value; `undefined` for types without an order. */
export function compareValues(left: Value, right: Value): number | undefined {
  if (left.S !== undefined && right.S !== undefined) return compareText(left.S, right.S);
  if (left.N !== undefined && right.N !== undefined) return compareNumbers(left.N, right.N);
  if (left.B !== undefined && right.B !== undefined) return Buffer.compare(left.B, right.B);
  return undefined;
}

/** UTF-16 order is UTF-8 order except where exactly one side has a surrogate at the first difference. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    const surrogates = Number(isSurrogate(a)) - Number(isSurrogate(b));
    return surrogates === 0 ? a - b : surrogates;
  }
  return left.length - right.length;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;

/** Deep equality; sets are equal whatever their order. */
export function equalValues(left: Value, right: Value): boolean {
  if (left === right) return true;
  const order = compareValues(left, right);
  if (order !== undefined) return order === 0;
  if (left.BOOL !== undefined) return left.BOOL === right.BOOL;
  if (left.NULL !== undefined) return right.NULL !== undefined;
  if (left.L !== undefined) {
    const other = right.L;
    return other?.length === left.L.length && left.L.every((v, i) => equalTo(v, other[i]));
  }
  if (left.M !== undefined) {
    const [mine, other] = [left.M, right.M];
    if (other === undefined || Object.keys(mine).length !== Object.keys(other).length) return false;
    return Object.keys(mine).every((name) => equalTo(mine[name], other[name]));
  }
  const [mine, other] = [setMembers(left), setMembers(right)];
  if (kindOf(left) !== kindOf(right) || mine?.length !== other?.length) return false;
  const members = new Set(other);
  return mine?.every((member) => members.has(member)) ?? false;
}

const equalTo = (left: Value | undefined, right: Value | undefined) =>
  left !== undefined && right !== undefined && equalValues(left, right);

/** What tells the members of a set apart; `undefined` when the value is not a set. */
export function setMembers(value: Value): readonly string[] | undefined {
  return value.SS ?? value.NS ?? value.BS?.map(hex);
}

/** Bytes of an item as DynamoDB counts them: names and values, three and one per element for maps and lists. */
export function itemSizeBytes(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) bytes += textBytes(name) + valueSizeBytes(value);
  }
  return bytes;
}

export function valueSizeBytes(value: Value): number {
  if (value.S !== undefined) return textBytes(value.S);
  if (value.N !== undefined) return numberSizeBytes(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  if (value.L !== undefined) return sum(value.L, valueSizeBytes) + 3 + value.L.length;
  if (value.SS !== undefined) return sum(value.SS, textBytes);
  if (value.NS !== undefined) return sum(value.NS, numberSizeBytes);
  return sum(value.BS ?? [], (bytes) => bytes.length);
}

const textBytes = (text: string) => Buffer.byteLength(text, 'utf8');

function sum<T>(members: readonly T[], size: (member: T) => number): number {
  let total = 0;
  for (const member of members) total += size(member);
  return total;
}
