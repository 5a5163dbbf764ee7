import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
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
import { lean, SETTINGS } from './clients/lean.ts';
import { environment } from './entry.ts';

type Fields = Readonly<Record<string, unknown>>;

/** All of these must hold of the item as it is; `{}` asks nothing. */
interface Together {
  readonly equals?: Fields;
  readonly less?: Fields;
  readonly absent?: readonly string[];
}

/** One of several must hold, or the one that there is. */
export type Condition = Together | { readonly anyOf: readonly Together[] };

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

const client = lean(new DynamoDBClient({ ...SETTINGS, accountIdEndpointMode: 'disabled' }));
const OPTIONS = { removeUndefinedValues: true, convertEmptyValues: false };
const tableName = (): string => environment('LEDGER_TABLE');

/** Reads are consistent: decisions are made from them. Undefined where there is no such item. */
export async function read<T>(key: Key, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  const item = await ask(key);
  return item === undefined ? undefined : schema.parse(item);
}

interface Question {
  readonly key: Key;
  readonly answer: (item: Fields | undefined) => void;
  readonly fail: (error: unknown) => void;
}

let questions: Question[] = [];

/** What is asked for in one breath is read in one call. */
function ask(key: Key): Promise<Fields | undefined> {
  return new Promise((answer, fail) => {
    questions.push({ key, answer, fail });
    if (questions.length === 1) void Promise.resolve().then(answerAll);
  });
}

async function answerAll(): Promise<void> {
  const asked = questions;
  questions = [];
  try {
    const items = await readItems([...new Map(asked.map(({ key }) => [idOf(key), key])).values()]);
    const found = new Map(items.map((item) => [idOf(item), item]));
    for (const { key, answer } of asked) answer(found.get(idOf(key)));
  } catch (error) {
    for (const { fail } of asked) fail(error);
  }
}

const idOf = ({ pk, sk }: { readonly pk?: unknown; readonly sk?: unknown }): string =>
  JSON.stringify([pk, sk]);

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
  const items = await readItems(keys);
  return items.map((item) => ({ key: keyOf(item), item: schema.parse(item) }));
}

const keyOf = (item: Fields): Key => ({ pk: String(item['pk']), sk: String(item['sk']) });

async function readItems(keys: readonly Key[]): Promise<readonly Fields[]> {
  const found: Fields[] = [];
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
    found.push(...(answer.Responses?.[tableName()] ?? []).map((raw) => unmarshall(raw)));
    const unprocessed = (answer.UnprocessedKeys?.[tableName()]?.Keys ?? []).map((raw) =>
      keyOf(unmarshall(raw)),
    );
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

  condition(condition: Condition): string {
    if (!('anyOf' in condition)) return this.#together(condition);
    return condition.anyOf.map((one) => `(${this.#together(one)})`).join(' OR ');
  }

  #together({ equals = {}, less = {}, absent = [] }: Together): string {
    const compare = (fields: Fields, operator: '=' | '<') =>
      Object.entries(fields).map(
        ([field, value]) => `${this.name(field)} ${operator} ${this.value(value)}`,
      );
    const missing = absent.map((field) => `attribute_not_exists(${this.name(field)})`);
    return [...compare(equals, '='), ...compare(less, '<'), ...missing].join(' AND ');
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
