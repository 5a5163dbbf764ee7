import { bytesOf, instantOf, listOf, recordOf } from './document.ts';
import type { Shape, StructShape } from './shape.ts';

type Copy = (value: unknown) => unknown;

/** Made once per shape: every call and answer that is handed over goes through one. */
const copies = new WeakMap<Shape, Copy>();

/**
 * What the wire makes of an SDK's value, without one: a copy of what the schema knows, its members in the schema's order, in
 * which the SDK's clients write and read them.
 * @throws Error for a value of another type
 */
export const carried = (shape: Shape, value: unknown): unknown => copyOf(shape)(value);

function copyOf(shape: Shape): Copy {
  const before = copies.get(shape);
  if (before !== undefined) return before;
  const made = makeCopy(shape);
  copies.set(shape, made);
  return made;
}

const asItIs: Copy = (value) => value;

function makeCopy(shape: Shape): Copy {
  switch (shape.kind) {
    case 'struct':
      return copyOfStruct(shape);
    case 'list': {
      let each: Copy | undefined;
      return (value) => {
        each ??= copyOf(shape.element.shape);
        const copy = each;
        return listOf(value, 'a list').map((one) => (one == null ? null : copy(one)));
      };
    }
    case 'map': {
      let each: Copy | undefined;
      return (value) => {
        each ??= copyOf(shape.value.shape);
        const given = recordOf(value, 'a map');
        const result: Record<string, unknown> = {};
        for (const key of Object.keys(given)) {
          if (given[key] != null) result[key] = each(given[key]);
        }
        return result;
      };
    }
    case 'timestamp':
      return (value) => new Date(instantOf(value, 'a timestamp'));
    case 'blob':
      return (value) => new Uint8Array(bytesOf(value, 'a blob'));
    case 'unit':
      return () => ({});
    case 'string':
    case 'number':
    case 'boolean':
      return asItIs;
    default:
      return shape satisfies never;
  }
}

/** Shapes refer to themselves: how a member is copied is made when one is first there. */
function copyOfStruct({ name: whole, members, byName }: StructShape): Copy {
  const names = members.map(({ name }) => name);
  const each = new Map<string, Copy>();
  const put = (result: Record<string, unknown>, name: string, value: unknown): void => {
    if (value == null) return;
    let copy = each.get(name);
    if (copy === undefined) {
      const member = byName.get(name);
      if (member === undefined) return;
      copy = copyOf(member.shape);
      each.set(name, copy);
    }
    result[name] = copy(value);
  };
  return (value) => {
    const given = recordOf(value, whole);
    const result: Record<string, unknown> = {};
    // In the schema's order, which matters from two on: a value of DynamoDB is one of ten members.
    const present = Object.keys(given);
    for (const name of present.length === 1 ? present : names) put(result, name, given[name]);
    return result;
  };
}
