import type { AttributeDefinition, KeySchemaElement, Projection } from '@aws-sdk/client-dynamodb';
import type { World } from '../contract.ts';
import { compareValues, type Item, invalid, kindOf, type Value } from './dynamo-db-value.ts';

/** One table: its items in order of their keys, and what an eventually consistent read still sees. */

export interface IndexDefinition {
  readonly indexName: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly projection: Projection;
}

export interface TableDefinition {
  readonly tableName: string;
  readonly arn: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributeDefinitions: readonly AttributeDefinition[];
  readonly ttlAttribute?: string;
  /** Global secondary indexes. */
  readonly indexes?: readonly IndexDefinition[];
}

/** The names of a partition key and, where there is one, a sort key. */
export interface KeyNames {
  readonly partition: string;
  readonly sort: string | undefined;
}

/** A place in the table; the item is absent after a deletion, while stale reads may still see the one before. */
interface Slot {
  readonly sort: Value | undefined;
  item: Item | undefined;
  changedAtMs: number;
  before: Item | undefined;
}

/** After this long every read sees a write ("usually consistent within one second" in the Developer Guide). */
const STALE_MS_MAX = 1_000;
const KEY_BYTES_MAX = { partition: 2_048, sort: 1_024 };

export class Table {
  readonly definition: TableDefinition;
  readonly keyNames: KeyNames;
  readonly createdAtMs: number;
  readonly #world: World;
  readonly #random: () => number;
  readonly #types = new Map<string, string>();
  /** By the identity of the partition key; slots in order of the sort key. */
  readonly #partitions = new Map<string, Slot[]>();
  /** Until there is another partition. */
  #inScanOrder: readonly (readonly Slot[])[] | undefined;
  /** Of a consistent scan, until something is written. */
  #all: readonly Item[] | undefined;

  constructor(definition: TableDefinition, world: World) {
    this.definition = definition;
    this.keyNames = keyNames(definition.keySchema);
    this.createdAtMs = world.nowMs();
    this.#world = world;
    this.#random = world.random(`dynamo-db ${definition.tableName}`);
    for (const { AttributeName, AttributeType } of definition.attributeDefinitions) {
      if (AttributeName !== undefined) this.#types.set(AttributeName, AttributeType ?? 'S');
    }
  }

  /**
   * The key of a whole item, with the checks of a put.
   * @throws ValidationException for a key attribute that is missing, empty, too long or of another type.
   */
  keyOfItem(item: Item): Item {
    for (const name of this.#keyAttributes()) {
      const value = item[name];
      if (value === undefined) {
        throw invalid(
          `One or more parameter values were invalid: Missing the key ${name} in the item`,
        );
      }
      const expected = this.#types.get(name);
      if (kindOf(value) !== expected) {
        throw invalid(
          `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${expected} actual: ${kindOf(value)}`,
        );
      }
    }
    this.#checkIndexKeys(item);
    return this.#checkedKey(item);
  }

  /** @throws ValidationException unless these are exactly the key attributes, of their types. */
  checkKey(key: Item | undefined): Item {
    const names = this.#keyAttributes();
    const fits = (name: string) => {
      const value = key?.[name];
      return value !== undefined && kindOf(value) === this.#types.get(name);
    };
    if (key === undefined || Object.keys(key).length !== names.length || !names.every(fits)) {
      throw invalid('The provided key element does not match the schema');
    }
    return this.#checkedKey(key);
  }

  typeOf(attribute: string): string | undefined {
    return this.#types.get(attribute);
  }

  get(key: Item, consistent: boolean): Item | undefined {
    const found = this.#find(key);
    return found.slot === undefined ? undefined : this.#seen(found.slot, consistent);
  }

  /** Puts an item, or deletes it when there is none. */
  write(key: Item, item: Item | undefined): void {
    const { slots, at, slot } = this.#find(key, true);
    const nowMs = this.#world.nowMs();
    this.#all = undefined;
    if (slot === undefined) {
      const sort = this.#sortOf(key);
      if (item !== undefined)
        slots.splice(at, 0, { sort, item, changedAtMs: nowMs, before: undefined });
      return;
    }
    slot.before = slot.item;
    slot.item = item;
    slot.changedAtMs = nowMs;
  }

  /** The items of one partition in order of the sort key. */
  partition(partitionKey: Value, consistent: boolean): Item[] {
    const slots = this.#partitions.get(identity(partitionKey)) ?? [];
    this.#dropTombstones(slots);
    return this.#visible(slots, consistent);
  }

  /** Every item, in the order of a scan; if consistent, the same list until something is written. */
  all(consistent: boolean): readonly Item[] {
    if (!consistent) return this.#scan(false);
    this.#all ??= this.#scan(true);
    return this.#all;
  }

