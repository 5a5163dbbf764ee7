import type {
  BatchGetItemInput,
  BatchWriteItemInput,
  BatchWriteItemOutput,
  DeleteItemInput,
  DeleteItemOutput,
  DescribeTableInput,
  DescribeTableOutput,
  GetItemInput,
  GetItemOutput,
  ListTablesInput,
  ListTablesOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  ScanInput,
  TransactGetItemsInput,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import { AwsError, type Place, type Service, type World } from '../contract.ts';
import { describeTable } from './dynamo-db-describe.ts';
import { DynamoDbPermissions } from './dynamo-db-permissions.ts';
import { query, scan } from './dynamo-db-query.ts';
import { batchGet, batchWrite, readItem } from './dynamo-db-read.ts';
import { Table, type TableDefinition } from './dynamo-db-table.ts';
import { Transactions } from './dynamo-db-transaction.ts';
import type { Item } from './dynamo-db-value.ts';
import {
  checkReturnValues,
  performWrite,
  prepareDelete,
  preparePut,
  prepareUpdate,
  returnedAttributes,
} from './dynamo-db-write.ts';
import { operation } from './fleet-operation.ts';

/** How often expired items are looked for, and the share of them that one sweep takes: some hours until all are gone. */
const TTL_SWEEP_MS = 30 * 60_000;
const TTL_SWEEP_RATIO = 0.25;
/** Items that expired more than five years ago are left alone (Developer Guide, "Time to Live"). */
const TTL_AGE_MS_MAX = 5 * 365 * 24 * 3_600_000;

/**
 * Amazon DynamoDB, on demand. Reads that do not ask for consistency may miss a write of the last second. Throttling,
 * streams, local secondary indexes, PartiQL and consumed capacity are not simulated; legacy conditional parameters
 * (`Expected`, `AttributeUpdates`, `KeyConditions`, ...) are refused.
 */
export class DynamoDb implements Service {
  readonly client = 'client-dynamodb';
  readonly #world: World;
  readonly #place: Place;
  readonly #tables = new Map<string, Table>();
  readonly #may: DynamoDbPermissions;
  readonly #transactions: Transactions;

  constructor({ world, place }: { readonly world: World; readonly place: Place }) {
    this.#world = world;
    this.#place = place;
    this.#may = new DynamoDbPermissions(place, (name) => this.#find(name));
    this.#transactions = new Transactions((name) => this.#table(name));
  }

  /** @throws Error when the account has a table of this name already. */
  addTable(definition: TableDefinition): void {
    const { tableName, ttlAttribute } = definition;
    if (this.#tables.has(tableName)) throw new Error(`there are two tables ${tableName}`);
    const table = new Table(definition, this.#world);
    this.#tables.set(tableName, table);
    if (ttlAttribute === undefined) return;
    const random = this.#world.random(`dynamo-db ttl ${tableName}`);
    this.#world.every(TTL_SWEEP_MS, `time to live of ${tableName}`, () =>
      this.#sweep(table, ttlAttribute, random),
    );
  }

  /** Every item as it is now, in order of a scan; the same list until something is written. For tests and auditors, frozen. */
  itemsOf(tableName: string): readonly Item[] {
    return this.#table(tableName).all(true);
  }

  /** A table that was restored takes the place of this one: it has these items and no others. */
  restore(tableName: string, items: readonly Item[]): void {
    const table = this.#table(tableName);
    for (const item of table.all(true)) table.write(table.keyOfItem(item), undefined);
    for (const item of items) table.write(table.keyOfItem(item), item);
  }

  readonly operations = {
    GetItem: operation<GetItemInput, GetItemOutput>({
      authorize: (input) => this.#may.onItems('GetItem', input.TableName, [input.Key]),
      run: (input) => {
        refuse(input, ['AttributesToGet']);
        const { item } = readItem(this.#table(input.TableName), input);
        return item === undefined ? {} : { Item: item };
      },
    }),
    PutItem: operation<PutItemInput, PutItemOutput>({
      authorize: (input) => this.#may.onItems('PutItem', input.TableName, [input.Item]),
      run: (input) => {
        refuse(input, ['Expected', 'ConditionalOperator']);
        checkReturnValues(input.ReturnValues, ['NONE', 'ALL_OLD']);
        const write = preparePut(this.#table(input.TableName), input);
        return attributes(returnedAttributes(input.ReturnValues, performWrite(write), write));
      },
    }),
    UpdateItem: operation<UpdateItemInput, UpdateItemOutput>({
      authorize: (input) => this.#may.onItems('UpdateItem', input.TableName, [input.Key]),
      run: (input) => {
        refuse(input, ['Expected', 'ConditionalOperator', 'AttributeUpdates']);
        const write = prepareUpdate(this.#table(input.TableName), input);
        return attributes(returnedAttributes(input.ReturnValues, performWrite(write), write));
      },
    }),
    DeleteItem: operation<DeleteItemInput, DeleteItemOutput>({
      authorize: (input) => this.#may.onItems('DeleteItem', input.TableName, [input.Key]),
      run: (input) => {
        refuse(input, ['Expected', 'ConditionalOperator']);
        checkReturnValues(input.ReturnValues, ['NONE', 'ALL_OLD']);
        const write = prepareDelete(this.#table(input.TableName), input);
        return attributes(returnedAttributes(input.ReturnValues, performWrite(write), write));
      },
    }),
    Query: operation<QueryInput, ReturnType<typeof query>>({
      authorize: (input) => this.#may.query(input),
      run: (input) => {
        refuse(input, ['KeyConditions', 'QueryFilter', 'ConditionalOperator', 'AttributesToGet']);
        return query(this.#table(input.TableName), input);
      },
    }),
    Scan: operation<ScanInput, ReturnType<typeof scan>>({
      authorize: (input) => this.#may.scan(input),
      run: (input) => {
        refuse(input, ['ScanFilter', 'ConditionalOperator', 'AttributesToGet']);
        return scan(this.#table(input.TableName), input);
      },
    }),
    BatchGetItem: operation<BatchGetItemInput, ReturnType<typeof batchGet>>({
      authorize: (input) => this.#may.batchGet(input),
      run: (input) => batchGet((name) => this.#table(name), input),
    }),
    BatchWriteItem: operation<BatchWriteItemInput, BatchWriteItemOutput>({
      authorize: (input) => this.#may.batchWrite(input),
      run: (input) => {
        batchWrite((name) => this.#table(name), input);
        return { UnprocessedItems: {} };
      },
    }),
    TransactWriteItems: operation<TransactWriteItemsInput, TransactWriteItemsOutput>({
      authorize: (input) => this.#may.transactWrite(input),
      run: (input, { nowMs }) => {
        this.#transactions.write(input, nowMs);
        return {};
      },
    }),
    TransactGetItems: operation<TransactGetItemsInput, ReturnType<Transactions['read']>>({
      authorize: (input) => this.#may.transactGet(input),
      run: (input) => this.#transactions.read(input),
    }),
    DescribeTable: operation<DescribeTableInput, DescribeTableOutput>({
      authorize: (input) => this.#may.onTable('DescribeTable', input.TableName),
      run: (input) => ({ Table: describeTable(this.#table(input.TableName)) }),
    }),
    ListTables: operation<ListTablesInput, ListTablesOutput>({
      authorize: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
      run: (input) => {
        const all = [...this.#tables.keys()].sort();
        const after = all.filter((name) => name > (input.ExclusiveStartTableName ?? ''));
        const names = after.slice(0, input.Limit ?? 100);
        const last = names.length < after.length ? names.at(-1) : undefined;
        return { TableNames: names, ...(last && { LastEvaluatedTableName: last }) };
      },
    }),
  };

  #find(nameOrArn: string | undefined): Table | undefined {
    const { partition, region, accountId } = this.#place;
    const prefix = `arn:${partition}:dynamodb:${region}:${accountId}:table/`;
    const name = nameOrArn?.startsWith(prefix) ? nameOrArn.slice(prefix.length) : nameOrArn;
    return this.#tables.get(name ?? '');
  }

  #table(nameOrArn: string | undefined): Table {
    const table = this.#find(nameOrArn);
    if (table !== undefined) return table;
    throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
  }

  /** Deletes a share of what has expired, as the background process of DynamoDB does within days of the expiry. */
  #sweep(table: Table, ttlAttribute: string, random: () => number): void {
    const nowMs = this.#world.nowMs();
    for (const item of table.all(true)) {
      const expiresAtMs = Number(item[ttlAttribute]?.N ?? Number.NaN) * 1_000;
      const ageMs = nowMs - expiresAtMs;
      if (!(ageMs > 0 && ageMs < TTL_AGE_MS_MAX) || random() >= TTL_SWEEP_RATIO) continue;
      table.write(table.keyOfItem(item), undefined);
    }
  }
}

const attributes = (given: Item | undefined) =>
  given === undefined ? {} : { Attributes: { ...given } };

/** @throws NotSimulated for a parameter that the real service has and this one does not. */
function refuse(input: object, legacy: readonly string[]): void {
  for (const name of legacy) {
    if (!Object.hasOwn(input, name) || input[name as keyof typeof input] === undefined) continue;
    throw new AwsError('NotSimulated', `the simulated DynamoDB does not take ${name}`, 501);
  }
}
