import type {
  BatchGetItemInput,
  BatchWriteItemInput,
  QueryInput,
  TransactGetItemsInput,
  TransactWriteItemsInput,
} from '@aws-sdk/client-dynamodb';
import type { Permission, Place } from '../contract.ts';
import { compileCondition } from './dynamo-db-condition-syntax.ts';
import type { Table } from './dynamo-db-table.ts';
import type { Item, Value } from './dynamo-db-value.ts';

/**
 * What a request needs: one permission per table and action, with the partition keys that it touches.
 * @see Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB"; Developer Guide,
 * "Using IAM with DynamoDB transactions": a transaction needs the actions of its parts and has none of its own.
 */
export class DynamoDbPermissions {
  readonly #place: Place;
  readonly #find: (nameOrArn: string | undefined) => Table | undefined;

  constructor(place: Place, find: (nameOrArn: string | undefined) => Table | undefined) {
    this.#place = place;
    this.#find = find;
  }

  /** An action on the items with these keys (or whole items). */
  onItems(
    action: string,
    tableName: string | undefined,
    items: readonly (Item | undefined)[],
    context: Permission['context'] = {},
  ): Permission[] {
    const partition = this.#find(tableName)?.keyNames.partition;
    const values = items.map((item) => (partition === undefined ? undefined : item?.[partition]));
    return [this.#permission(action, tableName, values, context)];
  }

  onTable(action: string, tableName: string | undefined): Permission[] {
    return [this.#permission(action, tableName, [], {})];
  }

  query(input: QueryInput): Permission[] {
    const key = this.#queriedKey(input);
    const context = { 'dynamodb:Select': selectOf(input) };
    return [this.#permission('Query', input.TableName, [key], context, input.IndexName)];
  }

  scan(input: Pick<QueryInput, 'TableName' | 'IndexName' | 'Select' | 'ProjectionExpression'>) {
    const context = { 'dynamodb:Select': selectOf(input) };
    return [this.#permission('Scan', input.TableName, [], context, input.IndexName)];
  }

  batchGet({ RequestItems }: BatchGetItemInput): Permission[] {
    return Object.entries(RequestItems ?? {}).flatMap(([name, { Keys }]) =>
      this.onItems('BatchGetItem', name, Keys ?? []),
    );
  }

  batchWrite({ RequestItems }: BatchWriteItemInput): Permission[] {
    return Object.entries(RequestItems ?? {}).flatMap(([name, writes]) => {
      const items = writes.map((write) => write.PutRequest?.Item ?? write.DeleteRequest?.Key);
      return this.onItems('BatchWriteItem', name, items);
    });
  }

  transactWrite({ TransactItems }: TransactWriteItemsInput): Permission[] {
    const context = { 'dynamodb:EnclosingOperation': 'TransactWriteItems' };
    return (TransactItems ?? []).flatMap(({ Put, Update, Delete, ConditionCheck }) => [
      ...(Put ? this.onItems('PutItem', Put.TableName, [Put.Item], context) : []),
      ...(Update ? this.onItems('UpdateItem', Update.TableName, [Update.Key], context) : []),
      ...(Delete ? this.onItems('DeleteItem', Delete.TableName, [Delete.Key], context) : []),
      ...(ConditionCheck
        ? this.onItems(
            'ConditionCheckItem',
            ConditionCheck.TableName,
            [ConditionCheck.Key],
            context,
          )
        : []),
    ]);
  }

  transactGet({ TransactItems }: TransactGetItemsInput): Permission[] {
    const context = { 'dynamodb:EnclosingOperation': 'TransactGetItems' };
    return (TransactItems ?? []).flatMap(({ Get }) =>
      this.onItems('GetItem', Get?.TableName, [Get?.Key], context),
    );
  }

  #permission(
    action: string,
    tableName: string | undefined,
    partitionKeys: readonly (Value | undefined)[],
    context: Permission['context'],
    indexName?: string,
  ): Permission {
    const table = this.#tableArn(tableName ?? '');
    const keys = partitionKeys.map(keyText).filter((text) => text !== undefined);
    return {
      action: `dynamodb:${action}`,
      resource: indexName === undefined ? table : `${table}/index/${indexName}`,
      context: {
        ...context,
        ...(keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': [...new Set(keys)] }),
      },
    };
  }

  #tableArn(nameOrArn: string): string {
    if (nameOrArn.startsWith('arn:')) return nameOrArn;
    const known = this.#find(nameOrArn)?.definition.arn;
    const { partition, region, accountId } = this.#place;
    return known ?? `arn:${partition}:dynamodb:${region}:${accountId}:table/${nameOrArn}`;
  }

  /** The partition key that a query names; `undefined` when its text is wrong, which the query itself will say. */
  #queriedKey(input: QueryInput): Value | undefined {
    const table = this.#find(input.TableName);
    const index = table?.definition.indexes?.find((each) => each.indexName === input.IndexName);
    const schema = index?.keySchema ?? table?.definition.keySchema;
    const name = schema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
    try {
      const { condition } = compileCondition(
        'KeyConditionExpression',
        input.KeyConditionExpression ?? '',
      );
      const terms = condition.kind === 'and' ? condition.terms : [condition];
      for (const term of terms) {
        if (term.kind !== 'compare' || term.operator !== '=' || term.left.kind !== 'path') continue;
        const step = String(term.left.path[0]);
        const isKey = (input.ExpressionAttributeNames?.[step] ?? step) === name;
        if (isKey && term.right.kind === 'value') {
          return input.ExpressionAttributeValues?.[term.right.name];
        }
      }
    } catch {
      return undefined;
    }
    return undefined;
  }
}

function selectOf(
  input: Pick<QueryInput, 'Select' | 'IndexName' | 'ProjectionExpression'>,
): string {
  if (input.Select !== undefined) return input.Select;
  if (input.ProjectionExpression !== undefined) return 'SPECIFIC_ATTRIBUTES';
  return input.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
}

function keyText(value: Value | undefined): string | undefined {
  return value?.S ?? value?.N ?? (value?.B && Buffer.from(value.B).toString('base64'));
}
