/** Batches of a distributed Map: several items for one child. Source: developer guide, "ItemBatcher (Map)". */

import type { Json } from '../contract.ts';

export interface Batching {
  readonly itemsMax: number;
  /** Of a batch's whole input as JSON text. */
  readonly bytesMax: number;
  /** What every batch is told besides its items. */
  readonly shared: Json | undefined;
}

/** What one child gets, and how many items it answers for. */
export interface Batch {
  readonly input: Json;
  readonly itemCount: number;
}

/** In the order of the items, each batch as full as the limits let it be. An item over the limit by itself is alone. */
export function batchesOf(items: readonly Json[], batching: Batching): Batch[] {
  const { itemsMax, bytesMax } = batching;
  const emptyBytes = bytesOf(inputOf([], batching));
  const lists: Json[][] = [];
  let bytes = emptyBytes;
  for (const item of items) {
    const itemBytes = bytesOf(item) + 1;
    const last = lists.at(-1);
    // The first item of a list has no comma before it.
    if (last !== undefined && last.length < itemsMax && bytes + itemBytes - 1 <= bytesMax) {
      last.push(item);
      bytes += itemBytes;
    } else {
      lists.push([item]);
      bytes = emptyBytes + itemBytes;
    }
  }
  return lists.map((list) => ({ input: inputOf(list, batching), itemCount: list.length }));
}

const bytesOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value), 'utf8');

const inputOf = (items: Json[], { shared }: Batching): Json =>
  shared === undefined ? { Items: items } : { BatchInput: shared, Items: items };
