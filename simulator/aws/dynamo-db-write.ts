import type {
  ConditionCheck,
  DeleteItemInput,
  PutItemInput,
  UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../contract.ts';
import { type Bindings, bind, type Used } from './dynamo-db-bindings.ts';
import { checkCondition, holds } from './dynamo-db-condition.ts';
import { type CompiledCondition, compileCondition } from './dynamo-db-condition-syntax.ts';
import { project } from './dynamo-db-projection.ts';
import type { Path } from './dynamo-db-syntax.ts';
import type { Table } from './dynamo-db-table.ts';
import { applyUpdate, resolveUpdate } from './dynamo-db-update.ts';
import { compileUpdate } from './dynamo-db-update-syntax.ts';
import {
  admitItem,
  ITEM_BYTES_MAX,
  type Item,
  invalid,
  itemSizeBytes,
  type Value,
} from './dynamo-db-value.ts';

/** Writes in two steps, so that a transaction can check all of them before it does any. */

export interface PreparedWrite {
  readonly table: Table;
  readonly key: Item;
  /** The item afterwards; the same object when nothing is written, `undefined` when it is deleted. */
  readonly next: (old: Item | undefined) => Item | undefined;
  readonly condition: CompiledCondition | undefined;
  readonly bindings: Bindings;
  readonly returnItemOnFailure: boolean;
  /** The paths that an update changes. */
  readonly changed: readonly Path[];
}

type Conditional = Pick<
  ConditionCheck,
  'ExpressionAttributeNames' | 'ExpressionAttributeValues' | 'ReturnValuesOnConditionCheckFailure'
> & { readonly ConditionExpression?: string | undefined };

export function preparePut(
  table: Table,
  input: Conditional & Pick<PutItemInput, 'Item'>,
): PreparedWrite {
  const conditional = prepareCondition(input);
  const item = admitItem(input.Item ?? {});
  const key = table.keyOfItem(item);
  checkSize(item, 'Item size has exceeded the maximum allowed size');
  return { table, key, next: () => item, changed: [], ...conditional };
}

export function prepareDelete(
  table: Table,
  input: Conditional & Pick<DeleteItemInput, 'Key'>,
): PreparedWrite {
  const conditional = prepareCondition(input);
  const key = table.checkKey(admitItem(input.Key ?? {}));
  return { table, key, next: () => undefined, changed: [], ...conditional };
}

export function prepareCheck(table: Table, input: ConditionCheck): PreparedWrite {
  const conditional = prepareCondition(input);
  const key = table.checkKey(admitItem(input.Key ?? {}));
  return { table, key, next: (old) => old, changed: [], ...conditional };
}

export function prepareUpdate(
  table: Table,
  input: Conditional & Pick<UpdateItemInput, 'Key' | 'UpdateExpression'>,
): PreparedWrite {
  const update =
    input.UpdateExpression === undefined
      ? undefined
      : compileUpdate('UpdateExpression', input.UpdateExpression);
  const conditional = prepareCondition(input, update, 'UpdateExpression');
  const { bindings } = conditional;
  const key = table.checkKey(admitItem(input.Key ?? {}));
  const actions = update === undefined ? [] : resolveUpdate(update, bindings);
  for (const { path } of actions) {
    if (typeof path[0] !== 'string' || key[path[0]] === undefined) continue;
    throw invalid(
      `One or more parameter values were invalid: Cannot update attribute ${path[0]}. This attribute is part of the key`,
    );
  }
  const next = (old: Item | undefined) => {
    const item = applyUpdate(old ?? key, actions, bindings);
    table.keyOfItem(item);
    checkSize(item, 'Item size to update has exceeded the maximum allowed size');
    return item;
  };
  return { table, key, next, changed: actions.map(({ path }) => path), ...conditional };
}

function prepareCondition(input: Conditional, ...further: [] | [Used | undefined, string]) {
  const text = input.ConditionExpression;
  const condition = text === undefined ? undefined : compileCondition('ConditionExpression', text);
  const [expression, label] = further;
  const used = [expression, condition].filter((each) => each !== undefined);
  const candidates = label === undefined ? [] : [label];
  const bindings = bind(input, used, [...candidates, 'ConditionExpression']);
  if (condition !== undefined) checkCondition(condition, bindings);
  const returnItemOnFailure = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return { condition, bindings, returnItemOnFailure };
}

function checkSize(item: Item, message: string): void {
  if (itemSizeBytes(item) > ITEM_BYTES_MAX) throw invalid(message);
}

/** Whether the write may happen to the item that is there. */
export function isAllowed(write: PreparedWrite, old: Item | undefined): boolean {
  const { condition, bindings } = write;
  return condition === undefined || holds(condition.condition, old ?? {}, bindings);
}

/** @throws ConditionalCheckFailedException, with the item when the request asked for it. */
export function performWrite(write: PreparedWrite): {
  old: Item | undefined;
  now: Item | undefined;
} {
  const { table, key } = write;
  const old = table.get(key, true);
  if (!isAllowed(write, old)) {
    throw new AwsError(
      'ConditionalCheckFailedException',
      'The conditional request failed',
      400,
      write.returnItemOnFailure && old !== undefined ? { Item: old } : {},
    );
  }
  const now = write.next(old);
  if (now !== old) table.write(key, now);
  return { old, now };
}

/** The `Attributes` of an answer. @throws ValidationException where an operation cannot return these values. */
export function returnedAttributes(
  mode: string | undefined,
  { old, now }: { old: Item | undefined; now: Item | undefined },
  write: PreparedWrite,
): Record<string, Value> | undefined {
  const changed = (item: Item | undefined) => {
    const part = project(item ?? {}, write.changed);
    return Object.keys(part).length === 0 ? undefined : part;
  };
  switch (mode ?? 'NONE') {
    case 'ALL_OLD':
      return old;
    case 'ALL_NEW':
      return now;
    case 'UPDATED_OLD':
      return changed(old);
    case 'UPDATED_NEW':
      return changed(now);
    default:
      return undefined;
  }
}

export function checkReturnValues(mode: string | undefined, allowed: readonly string[]): void {
  if (mode === undefined || allowed.includes(mode)) return;
  throw invalid('Return values set to invalid value');
}
