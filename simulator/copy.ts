/**
 * A deep copy of what a call takes or gives: plain objects, arrays, sets, dates, byte arrays. Members that are
 * `undefined` are left out, as they would be on the wire. Bytes become a plain `Uint8Array`.
 * @throws {TypeError} for a function or a symbol, which no call can carry.
 */
export function copyOf(value: unknown): unknown {
  switch (typeof value) {
    case 'object':
      return value === null ? null : copyOfObject(value);
    case 'function':
    case 'symbol':
      throw new TypeError(`a call cannot carry a ${typeof value}`);
    default:
      return value;
  }
}

function copyOfObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Date) return new Date(value.getTime());
  // `new` and not `slice`: a Buffer's slice would be the same memory.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Set) return new Set([...value].map(copyOf));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) copy[name] = copyOf(member);
  }
  return copy;
}
