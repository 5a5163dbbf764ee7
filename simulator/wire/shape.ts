/**
 * The SDK clients' schemas, resolved into shapes that the codecs of this folder walk.
 *
 * A client exports each schema as an array `[kind, namespace, name, traits, ...]`; numbers stand for simple types,
 * functions for references not yet needed, pairs `[schema, traits]` for members. The layout is public in the types of
 * `@smithy/types` (schema/static-schemas.d.ts), yet the clients are pinned and a test sends every operation through.
 */

/** Where a member travels in a REST request or response. `body`: in the document. */
export type Binding =
  | { readonly kind: 'body' | 'label' | 'payload' | 'status' }
  | { readonly kind: 'query' | 'header'; readonly name: string };

export interface Traits {
  readonly xmlName?: string;
  readonly ec2QueryName?: string;
  readonly xmlFlattened?: 1;
  readonly httpLabel?: 1;
  /** A client that is given none makes one. */
  readonly idempotencyToken?: 1;
  readonly httpQuery?: string;
  readonly httpHeader?: string;
  readonly httpPayload?: 1;
  readonly httpResponseCode?: 1;
  readonly http?: readonly [method: string, uri: string, status: number];
  readonly httpError?: number;
  readonly awsQueryError?: readonly [code: string, status: number];
  readonly error?: 'client' | 'server';
}

export interface Member {
  readonly name: string;
  readonly traits: Traits;
  readonly binding: Binding;
  /** Resolved when first asked, because shapes refer to themselves. */
  readonly shape: Shape;
}

export interface StructShape {
  readonly kind: 'struct';
  readonly name: string;
  readonly union: boolean;
  readonly traits: Traits;
  readonly members: readonly Member[];
  readonly byName: ReadonlyMap<string, Member>;
  /** So many members, the first ones, are required. */
  readonly requiredCount: number;
  /** Members that a client fills in. */
  readonly tokens: readonly string[];
}
export interface ListShape {
  readonly kind: 'list';
  readonly element: Member;
}
export interface MapShape {
  readonly kind: 'map';
  readonly key: Member;
  readonly value: Member;
}
export interface SimpleShape {
  readonly kind: 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'unit';
}
export type Shape = StructShape | ListShape | MapShape | SimpleShape;

const simple = {
  string: { kind: 'string' },
  number: { kind: 'number' },
  boolean: { kind: 'boolean' },
  timestamp: { kind: 'timestamp' },
  blob: { kind: 'blob' },
  unit: { kind: 'unit' },
} as const satisfies Record<string, SimpleShape>;

/** Bits of a trait number, lowest first: see `translateTraits` of `@smithy/core`. The others concern no codec. */
const traitBits: readonly (readonly [bit: number, trait: keyof Traits])[] = [
  [1 << 0, 'httpLabel'],
  [1 << 2, 'idempotencyToken'],
  [1 << 4, 'httpPayload'],
  [1 << 5, 'httpResponseCode'],
];

const noTraits: Traits = {};

export function traitsOf(raw: unknown): Traits {
  if (typeof raw === 'object' && raw !== null) return raw as Traits;
  if (typeof raw !== 'number' || raw === 0) return noTraits;
  const set = traitBits.filter(([bit]) => (raw & bit) !== 0);
  return set.length === 0 ? noTraits : Object.fromEntries(set.map(([, trait]) => [trait, 1]));
}

const known = new WeakMap<object, Shape>();

/** @throws Error for a kind of schema that no codec here can write: it must not pass unnoticed. */
export function shapeOf(raw: unknown): Shape {
  const schema = typeof raw === 'function' ? raw() : raw;
  if (typeof schema === 'number') return numberedShape(schema);
  if (schema === 'unit') return simple.unit;
  if (!Array.isArray(schema)) throw new Error(`unsupported schema ${String(schema)}`);
  if (schema.length === 2) return shapeOf(schema[0]);
  const before = known.get(schema);
  if (before !== undefined) return before;
  const shape = namedShape(schema);
  known.set(schema, shape);
  return shape;
}

/** Simple types are numbers; 64 added makes a list of it, 128 a map of text to it. */
function numberedShape(code: number): Shape {
  if (code >= 128) return { kind: 'map', key: member('key', 0), value: member('value', code & 63) };
  if (code >= 64) return { kind: 'list', element: member('member', code & 63) };
  if (code === 0) return simple.string;
  if (code === 1) return simple.number;
  if (code === 2) return simple.boolean;
  if (code === 4) return simple.timestamp;
  if (code === 21 || code === 42) return simple.blob;
  throw new Error(`unsupported simple schema ${code}`);
}

function namedShape(schema: readonly unknown[]): Shape {
  const [kind, , name, traits, first, second] = schema;
  if (kind === 0) return shapeOf(first);
  if (kind === 1) return { kind: 'list', element: member('member', first) };
  if (kind === 2) return { kind: 'map', key: member('key', first), value: member('value', second) };
  if (kind === 3 || kind === 4 || kind === -3) {
    const names = first as readonly string[];
    const members = names.map((each, index) => member(each, (second as readonly unknown[])[index]));
    return {
      kind: 'struct',
      name: String(name),
      union: kind === 4,
      traits: traitsOf(traits),
      members,
      byName: new Map(members.map((each) => [each.name, each])),
      requiredCount: Number(schema[6] ?? 0),
      tokens: members.flatMap((each) => (each.traits.idempotencyToken ? [each.name] : [])),
    };
  }
  throw new Error(`unsupported schema kind ${String(kind)} of ${String(name)}`);
}

/** A member of a struct, a list's element, or a map's key or value: `[schema, traits]`, pairs may nest. */
function member(name: string, raw: unknown): Member {
  let traits = noTraits;
  let schema = raw;
  while (Array.isArray(schema) && schema.length === 2) {
    // The outermost pair is written last, so it wins.
    traits = { ...traitsOf(schema[1]), ...traits };
    schema = schema[0];
  }
  let shape: Shape | undefined;
  return {
    name,
    traits,
    binding: bindingOf(traits),
    get shape() {
      shape ??= shapeOf(schema);
      return shape;
    },
  };
}

function bindingOf(traits: Traits): Binding {
  if (traits.httpLabel) return { kind: 'label' };
  if (traits.httpQuery !== undefined) return { kind: 'query', name: traits.httpQuery };
  if (traits.httpHeader !== undefined) {
    return { kind: 'header', name: traits.httpHeader.toLowerCase() };
  }
  if (traits.httpPayload) return { kind: 'payload' };
  if (traits.httpResponseCode) return { kind: 'status' };
  return { kind: 'body' };
}
