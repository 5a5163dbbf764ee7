import type { QueryInput, QueryOutput, ScanInput } from '@aws-sdk/client-dynamodb';
import { type Bindings, bind } from './dynamo-db-bindings.ts';
import { checkCondition, holds } from './dynamo-db-condition.ts';
import {
  type CompiledCondition,
  type Condition,
  compileCondition,
} from './dynamo-db-condition-syntax.ts';
import { keyRange } from './dynamo-db-key-condition.ts';
import { compileProjection, project, resolveDistinct } from './dynamo-db-projection.ts';
import type { Path } from './dynamo-db-syntax.ts';
import {
  compareOptional,
  type IndexDefinition,
  type KeyNames,
  keyNames,
  type Table,
} from './dynamo-db-table.ts';
import { admitItem, type Item, invalid, itemSizeBytes, type Value } from './dynamo-db-value.ts';

/** Query and Scan. @see Amazon DynamoDB Developer Guide, "Querying tables" and "Scanning tables". */

const PAGE_BYTES_MAX = 1024 * 1024;

/** What is read: a table, or one of its global secondary indexes. */
interface View {
  readonly keys: KeyNames;
  readonly index: IndexDefinition | undefined;
  readonly order: (left: Item, right: Item) => number;
}

interface Walk {
  readonly items: readonly Item[];
  readonly view: View;
  readonly filter: CompiledCondition | undefined;
  readonly bindings: Bindings;
  readonly paths: readonly Path[] | undefined;
}

