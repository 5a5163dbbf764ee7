/** Plain JSON: sizes, equality, and making it plain again after a query. Values are never changed in place. */

import type { Json } from '../contract.ts';

/** Payloads, a variable, one Assign: 256 KiB of UTF-8 JSON text. Source: Step Functions developer guide, "Quotas". */
export const PAYLOAD_BYTES_MAX = 262_144;

/** Whether a JSON text is over the payload quota. UTF-16 length bounds the UTF-8 length on both sides: 1 to 3 times. */
export function overQuota(text: string, bytesMax = PAYLOAD_BYTES_MAX): boolean {
  if (text.length > bytesMax) return true;
  if (text.length * 3 <= bytesMax) return false;
  return Buffer.byteLength(text, 'utf8') > bytesMax;
}

export const isObject = (value: unknown): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equality of JSON values; the order of keys does not matter. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameJson(item, b[index] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null));
}

/** Says what is not JSON in the result of a query: a function, a number that is not finite. */
export class NotJson extends Error {}

/**
 * A plain copy of what a query answered: lists without the query engine's own marks, members that are undefined
 * left out.
 * @throws NotJson for functions and numbers that JSON has no text for.
 */
export function toPlainJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotJson(`the number ${value}`);
    return Object.is(value, -0) ? 0 : value;
  }
  if (Array.isArray(value))
    return value.map((item) => (item === undefined ? null : toPlainJson(item)));
  if (typeof value !== 'object') throw new NotJson(`a ${typeof value}`);
  const source = value as Record<string, unknown>;
  // What the engine hands out for a lambda or a built-in function is an object with a mark and cycles.
  if (source['_jsonata_lambda'] === true || source['_jsonata_function'] === true) {
    throw new NotJson('a function');
  }
  const copy: { [key: string]: Json } = {};
  for (const key of Object.keys(source)) {
    const member = source[key];
    if (member !== undefined) copy[key] = toPlainJson(member);
  }
  return copy;
}

/** JSON's own word for a type, as causes name it. */
export function jsonType(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