  /** By a hash of the partition key, then by sort key. */
  #scan(consistent: boolean): Item[] {
    this.#inScanOrder ??= [...this.#partitions]
      .map(([id, slots]) => ({ id, slots, hash: hash(id) }))
      .sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1))
      .map(({ slots }) => slots);
    return this.#inScanOrder.flatMap((slots) => this.#visible(slots, consistent));
  }

  /** Negative when the first item comes before the second in a scan. */
  scanOrder(left: Item, right: Item): number {
    const [a, b] = [this.#partitionId(left), this.#partitionId(right)];
    if (a !== b) return hash(a) - hash(b) || (a < b ? -1 : 1);
    return compareOptional(this.#sortOf(left), this.#sortOf(right));
  }

  /** By which a parallel scan shares out the partitions. */
  hashOf(item: Item): number {
    return hash(this.#partitionId(item));
  }

  /** A text that tells the keys of this table apart. */
  identityOf(key: Item): string {
    const sort = this.#sortOf(key);
    return `${this.#partitionId(key)}|${sort === undefined ? '' : identity(sort)}`;
  }

  #keyAttributes(): readonly string[] {
    const { partition, sort } = this.keyNames;
    return sort === undefined ? [partition] : [partition, sort];
  }

  #checkedKey(source: Item): Item {
    const key: Record<string, Value> = {};
    for (const name of this.#keyAttributes()) {
      const value = source[name];
      if (value === undefined) continue;
      const text = value.S ?? value.B;
      if (text?.length === 0) {
        throw invalid(
          `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${value.S === undefined ? 'binary' : 'string'} value. Key: ${name}`,
        );
      }
      this.#checkKeyLength(name, value);
      key[name] = value;
    }
    return key;
  }

  #checkKeyLength(name: string, value: Value): void {
    const isPartition = name === this.keyNames.partition;
    const bytes = value.S === undefined ? value.B?.length : Buffer.byteLength(value.S, 'utf8');
    if ((bytes ?? 0) <= (isPartition ? KEY_BYTES_MAX.partition : KEY_BYTES_MAX.sort)) return;
    throw invalid(
      isPartition
        ? `One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of${KEY_BYTES_MAX.partition} bytes`
        : `One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of ${KEY_BYTES_MAX.sort} bytes`,
    );
  }

  #checkIndexKeys(item: Item): void {
    for (const { indexName, keySchema } of this.definition.indexes ?? []) {
      for (const { AttributeName: name = '' } of keySchema) {
        const value = item[name];
        const expected = this.#types.get(name);
        if (value === undefined || kindOf(value) === expected) continue;
        throw invalid(
          `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${kindOf(value)} IndexName: ${indexName}`,
        );
      }
    }
  }

  #partitionId(item: Item): string {
    const value = item[this.keyNames.partition];
    return value === undefined ? '' : identity(value);
  }

  #sortOf(item: Item): Value | undefined {
    return this.keyNames.sort === undefined ? undefined : item[this.keyNames.sort];
  }

  #find(key: Item, make = false): { slots: Slot[]; at: number; slot: Slot | undefined } {
    const id = this.#partitionId(key);
    let slots = this.#partitions.get(id);
    if (slots === undefined) {
      slots = [];
      if (make) this.#addPartition(id, slots);
    }
    const sort = this.#sortOf(key);
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOptional(slots[middle]?.sort, sort) < 0) low = middle + 1;
      else high = middle;
    }
    const slot = slots[low];
    const same = slot !== undefined && compareOptional(slot.sort, sort) === 0;
    return { slots, at: low, slot: same ? slot : undefined };
  }

  #addPartition(id: string, slots: Slot[]): void {
    this.#partitions.set(id, slots);
    this.#inScanOrder = undefined;
  }

  #visible(slots: readonly Slot[], consistent: boolean): Item[] {
    return slots.map((slot) => this.#seen(slot, consistent)).filter((item) => item !== undefined);
  }

  /** An eventually consistent read may miss the latest write of the last second; mostly it misses nothing. */
  #seen(slot: Slot, consistent: boolean): Item | undefined {
    const ageMs = this.#world.nowMs() - slot.changedAtMs;
    if (consistent || ageMs >= STALE_MS_MAX) return slot.item;
    return ageMs < this.#random() ** 4 * STALE_MS_MAX ? slot.before : slot.item;
  }

  #dropTombstones(slots: Slot[]): void {
    const oldMs = this.#world.nowMs() - STALE_MS_MAX;
    for (let i = slots.length - 1; i >= 0; i -= 1) {
      const slot = slots[i];
      if (slot?.item === undefined && (slot?.changedAtMs ?? 0) < oldMs) slots.splice(i, 1);
    }
  }
}

export function keyNames(schema: readonly KeySchemaElement[]): KeyNames {
  const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const partition = named('HASH');
  if (partition === undefined) throw new Error('a key schema needs a HASH attribute');
  return { partition, sort: named('RANGE') };
}

export function compareOptional(left: Value | undefined, right: Value | undefined): number {
  if (left === undefined || right === undefined) {
    return Number(left !== undefined) - Number(right !== undefined);
  }
  return compareValues(left, right) ?? 0;
}

const identity = (value: Value): string =>
  value.S ?? value.N ?? Buffer.from(value.B ?? []).toString('hex');

/** FNV-1a: so that a scan promises no order that the real service would not. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return state;
}
