import { describe, expect, it } from 'vitest';
import { DynamoDb } from '../../../simulator/aws/dynamo-db.ts';
import type { Item } from '../../../simulator/aws/dynamo-db-value.ts';
import { AwsError, type CallContext } from '../../../simulator/contract.ts';
import { makeWorld } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

const TableName = 'ledger';
const arn = `arn:aws:dynamodb:eu-west-1:111122223333:table/${TableName}`;

function anAccount() {
  const world = makeWorld({ seed: 7, startMs: 1_000_000 });
  const dynamo = new DynamoDb({ world, place });
  dynamo.addTable({
    tableName: TableName,
    arn,
    keySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    attributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'kind', AttributeType: 'S' },
    ],
    ttlAttribute: 'expiresAt',
    indexes: [
      {
        indexName: 'by-kind',
        keySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
        projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  const put = (pk: string, sk: string, more: Item = {}) =>
    ask(dynamo, 'PutItem', { TableName, Item: { pk: { S: pk }, sk: { S: sk }, ...more } });
  return { world, dynamo, put };
}

const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
const sorts = (items: readonly Item[] | undefined) => items?.map((item) => item['sk']?.S);

describe('a key', () => {
  it.each<[string, Item, string]>([
    [
      'a missing sort key',
      { pk: { S: 'a' } },
      'One or more parameter values were invalid: Missing the key sk in the item',
    ],
    [
      'another type',
      { pk: { N: '1' }, sk: { S: 'b' } },
      'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N',
    ],
    [
      'an empty text',
      { pk: { S: '' }, sk: { S: 'b' } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    ],
    [
      'an index key of another type',
      { ...key('a', 'b'), kind: { N: '1' } },
      'One or more parameter values were invalid: Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-kind',
    ],
    [
      'an empty set',
      { ...key('a', 'b'), s: { SS: [] } },
      'One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      'over 400 KB',
      { ...key('a', 'b'), s: { S: 'x'.repeat(400 * 1024) } },
      'Item size has exceeded the maximum allowed size',
    ],
  ])('is refused with %s', (_, Item, message) => {
    const { dynamo } = anAccount();
    expect(refusal(() => ask(dynamo, 'PutItem', { TableName, Item }))).toBe(
      `ValidationException: ${message}`,
    );
  });

  it('must be the whole key and nothing else to read by', () => {
    const { dynamo } = anAccount();
    for (const Key of [{ pk: { S: 'a' } }, { ...key('a', 'b'), c: { S: 'c' } }]) {
      expect(refusal(() => ask(dynamo, 'GetItem', { TableName, Key }))).toBe(
        'ValidationException: The provided key element does not match the schema',
      );
    }
  });

  it('takes an item of just 400 KB', () => {
    const { put } = anAccount();
    const bytes = 400 * 1024 - 'pkaskss'.length;
    expect(refusal(() => put('a', 's', { s: { S: 'x'.repeat(bytes) } }))).toBe('accepted');
    expect(refusal(() => put('a', 'sb', { s: { S: 'x'.repeat(bytes) } }))).toContain('exceeded');
  });
});

describe('a conditional write', () => {
  it('shows the item that stood in the way when it is asked to', () => {
    const { dynamo, put } = anAccount();
    put('a', 'lock', { owner: { S: 'x' } });
    const attempt = (ReturnValuesOnConditionCheckFailure?: 'ALL_OLD') => () =>
      ask(dynamo, 'PutItem', {
        TableName,
        Item: key('a', 'lock'),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure,
      });
    const shown = { Item: { ...key('a', 'lock'), owner: { S: 'x' } } };
    expect(attempt('ALL_OLD')).toThrow(expect.objectContaining({ fields: shown }));
    expect(attempt()).toThrow(expect.objectContaining({ fields: {} }));
    expect(refusal(attempt())).toBe(
      'ConditionalCheckFailedException: The conditional request failed',
    );
  });

  it.each([
    ['NONE', undefined],
    ['ALL_OLD', { ...key('a', 's'), a: { N: '1' }, b: { N: '1' } }],
    ['ALL_NEW', { ...key('a', 's'), a: { N: '2' }, b: { N: '1' }, c: { N: '1' } }],
    ['UPDATED_OLD', { a: { N: '1' } }],
    ['UPDATED_NEW', { a: { N: '2' }, c: { N: '1' } }],
  ] as const)('returns %s', (ReturnValues, Attributes) => {
    const { dynamo, put } = anAccount();
    put('a', 's', { a: { N: '1' }, b: { N: '1' } });
    const answer = ask(dynamo, 'UpdateItem', {
      TableName,
      Key: key('a', 's'),
      UpdateExpression: 'ADD a :one, c :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues,
    });
    expect(answer.Attributes).toEqual(Attributes);
  });

  it('makes the item that an update does not find', () => {
    const { dynamo } = anAccount();
    ask(dynamo, 'UpdateItem', { TableName, Key: key('a', 's') });
    expect(dynamo.itemsOf(TableName)).toEqual([key('a', 's')]);
  });
});

describe('a query', () => {
  const names = ['A#1', 'B#1', 'B#10', 'B#2', 'C#1'];
  const ask5 = (input: object) => {
    const { dynamo, put } = anAccount();
    for (const sk of names) put('p', sk, { n: { N: sk.slice(2) } });
    put('other', 'B#1');
    return ask(dynamo, 'Query', {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :p',
      ...input,
      ExpressionAttributeValues: { ':p': { S: 'p' }, ...(input as { values?: object }).values },
    });
  };

  it.each<[string, object, (string | undefined)[]]>([
    ['a whole partition in order', {}, names],
    ['backward', { ScanIndexForward: false }, [...names].reverse()],
    [
      'begins_with',
      { KeyConditionExpression: 'pk = :p AND begins_with(sk, :s)', values: { ':s': { S: 'B#' } } },
      ['B#1', 'B#10', 'B#2'],
    ],
    [
      'between',
      {
        KeyConditionExpression: 'pk = :p AND sk BETWEEN :s AND :t',
        values: { ':s': { S: 'B#10' }, ':t': { S: 'C#1' } },
      },
      ['B#10', 'B#2', 'C#1'],
    ],
    [
      'less than',
      { KeyConditionExpression: 'sk < :s AND pk = :p', values: { ':s': { S: 'B#1' } } },
      ['A#1'],
    ],
    [
      'equal, flipped',
      { KeyConditionExpression: ':p = pk AND :s = sk', values: { ':s': { S: 'B#1' } } },
      ['B#1'],
    ],
    ['filtered', { FilterExpression: 'n > :n', values: { ':n': { N: '1' } } }, ['B#10', 'B#2']],
  ])('finds %s', (_, input, expected) => {
    expect(sorts(ask5(input).Items)).toEqual(expected);
  });

  it('counts what it looked at, and pages by it', () => {
    const first = ask5({ Limit: 2, FilterExpression: 'n > :n', values: { ':n': { N: '1' } } });
    expect(first).toMatchObject({ Count: 0, ScannedCount: 2, LastEvaluatedKey: key('p', 'B#1') });
    const rest = ask5({ ExclusiveStartKey: first.LastEvaluatedKey });
    expect(sorts(rest.Items)).toEqual(['B#10', 'B#2', 'C#1']);
    expect(rest.LastEvaluatedKey).toBeUndefined();
  });

  it('gives a last key when the limit falls on the very end', () => {
    expect(ask5({ Limit: 5 }).LastEvaluatedKey).toEqual(key('p', 'C#1'));
    expect(ask5({ Limit: 6 }).LastEvaluatedKey).toBeUndefined();
  });

  it('ends a page at one megabyte', () => {
    const { dynamo, put } = anAccount();
    for (let i = 0; i < 4; i += 1) put('p', String(i), { s: { S: 'x'.repeat(300 * 1024) } });
    const ExpressionAttributeValues = { ':p': { S: 'p' } };
    const page = ask(dynamo, 'Query', {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues,
    });
    expect(page).toMatchObject({ Count: 4, LastEvaluatedKey: key('p', '3') });
  });

  it('projects what it is asked for', () => {
    const { Items } = ask5({ ProjectionExpression: 'n', Limit: 1 });
    expect(Items).toEqual([{ n: { N: '1' } }]);
    expect(ask5({ Select: 'COUNT' }).Items).toBeUndefined();
  });

  it.each<[object, string]>([
    [{ KeyConditionExpression: 'sk = :p' }, 'Query condition missed key schema element: pk'],
    [{ KeyConditionExpression: 'pk > :p' }, 'Query key condition not supported'],
    [
      { KeyConditionExpression: 'pk = :p OR sk = :p' },
      'Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      { KeyConditionExpression: 'pk = :p AND n = :p' },
      'Query condition missed key schema element: sk',
    ],
    [
      { KeyConditionExpression: 'pk = :p AND sk = :n', values: { ':n': { N: '1' } } },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      { FilterExpression: 'sk = :p' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [{ ExclusiveStartKey: { pk: { S: 'p' } } }, 'The provided starting key is invalid'],
    [{ IndexName: 'by-kind' }, 'Consistent reads are not supported on global secondary indexes'],
  ])('%j is refused', (input, message) => {
    expect(refusal(() => ask5(input))).toBe(`ValidationException: ${message}`);
  });

  it('reads an index with what is projected into it', async () => {
    const { world, dynamo, put } = anAccount();
    put('a', 's', { kind: { S: 'lock' }, more: { N: '1' } });
    put('b', 's');
    await world.advance(2_000);
    const answer = ask(dynamo, 'Query', {
      TableName,
      IndexName: 'by-kind',
      KeyConditionExpression: 'kind = :k',
      ExpressionAttributeValues: { ':k': { S: 'lock' } },
    });
    expect(answer.Items).toEqual([{ ...key('a', 's'), kind: { S: 'lock' } }]);
  });

  it('scans everything in pages, each item once', () => {
    const { dynamo, put } = anAccount();
    for (let i = 0; i < 10; i += 1) put(`p${i % 3}`, String(i));
    const seen: (string | undefined)[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = ask(dynamo, 'Scan', {
        TableName,
        Limit: 3,
        ConsistentRead: true,
        ExclusiveStartKey,
      });
      seen.push(...(sorts(page.Items) ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    expect(seen.sort()).toEqual([...'0123456789']);
  });
});

describe('a transaction', () => {
  const put = (pk: string, ConditionExpression?: string) => ({
    Put: {
      TableName,
      Item: key(pk, 's'),
      ConditionExpression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  });

  it('writes all or nothing, and says why for each action', () => {
    const account = anAccount();
    account.put('b', 's', { n: { N: '1' } });
    const call = () =>
      ask(account.dynamo, 'TransactWriteItems', {
        TransactItems: [
          put('a'),
          put('b', 'attribute_not_exists(pk)'),
          { Update: { TableName, Key: key('b', 't'), UpdateExpression: 'SET x = nowhere' } },
        ],
      });
    expect(refusal(call)).toBe(
      'TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]',
    );
    const CancellationReasons = [
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { ...key('b', 's'), n: { N: '1' } },
      },
      {
        Code: 'ValidationError',
        Message: 'The provided expression refers to an attribute that does not exist in the item',
      },
    ];
    expect(call).toThrow(expect.objectContaining({ fields: { CancellationReasons } }));
    expect(account.dynamo.itemsOf(TableName)).toHaveLength(1);
  });

  it('happens once for one client token, for ten minutes', () => {
    const { dynamo } = anAccount();
    const add = (by: string, nowMs: number) =>
      ask(
        dynamo,
        'TransactWriteItems',
        {
          ClientRequestToken: 'token',
          TransactItems: [
            {
              Update: {
                TableName,
                Key: key('a', 's'),
                UpdateExpression: 'ADD n :n',
                ExpressionAttributeValues: { ':n': { N: by } },
              },
            },
          ],
        },
        nowMs,
      );
    add('1', 0);
    add('1', 600_000);
    expect(dynamo.itemsOf(TableName)[0]?.['n']).toEqual({ N: '1' });
    expect(refusal(() => add('2', 600_000))).toContain('IdempotentParameterMismatchException');
    add('1', 600_001);
    expect(dynamo.itemsOf(TableName)[0]?.['n']).toEqual({ N: '2' });
  });

  it('refuses two actions on one item and an empty list', () => {
    const { dynamo } = anAccount();
    expect(
      refusal(() => ask(dynamo, 'TransactWriteItems', { TransactItems: [put('a'), put('a')] })),
    ).toBe(
      'ValidationException: Transaction request cannot include multiple operations on one item',
    );
    expect(refusal(() => ask(dynamo, 'TransactWriteItems', { TransactItems: [] }))).toContain(
      'greater than or equal to 1',
    );
    const many = Array.from({ length: 101 }, (_, i) => put(String(i)));
    expect(refusal(() => ask(dynamo, 'TransactWriteItems', { TransactItems: many }))).toContain(
      'less than or equal to 100',
    );
  });

  it('needs the permissions of its parts', () => {
    const { dynamo } = anAccount();
    const permissions = dynamo.operations.TransactWriteItems.authorize(
      {
        TransactItems: [
          put('a'),
          {
            ConditionCheck: {
              TableName,
              Key: key('b', 's'),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
        ],
      },
      {} as CallContext,
    );
    expect(
      permissions.map(({ action, resource, context }) => [
        action,
        resource,
        context?.['dynamodb:LeadingKeys'],
      ]),
    ).toEqual([
      ['dynamodb:PutItem', arn, ['a']],
      ['dynamodb:ConditionCheckItem', arn, ['b']],
    ]);
  });
});

describe('batches', () => {
  it('read and write many items, and refuse doubles', () => {
    const { dynamo } = anAccount();
    const requests = Array.from({ length: 25 }, (_, i) => ({
      PutRequest: { Item: key('a', String(i)) },
    }));
    ask(dynamo, 'BatchWriteItem', { RequestItems: { [TableName]: requests } });
    const Keys = [key('a', '3'), key('a', 'none')];
    const read = ask(dynamo, 'BatchGetItem', {
      RequestItems: { [TableName]: { Keys, ConsistentRead: true } },
    });
    expect(read.Responses?.[TableName]).toEqual([key('a', '3')]);
    const double = [...requests.slice(0, 1), ...requests.slice(0, 1)];
    expect(
      refusal(() => ask(dynamo, 'BatchWriteItem', { RequestItems: { [TableName]: double } })),
    ).toContain('duplicates');
    const tooMany = [...requests, { DeleteRequest: { Key: key('b', 'b') } }];
    expect(
      refusal(() => ask(dynamo, 'BatchWriteItem', { RequestItems: { [TableName]: tooMany } })),
    ).toContain('Too many items');
  });
});

describe('time', () => {
  it('lets a read without consistency miss a write of the last second, never an older one', async () => {
    const { world, dynamo, put } = anAccount();
    const missed = () => {
      let misses = 0;
      for (let i = 0; i < 300; i += 1) {
        if (ask(dynamo, 'GetItem', { TableName, Key: key('a', 's') }).Item === undefined)
          misses += 1;
      }
      return misses;
    };
    put('a', 's');
    expect(missed()).toBeGreaterThan(0);
    expect(
      ask(dynamo, 'GetItem', { TableName, Key: key('a', 's'), ConsistentRead: true }).Item,
    ).toBeDefined();
    await world.advance(1_000);
    expect(missed()).toBe(0);
  });

  it('deletes what has expired within hours, and nothing before', async () => {
    const { world, dynamo, put } = anAccount();
    put('a', 'soon', { expiresAt: { N: String(1_000 + 3_600) } });
    put('a', 'text', { expiresAt: { S: '1' } });
    await world.advance(3_600_000);
    expect(sorts(dynamo.itemsOf(TableName))).toEqual(['soon', 'text']);
    await world.advance(24 * 3_600_000);
    expect(sorts(dynamo.itemsOf(TableName))).toEqual(['text']);
  });
});

describe('the service', () => {
  it('knows only its tables, by name or ARN', () => {
    const { dynamo } = anAccount();
    expect(refusal(() => ask(dynamo, 'GetItem', { TableName: 'no', Key: {} }))).toBe(
      'ResourceNotFoundException: Requested resource not found',
    );
    expect(ask(dynamo, 'DescribeTable', { TableName: arn }).Table).toMatchObject({
      TableArn: arn,
      ItemCount: 0,
    });
  });

  it('refuses parameters that it does not simulate', () => {
    const { dynamo } = anAccount();
    const call = () => ask(dynamo, 'DeleteItem', { TableName, Key: key('a', 'b'), Expected: {} });
    expect(call).toThrow(AwsError);
    expect(refusal(call)).toContain('NotSimulated');
  });

  it('hands out what it keeps, frozen', () => {
    const { dynamo } = anAccount();
    const mine = { ...key('a', 's'), m: { M: { x: { S: '1' } } } };
    ask(dynamo, 'PutItem', { TableName, Item: mine });
    mine.m.M.x.S = '2';
    const [kept] = dynamo.itemsOf(TableName);
    expect(kept?.['m']).toEqual({ M: { x: { S: '1' } } });
    expect(() => Object.assign(kept?.['m']?.M?.['x'] ?? {}, { S: '3' })).toThrow(TypeError);
  });
});
