import type {
  BatchGetItemInput,
  BatchGetItemOutput,
  BatchWriteItemInput,
  GetItemInput,
} from '@aws-sdk/client-dynamodb';
import { bind } from './dynamo-db-bindings.ts';
import { compileProjection, project, resolveDistinct } from './dynamo-db-projection.ts';
import type { Table } from './dynamo-db-table.ts';
import { admitItem, type Item, invalid, itemSizeBytes, type Value } from './dynamo-db-value.ts';
import { performWrite, prepareDelete, preparePut } from './dynamo-db-write.ts';

/** Reads by key, and the two batches. */

export type ReadRequest = Pick<
  GetItemInput,
  'Key' | 'ConsistentRead' | 'ProjectionExpression' | 'ExpressionAttributeNames'
>;

const BATCH_GET_MAX = 100;
const BATCH_WRITE_MAX = 25;
const BATCH_BYTES_MAX = 16 * 1024 * 1024;

export function readItem(
  table: Table,
  request: ReadRequest,
): { key: Item; item: Record<string, Value> | undefined } {
  const text = request.ProjectionExpression;
  const projection =
    text === undefined ? undefined : compileProjection('ProjectionExpression', text);
  const bindings = bind(request, projection ? [projection] : [], ['ProjectionExpression']);
  const paths = projection && resolveDistinct(projection.label, projection.paths, bindings);
  const key = table.checkKey(admitItem(request.Key ?? {}));
  const item = table.get(key, request.ConsistentRead === true);
  return { key, item: item === undefined || paths === undefined ? item : project(item, paths) };
}

/** What does not fit into 16 MB comes back as unprocessed keys. */
export function batchGet(
  tableOf: (name: string) => Table,
  { RequestItems }: BatchGetItemInput,
): Omit<BatchGetItemOutput, '$metadata'> {
  const requests = Object.entries(RequestItems ?? {});
  const count = requests.reduce((sum, [, { Keys }]) => sum + (Keys?.length ?? 0), 0);
  if (count > BATCH_GET_MAX) throw invalid('Too many items requested for the BatchGetItem call');
  if (count === 0) {
    throw invalid(
      "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  let bytes = 0;
  const Responses: Record<string, Record<string, Value>[]> = {};
  const UnprocessedKeys: NonNullable<BatchGetItemOutput['UnprocessedKeys']> = {};
  for (const [name, request] of requests) {
    const table = tableOf(name);
    const found: Record<string, Value>[] = [];
    const left: Record<string, Value>[] = [];
    const seen = new Set<string>();
    for (const Key of request.Keys ?? []) {
      const { key, item } = readItem(table, { ...request, Key });
      checkNew(seen, table, key);
      bytes += item === undefined ? 0 : itemSizeBytes(item);
      if (bytes > BATCH_BYTES_MAX) left.push(Key);
      else if (item !== undefined) found.push(item);
    }
    Responses[name] = found;
    if (left.length > 0) UnprocessedKeys[name] = { ...request, Keys: left };
  }
  return { Responses, UnprocessedKeys };
}

/** Each put or deletion by itself; nothing of it is conditional. */
export function batchWrite(
  tableOf: (name: string) => Table,
  { RequestItems }: BatchWriteItemInput,
): void {
  const requests = Object.entries(RequestItems ?? {});
  const count = requests.reduce((sum, [, writes]) => sum + writes.length, 0);
  if (count > BATCH_WRITE_MAX) {
    throw invalid('Too many items requested for the BatchWriteItem call');
  }
  const writes = requests.flatMap(([name, tableWrites]) => {
    const table = tableOf(name);
    const seen = new Set<string>();
    return tableWrites.map(({ PutRequest, DeleteRequest }) => {
      if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
        throw invalid('A WriteRequest must contain exactly one of PutRequest and DeleteRequest');
      }
      const write =
        PutRequest === undefined
          ? prepareDelete(table, { Key: DeleteRequest?.Key })
          : preparePut(table, { Item: PutRequest.Item });
      checkNew(seen, table, write.key);
      return write;
    });
  });
  for (const write of writes) performWrite(write);
}

function checkNew(seen: Set<string>, table: Table, key: Item): void {
  const identity = table.identityOf(key);
  if (seen.has(identity)) throw invalid('Provided list of item keys contains duplicates');
  seen.add(identity);
}