/** @throws ValidationException for anything that AWS would not take. */
export function query(table: Table, input: QueryInput): Omit<QueryOutput, '$metadata'> {
  const text = input.KeyConditionExpression;
  if (text === undefined) {
    throw invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const keyCondition = compileCondition('KeyConditionExpression', text);
  const { filter, bindings, paths } = prepare(input, keyCondition);
  const view = viewOf(table, input);
  checkCondition(keyCondition, bindings);
  const { index, keys } = view;
  const range = keyRange(keyCondition, keys, (name) => table.typeOf(name), bindings);
  if (filter !== undefined) checkFilterAttributes(filter.condition, keys, bindings);
  const candidates =
    index === undefined
      ? table.partition(range.partition, input.ConsistentRead === true)
      : indexed(table, index, view).filter(
          (item) => compareOptional(item[keys.partition], range.partition) === 0,
        );
  const items = candidates.filter((item) => range.includes(sortOf(item, keys)));
  if (index !== undefined) items.sort(view.order);
  const backward = input.ScanIndexForward === false;
  if (backward) items.reverse();
  const directed = backward ? reversed(view) : view;
  return page(table, { items, view: directed, filter, bindings, paths }, input);
}

/** @throws ValidationException for anything that AWS would not take. */
export function scan(table: Table, input: ScanInput): Omit<QueryOutput, '$metadata'> {
  const { filter, bindings, paths } = prepare(input, undefined);
  const view = viewOf(table, input);
  const { TotalSegments: total, Segment: segment } = input;
  if ((total === undefined) !== (segment === undefined)) {
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  const items =
    view.index === undefined
      ? table.all(input.ConsistentRead === true)
      : indexed(table, view.index, view).sort(view.order);
  const mine = items.filter(
    (item) => total === undefined || table.hashOf(item) % total === segment,
  );
  return page(table, { items: mine, view, filter, bindings, paths }, input);
}

function prepare(
  input: QueryInput & ScanInput,
  keyCondition: CompiledCondition | undefined,
): {
  filter: CompiledCondition | undefined;
  bindings: Bindings;
  paths: readonly Path[] | undefined;
} {
  const filter =
    input.FilterExpression === undefined
      ? undefined
      : compileCondition('FilterExpression', input.FilterExpression);
  const projection =
    input.ProjectionExpression === undefined
      ? undefined
      : compileProjection('ProjectionExpression', input.ProjectionExpression);
  if (input.Select === 'COUNT' && projection !== undefined) {
    throw invalid('Cannot specify the ProjectionExpression when choosing to get only the Count');
  }
  if (input.Limit !== undefined && input.Limit < 1) {
    throw invalid(
      `1 validation error detected: Value '${input.Limit}' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    );
  }
  const used = [keyCondition, filter, projection].filter((each) => each !== undefined);
  const bindings = bind(input, used, ['FilterExpression']);
  if (filter !== undefined) checkCondition(filter, bindings);
  const paths = projection && resolveDistinct(projection.label, projection.paths, bindings);
  return { filter, bindings, paths };
}

function viewOf(table: Table, input: QueryInput & ScanInput): View {
  if (input.IndexName === undefined) {
    return { keys: table.keyNames, index: undefined, order: (a, b) => table.scanOrder(a, b) };
  }
  const index = table.definition.indexes?.find(({ indexName }) => indexName === input.IndexName);
  if (index === undefined) {
    throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  }
  if (input.ConsistentRead === true) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  const keys = keyNames(index.keySchema);
  const order = (a: Item, b: Item) =>
    compareOptional(a[keys.partition], b[keys.partition]) ||
    compareOptional(sortOf(a, keys), sortOf(b, keys)) ||
    table.scanOrder(a, b);
  return { keys, index, order };
}

const reversed = (view: View): View => ({ ...view, order: (a, b) => view.order(b, a) });

/** The items that have all key attributes of the index, with what is projected into it. */
function indexed(table: Table, index: IndexDefinition, { keys }: View): Item[] {
  const names = [keys.partition, ...(keys.sort === undefined ? [] : [keys.sort])];
  const items = table.all(false).filter((item) => names.every((name) => item[name] !== undefined));
  if ((index.projection.ProjectionType ?? 'ALL') === 'ALL') return items;
  const { partition, sort } = table.keyNames;
  const kept = new Set([...names, partition, sort, ...(index.projection.NonKeyAttributes ?? [])]);
  return items.map((item) => Object.fromEntries(Object.entries(item).filter(([n]) => kept.has(n))));
}

function sortOf(item: Item, keys: KeyNames): Value | undefined {
  return keys.sort === undefined ? undefined : item[keys.sort];
}

function checkFilterAttributes(condition: Condition, keys: KeyNames, { names }: Bindings): void {
  const mentioned = JSON.stringify(condition, (_, value: unknown) =>
    typeof value === 'string' ? (names[value] ?? value) : value,
  );
  for (const key of [keys.partition, keys.sort]) {
    if (key === undefined || !mentioned.includes(`"path":[${JSON.stringify(key)}`)) continue;
    throw invalid(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`,
    );
  }
}

function page(
  table: Table,
  { items, view, filter, bindings, paths }: Walk,
  input: QueryInput & ScanInput,
): Omit<QueryOutput, '$metadata'> {
  const limit = input.Limit ?? Number.POSITIVE_INFINITY;
  const found: Record<string, Value>[] = [];
  let at = startOf(table, items, view, input.ExclusiveStartKey);
  let scanned = 0;
  let bytes = 0;
  let full = false;
  for (; at < items.length && !full; at += 1) {
    const item = items[at];
    if (item === undefined) break;
    scanned += 1;
    bytes += itemSizeBytes(item);
    if (filter === undefined || holds(filter.condition, item, bindings)) {
      found.push(paths === undefined ? { ...item } : project(item, paths));
    }
    full = scanned >= limit || bytes >= PAGE_BYTES_MAX;
  }
  const last = full ? items[at - 1] : undefined;
  return {
    Count: found.length,
    ScannedCount: scanned,
    ...(input.Select === 'COUNT' ? {} : { Items: found }),
    ...(last === undefined ? {} : { LastEvaluatedKey: positionOf(table, last, view) }),
  };
}

function positionOf(table: Table, item: Item, view: View): Record<string, Value> {
  const { partition, sort } = table.keyNames;
  const names = [partition, sort, view.keys.partition, view.keys.sort];
  const position: Record<string, Value> = {};
  for (const name of names) {
    const value = name === undefined ? undefined : item[name];
    if (name !== undefined && value !== undefined) position[name] = value;
  }
  return position;
}

/** Index of the first item after the start key, which itself may be gone by now. */
function startOf(
  table: Table,
  items: readonly Item[],
  view: View,
  startKey: Item | undefined,
): number {
  if (startKey === undefined) return 0;
  const start = admitItem(startKey);
  const expected = Object.keys(positionOf(table, start, view)).length;
  const { partition, sort } = table.keyNames;
  const needed = new Set([partition, sort, view.keys.partition, view.keys.sort].filter(Boolean));
  if (expected !== needed.size || Object.keys(start).length !== needed.size) {
    throw invalid('The provided starting key is invalid');
  }
  const after = items.findIndex((item) => view.order(item, start) > 0);
  return after === -1 ? items.length : after;
}
