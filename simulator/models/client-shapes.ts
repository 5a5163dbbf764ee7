/** The SDK clients' own schemas as the same graph: members, types and what is required, without any limits. */

import { schemaOf } from '../wire/clients.ts';
import type { Shape, StructShape } from '../wire/shape.ts';
import type { Node } from './botocore.ts';
import { emptyStruct } from './botocore.ts';

const known = new WeakMap<object, Node>();

/** @throws Error for an operation that the client lacks too */
export function operationOfClient(client: string, name: string) {
  const operation = schemaOf(client).operations.get(name);
  if (operation === undefined) throw new Error(`${client} has no operation ${name}`);
  return { input: nodeOf(operation.input), output: nodeOf(operation.output) };
}

export function nodeOf(shape: Shape): Node {
  const before = known.get(shape);
  if (before !== undefined) return before;
  const node = read(shape);
  known.set(shape, node);
  return node;
}

function read(shape: Shape): Node {
  switch (shape.kind) {
    case 'struct':
      return structOf(shape);
    case 'list':
      return { t: 'list', of: () => nodeOf(shape.element.shape) };
    case 'map':
      return { t: 'map', key: () => nodeOf(shape.key.shape), of: () => nodeOf(shape.value.shape) };
    case 'string':
      return { t: 'text' };
    case 'number':
      return { t: 'float' };
    case 'boolean':
      return { t: 'boolean' };
    case 'timestamp':
      return { t: 'instant' };
    case 'blob':
      return { t: 'bytes' };
    case 'unit':
      return emptyStruct;
    default:
      return shape satisfies never;
  }
}

function structOf(shape: StructShape): Node {
  const members = shape.members.map((member) => [member.name, () => nodeOf(member.shape)] as const);
  return {
    t: 'struct',
    name: shape.name,
    members: new Map(members),
    required: shape.members.slice(0, shape.requiredCount).map(({ name }) => name),
  };
}
