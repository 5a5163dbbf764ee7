import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod/mini';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { Key } from '../core/keys.ts';
import { environment } from './entry.ts';

type Fields = Readonly<Record<string, unknown>>;

/** All of these must hold of the item as it is; `{}` asks nothing. */
export interface Condition {
  readonly equals?: Fields;
  readonly absent?: readonly string[];
}

export type Write =
  | { readonly put: Key; readonly item: Fields; readonly when?: Condition }
  | {
      readonly update: Key;
      readonly set?: Fields;
      readonly remove?: readonly string[];
      readonly when?: Condition;
    }
  | { readonly delete: Key; readonly when?: Condition }
  | { readonly check: Key; readonly when: Condition };

const client = new DynamoDBClient({});
const OPTIONS = { removeUndefinedValues: true, convertEmptyValues: false };
const tableName = (): string => environment('LEDGER_TABLE');

/** Reads are consistent: decisions are made from them. Undefined where there is no such item. */
export async function read<T>(key: Key, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: tableName(), Key: marshall(key), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : schema.parse(unmarshall(Item));
}

/** All items of a partition whose sort key begins so, in the order of that key. */
export async function readAll<T>(
  pk: string,
  prefix: string,
  schema: z.ZodMiniType<T>,
): Promise<T[]> {
  const found: T[] = [];
  let from: Record<string, never> | undefined | object;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName(),
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: marshall({ ':pk': pk, ':sk': prefix }),
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: { ...from } }),
      }),
    );
    found.push(...(page.Items ?? []).map((item) => schema.parse(unmarshall(item))));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return found;
}

/** BatchGetItem takes 100 keys at most (DynamoDB API reference). */
const BATCH = 100;

/** The items that exist, with their keys, in no order. */
export async function readMany<T>(
  keys: readonly Key[],
  schema: z.ZodMiniType<T>,
): Promise<readonly { readonly key: Key; readonly item: T }[]> {
  const found: { key: Key; item: T }[] = [];
  let open = [...keys];
  while (open.length > 0) {
    const asked = open.slice(0, BATCH);
    const answer = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [tableName()]: { Keys: asked.map((key) => marshall(key)), ConsistentRead: true },
        },
      }),
    );
    for (const raw of answer.Responses?.[tableName()] ?? []) {
      const item = unmarshall(raw);
      found.push({ key: { pk: item['pk'], sk: item['sk'] }, item: schema.parse(item) });
    }
    const unprocessed = (answer.UnprocessedKeys?.[tableName()]?.Keys ?? []).map((raw) => {
      const key = unmarshall(raw);
      return { pk: String(key['pk']), sk: String(key['sk']) };
    });
    open = [...open.slice(BATCH), ...unprocessed];
  }
  return found;
}

/** Makes one write. False when its condition did not hold; nothing is written then. */
export async function write(one: Write): Promise<boolean> {
  const item = transactItem(one);
  try {
    if (item.Put) await client.send(new PutItemCommand(item.Put));
    else if (item.Update) {
      await client.send(new UpdateItemCommand({ ...item.Update }));
    } else if (item.Delete) await client.send(new DeleteItemCommand(item.Delete));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Reasons for which a transaction may simply be made again (DynamoDB API, TransactWriteItems). */
const PASSING = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Makes all of these writes or none. False when any condition did not hold.
 *
 * @throws KilnError Transient when another write of one of these items was in the way
 */
export async function writeTogether(writes: readonly Write[]): Promise<boolean> {
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: writes.map(transactItem) }));
    return true;
  } catch (error) {
    const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : [];
    if (reasons?.some((reason) => reason.Code === 'ConditionalCheckFailed')) return false;
    if (reasons?.some((reason) => PASSING.includes(reason.Code ?? ''))) {
      throw new KilnError(ErrorName.Transient, String(error), { cause: error });
    }
    throw error;
  }
}

/** Adds one to a number that only grows and returns it. */
export async function count(key: Key, field: string): Promise<number> {
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName: tableName(),
      Key: marshall(key),
      UpdateExpression: 'ADD #f :one',
      ExpressionAttributeNames: { '#f': field },
      ExpressionAttributeValues: marshall({ ':one': 1 }),
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.[field]?.N ?? '0');
}

/** Collects `#name` and `:value` placeholders of one request. */
class Placeholders {
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, unknown> = {};

  name(field: string): string {
    // A dot leads into a map: `wayBack.attempts`.
    return field
      .split('.')
      .map((part) => {
        const placeholder = `#${part}`;
        this.#names[placeholder] = part;
        return placeholder;
      })
      .join('.');
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.#values).length}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  condition({ equals = {}, absent = [] }: Condition): string {
    const same = Object.entries(equals).map(
      ([field, value]) => `${this.name(field)} = ${this.value(value)}`,
    );
    const missing = absent.map((field) => `attribute_not_exists(${this.name(field)})`);
    return [...same, ...missing].join(' AND ');
  }

  expressions() {
    return {
      ...(Object.keys(this.#names).length === 0 ? {} : { ExpressionAttributeNames: this.#names }),
      ...(Object.keys(this.#values).length === 0
        ? {}
        : { ExpressionAttributeValues: marshall(this.#values, OPTIONS) }),
    };
  }
}

function transactItem(one: Write): TransactWriteItem {
  const TableName = tableName();
  const places = new Placeholders();
  const condition = one.when === undefined ? '' : places.condition(one.when);
  const guard = condition === '' ? {} : { ConditionExpression: condition };
  if ('put' in one) {
    const Item = marshall({ ...one.item, ...one.put }, OPTIONS);
    return { Put: { TableName, Item, ...guard, ...places.expressions() } };
  }
  if ('update' in one) {
    const set = Object.entries(one.set ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => `${places.name(field)} = ${places.value(value)}`);
    const remove = (one.remove ?? []).map((field) => places.name(field));
    const UpdateExpression = [
      ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
      ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
    ].join(' ');
    const Key = marshall(one.update);
    return { Update: { TableName, Key, UpdateExpression, ...guard, ...places.expressions() } };
  }
  if ('delete' in one) {
    return { Delete: { TableName, Key: marshall(one.delete), ...guard, ...places.expressions() } };
  }
  return {
    ConditionCheck: {
      TableName,
      Key: marshall(one.check),
      ConditionExpression: condition,
      ...places.expressions(),
    },
  };
}
