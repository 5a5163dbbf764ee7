import type {
  CancellationReason,
  TransactGetItemsInput,
  TransactGetItemsOutput,
  TransactWriteItem,
  TransactWriteItemsInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../contract.ts';
import { type ReadRequest, readItem } from './dynamo-db-read.ts';
import type { Table } from './dynamo-db-table.ts';
import { type Item, invalid, itemSizeBytes } from './dynamo-db-value.ts';
import {
  isAllowed,
  type PreparedWrite,
  prepareCheck,
  prepareDelete,
  preparePut,
  prepareUpdate,
} from './dynamo-db-write.ts';

/** @see Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works". */

const ACTIONS_MAX = 100;
const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;
/** "A client token is valid for 10 minutes after the first request that uses it finishes." */
const TOKEN_MS = 10 * 60_000;

type TableOf = (name: string | undefined) => Table;

/** Writes all or nothing, and remembers client tokens. */
export class Transactions {
  readonly #tableOf: TableOf;
  readonly #tokens = new Map<string, { readonly request: string; readonly untilMs: number }>();

  constructor(tableOf: TableOf) {
    this.#tableOf = tableOf;
  }

  /**
   * @throws TransactionCanceledException with a reason for each action, IdempotentParameterMismatchException for a
   * token that came with another request, ValidationException for two actions on one item.
   */
  write(input: TransactWriteItemsInput, nowMs: number): void {
    const items = checkCount(input.TransactItems);
    const token = input.ClientRequestToken;
    const request = JSON.stringify(items);
    if (token !== undefined && this.#isRepeated(token, request, nowMs)) return;
    const writes = items.map((item) => this.#prepare(item));
    checkDistinctItems(writes);
    const outcomes = writes.map(attempt);
    if (outcomes.some(({ reason }) => reason.Code !== 'None')) {
      throw cancelled(outcomes.map(({ reason }) => reason));
    }
    checkTotal(outcomes.map(({ item }) => item));
    writes.forEach(({ table, key }, i) => {
      const outcome = outcomes[i];
      if (outcome?.changes) table.write(key, outcome.item);
    });
    if (token !== undefined) this.#tokens.set(token, { request, untilMs: nowMs + TOKEN_MS });
  }

  read(input: TransactGetItemsInput): Omit<TransactGetItemsOutput, '$metadata'> {
    const items = checkCount(input.TransactItems);
    const seen = new Set<string>();
    const Responses = items.map(({ Get }) => {
      if (Get === undefined) throw invalid('TransactItems must each have a Get');
      const table = this.#tableOf(Get.TableName);
      const request: ReadRequest = { ...Get, ConsistentRead: true };
      const { key, item } = readItem(table, request);
      checkOnce(seen, table, key);
      return item === undefined ? {} : { Item: item };
    });
    return { Responses };
  }

  #isRepeated(token: string, request: string, nowMs: number): boolean {
    const known = this.#tokens.get(token);
    if (known === undefined || known.untilMs < nowMs) return false;
    if (known.request === request) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'The ClientRequestToken was used for a different request',
    );
  }

  #prepare(item: TransactWriteItem): PreparedWrite {
    const { Put, Update, Delete, ConditionCheck } = item;
    const given = [Put, Update, Delete, ConditionCheck].filter((each) => each !== undefined);
    if (given.length !== 1) {
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    }
    if (Put !== undefined) return preparePut(this.#tableOf(Put.TableName), Put);
    if (Update !== undefined) return prepareUpdate(this.#tableOf(Update.TableName), Update);
    if (Delete !== undefined) return prepareDelete(this.#tableOf(Delete.TableName), Delete);
    if (ConditionCheck?.ConditionExpression === undefined) {
      throw invalid('The ConditionExpression must be specified for a ConditionCheck');
    }
    return prepareCheck(this.#tableOf(ConditionCheck.TableName), ConditionCheck);
  }
}

interface Outcome {
  readonly reason: CancellationReason;
  readonly item: Item | undefined;
  readonly changes: boolean;
}

function attempt(write: PreparedWrite): Outcome {
  const old = write.table.get(write.key, true);
  if (!isAllowed(write, old)) {
    const Item = write.returnItemOnFailure ? old : undefined;
    const Message = 'The conditional request failed';
    return refused({ Code: 'ConditionalCheckFailed', Message, ...(Item && { Item }) });
  }
  try {
    const item = write.next(old);
    return { reason: { Code: 'None' }, item, changes: item !== old };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return refused({ Code: 'ValidationError', Message: error.message });
  }
}

const refused = (reason: CancellationReason): Outcome => ({
  reason,
  item: undefined,
  changes: false,
});

function cancelled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}

function checkCount<T>(items: readonly T[] | undefined): readonly T[] {
  const count = items?.length ?? 0;
  if (items !== undefined && count >= 1 && count <= ACTIONS_MAX) return items;
  const bound = count === 0 ? 'greater than or equal to 1' : `less than or equal to ${ACTIONS_MAX}`;
  throw invalid(
    `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

function checkDistinctItems(writes: readonly PreparedWrite[]): void {
  const seen = new Set<string>();
  for (const { table, key } of writes) checkOnce(seen, table, key);
}

function checkOnce(seen: Set<string>, table: Table, key: Item): void {
  const identity = `${table.definition.tableName}|${table.identityOf(key)}`;
  if (seen.has(identity)) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
  seen.add(identity);
}

function checkTotal(items: readonly (Item | undefined)[]): void {
  let bytes = 0;
  for (const item of items) bytes += item === undefined ? 0 : itemSizeBytes(item);
  if (bytes > TRANSACTION_BYTES_MAX) {
    throw invalid('Transaction request size cannot exceed 4 MB');
  }
}
