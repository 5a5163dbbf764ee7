/** Reads botocore's `service-2.json` into a graph of shapes. */

import * as z from 'zod';
import type { Direction, KnownBetter } from './amendments.ts';
import type { TextData } from './shapes.ts';

/** A shape whose parts are shapes themselves; parts are asked late, because shapes refer to themselves. */
export type Node =
  | {
      readonly t: 'struct';
      readonly name: string;
      readonly members: Map<string, () => Node>;
      required: readonly string[];
    }
  | { readonly t: 'list'; readonly of: () => Node; readonly min?: number; readonly max?: number }
  | {
      readonly t: 'map';
      readonly key: () => Node;
      readonly of: () => Node;
      readonly min?: number;
      readonly max?: number;
    }
  | TextData
  | { readonly t: 'integer' | 'float'; readonly min?: number; readonly max?: number }
  | {
      readonly t: 'boolean' | 'instant' | 'bytes';
      readonly min?: number;
      readonly max?: number;
      readonly sensitive?: true;
    };

const reference = z.object({ shape: z.string(), idempotencyToken: z.boolean().optional() });

const rawShape = z.object({
  type: z.string(),
  members: z.record(z.string(), reference).optional(),
  required: z.array(z.string()).optional(),
  member: reference.optional(),
  key: reference.optional(),
  value: reference.optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  sensitive: z.boolean().optional(),
});
type RawShape = z.infer<typeof rawShape>;

const rawModel = z.object({
  metadata: z.object({ apiVersion: z.string(), serviceId: z.string() }),
  operations: z.record(
    z.string(),
    z.object({ input: reference.optional(), output: reference.optional() }),
  ),
  shapes: z.record(z.string(), rawShape),
});

export const emptyStruct: Node = { t: 'struct', name: 'Nothing', members: new Map(), required: [] };

/** One service's model. Each shape is one node per direction, so nodes may be compared by identity. */
export class ServiceModel {
  readonly apiVersion: string;
  readonly #raw: z.infer<typeof rawModel>;
  readonly #knownBetter: readonly KnownBetter[];
  readonly #nodes = new Map<string, Node>();
  /** What was known better and mattered. */
  readonly applied = new Set<KnownBetter>();

  constructor(json: unknown, knownBetter: readonly KnownBetter[]) {
    this.#raw = rawModel.parse(json);
    this.#knownBetter = knownBetter;
    this.apiVersion = this.#raw.metadata.apiVersion;
  }

  /** `undefined` where the model lacks the operation. */
  operation(name: string): { readonly input: Node; readonly output: Node } | undefined {
    const found = this.#raw.operations[name];
    if (found === undefined) return undefined;
    const node = (of: typeof found.input, direction: Direction) =>
      of === undefined ? emptyStruct : this.#node(of.shape, direction);
    return { input: node(found.input, 'input'), output: node(found.output, 'output') };
  }

  #node(name: string, direction: Direction): Node {
    const key = `${direction} ${name}`;
    const before = this.#nodes.get(key);
    if (before !== undefined) return before;
    const raw = this.#raw.shapes[name];
    if (raw === undefined) throw new Error(`the model has no shape ${name}`);
    const node = this.#read(name, this.#amended(name, raw, direction), direction);
    this.#nodes.set(key, node);
    return node;
  }

  #amended(name: string, raw: RawShape, direction: Direction): RawShape {
    const amended = { ...raw };
    for (const known of this.#knownBetter) {
      if (known.shape !== name || known.direction !== direction) continue;
      this.applied.add(known);
      for (const limit of known.without) delete amended[limit];
    }
    return amended;
  }

  #read(name: string, raw: RawShape, direction: Direction): Node {
    const part = (of: { readonly shape: string } | undefined) => () => {
      if (of === undefined) throw new Error(`the shape ${name} lacks a part`);
      return this.#node(of.shape, direction);
    };
    switch (raw.type) {
      case 'structure':
        return {
          t: 'struct',
          name,
          members: new Map(
            Object.entries(raw.members ?? {}).map(([member, of]) => [member, part(of)]),
          ),
          required: requiredOf(raw),
        };
      case 'list':
        return { t: 'list', of: part(raw.member), ...boundsOf(raw) };
      case 'map':
        return { t: 'map', key: part(raw.key), of: part(raw.value), ...boundsOf(raw) };
      case 'string':
      case 'character':
        return textOf(raw);
      default:
        return plainOf(name, raw);
    }
  }
}

/**
 * Every official client fills in a token of idempotency that its caller leaves out; callers inside the simulator have no
 * such client before them, so that such a member is not required here.
 */
function requiredOf({ required = [], members = {} }: RawShape): readonly string[] {
  return required.filter((name) => members[name]?.idempotencyToken !== true);
}

function boundsOf({ min, max }: RawShape): { readonly min?: number; readonly max?: number } {
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function textOf(raw: RawShape): TextData {
  return {
    t: 'text',
    ...boundsOf(raw),
    ...(raw.enum !== undefined && { enum: raw.enum }),
    ...(raw.pattern !== undefined && { pattern: raw.pattern }),
    ...(raw.sensitive === true && { sensitive: true as const }),
  };
}

function plainOf(name: string, raw: RawShape): Node {
  const bounds = boundsOf(raw);
  const sensitive = raw.sensitive === true ? { sensitive: true as const } : {};
  switch (raw.type) {
    case 'integer':
    case 'long':
      return { t: 'integer', ...bounds };
    case 'float':
    case 'double':
      return { t: 'float', ...bounds };
    case 'boolean':
      return { t: 'boolean' };
    case 'timestamp':
      return { t: 'instant' };
    case 'blob':
      return { t: 'bytes', ...bounds, ...sensitive };
    default:
      throw new Error(`the shape ${name} is a ${raw.type}, which is not understood`);
  }
}
