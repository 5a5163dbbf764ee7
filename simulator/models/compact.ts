/** Turns a graph of shapes into numbered data in which equal shapes occur once. */

import type { Node } from './botocore.ts';
import type { ShapeData } from './shapes.ts';

/** Every shape that is reached from these, in the order of the first visit. */
function reached(roots: readonly Node[]): readonly Node[] {
  const found = new Set<Node>(roots);
  // A set may grow while it is walked.
  for (const node of found) for (const part of partsOf(node)) found.add(part);
  return [...found];
}

export function partsOf(node: Node): readonly Node[] {
  switch (node.t) {
    case 'struct':
      return [...node.members.values()].map((part) => part());
    case 'list':
      return [node.of()];
    case 'map':
      return [node.key(), node.of()];
    default:
      return [];
  }
}

/** A shape without what its parts are: two of different outlines are never equal. */
function outlineOf(node: Node): string {
  switch (node.t) {
    case 'struct':
      return JSON.stringify(['struct', [...node.members.keys()], node.required]);
    case 'list':
    case 'map':
      return JSON.stringify([node.t, node.min, node.max]);
    default:
      return JSON.stringify(node);
  }
}

/** Shapes may hold themselves, so equality is found by splitting: all of one outline, until no part tells two apart. */
function classesOf(nodes: readonly Node[]): ReadonlyMap<Node, number> {
  let classes = numbered(nodes, outlineOf);
  for (let count = 0; count !== new Set(classes.values()).size; ) {
    count = new Set(classes.values()).size;
    const before = classes;
    const numberOf = (node: Node) => before.get(node) ?? -1;
    classes = numbered(nodes, (node) => [numberOf(node), ...partsOf(node).map(numberOf)].join(' '));
  }
  return classes;
}

function numbered(
  nodes: readonly Node[],
  keyOf: (node: Node) => string,
): ReadonlyMap<Node, number> {
  const numbers = new Map<string, number>();
  const result = new Map<Node, number>();
  for (const node of nodes) {
    const key = keyOf(node);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    result.set(node, number);
  }
  return result;
}

export interface Compacted {
  readonly shapes: readonly ShapeData[];
  /** @throws Error for a shape that was not reached */
  numberOf(node: Node): number;
}

export function compact(roots: readonly Node[]): Compacted {
  const nodes = reached(roots);
  const classes = classesOf(nodes);
  const numberOf = (node: Node): number => {
    const number = classes.get(node);
    if (number === undefined) throw new Error(`a ${node.t} was not reached`);
    return number;
  };
  const shapes: ShapeData[] = [];
  for (const node of nodes) shapes[numberOf(node)] ??= dataOf(node, numberOf);
  return { shapes, numberOf };
}

function dataOf(node: Node, numberOf: (node: Node) => number): ShapeData {
  switch (node.t) {
    case 'struct': {
      const members = [...node.members].map(([name, part]) => [name, numberOf(part())] as const);
      const required = node.required.length === 0 ? {} : { required: node.required };
      return { t: 'struct', members: Object.fromEntries(members), ...required };
    }
    case 'list':
      return { ...node, of: numberOf(node.of()) };
    case 'map':
      return { ...node, key: numberOf(node.key()), of: numberOf(node.of()) };
    default:
      return node;
  }
}
