import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DynamoDb } from '../../../simulator/aws/dynamo-db.ts';
import {
  addNumbers,
  compareNumbers,
  normalizeNumber,
  subtractNumbers,
} from '../../../simulator/aws/dynamo-db-number.ts';
import type { Value } from '../../../simulator/aws/dynamo-db-value.ts';
import { makeWorld } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

const item: Record<string, Value> = {
  pk: { S: 'a' },
  words: { S: 'rollout' },
  n: { N: '5' },
  tags: { SS: ['x', 'y'] },
  bools: { BOOL: true },
  nothing: { NULL: true },
  deep: { M: { elements: { L: [{ N: '1' }, { M: { leaf: { S: 'v' } } }] } } },
};

function aTable(stored: Record<string, Value> = item) {
  const dynamo = new DynamoDb({ world: makeWorld({ seed: 1, startMs: 0 }), place });
  dynamo.addTable({
    tableName: 't',
    arn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/t',
    keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    attributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
  ask(dynamo, 'PutItem', { TableName: 't', Item: stored });
  return dynamo;
}

function conditionOutcome(
  ConditionExpression: string,
  ExpressionAttributeValues?: Record<string, Value>,
  ExpressionAttributeNames?: Record<string, string>,
) {
  const dynamo = aTable();
  return refusal(() =>
    ask(dynamo, 'DeleteItem', {
      TableName: 't',
      Key: { pk: { S: 'a' } },
      ConditionExpression,
      ExpressionAttributeValues,
      ExpressionAttributeNames,
    }),
  );
}

function updated(
  UpdateExpression: string,
  ExpressionAttributeValues?: Record<string, Value>,
  stored?: Record<string, Value>,
) {
  const { Attributes } = ask(aTable(stored), 'UpdateItem', {
    TableName: 't',
    Key: { pk: { S: 'a' } },
    UpdateExpression,
    ExpressionAttributeValues,
    ReturnValues: 'ALL_NEW',
  });
  return Attributes;
}

describe('a condition', () => {
  it.each<[string, Record<string, Value> | undefined, boolean]>([
    ['attribute_exists(words)', undefined, true],
    ['attribute_exists(absent)', undefined, false],
    ['attribute_not_exists(deep.elements[2])', undefined, true],
    ['attribute_not_exists(deep.elements[1].leaf)', undefined, false],
    ['attribute_type(nothing, :t)', { ':t': { S: 'NULL' } }, true],
    ['attribute_type(n, :t)', { ':t': { S: 'S' } }, false],
    ['begins_with(words, :v)', { ':v': { S: 'roll' } }, true],
    ['begins_with(n, :v)', { ':v': { S: '5' } }, false],
    ['contains(words, :v)', { ':v': { S: 'out' } }, true],
    ['contains(tags, :v)', { ':v': { S: 'y' } }, true],
    ['contains(tags, :v)', { ':v': { S: 'z' } }, false],
    ['contains(deep.elements, :v)', { ':v': { N: '1.0' } }, true],
    ['size(words) = :v', { ':v': { N: '7' } }, true],
    ['size(tags) > :v', { ':v': { N: '1' } }, true],
    ['size(n) >= :v', { ':v': { N: '0' } }, false],
    ['n = :v', { ':v': { N: '5.00' } }, true],
    ['n = :v', { ':v': { S: '5' } }, false],
    ['n <> :v', { ':v': { S: '5' } }, true],
    ['absent <> :v', { ':v': { S: '5' } }, true],
    ['absent < :v', { ':v': { N: '5' } }, false],
    ['n BETWEEN :a AND :b', { ':a': { N: '5' }, ':b': { N: '6' } }, true],
    ['n between :a and :b', { ':a': { N: '5.1' }, ':b': { N: '6' } }, false],
    ['n IN (:a, :b)', { ':a': { N: '1' }, ':b': { N: '5' } }, true],
    ['tags = :v', { ':v': { SS: ['y', 'x'] } }, true],
    ['NOT n = :v', { ':v': { N: '5' } }, false],
    ['n = :w OR n = :v AND bools = :w', { ':v': { N: '5' }, ':w': { BOOL: true } }, true],
    ['(n = :w OR n = :v) AND bools = :v', { ':v': { N: '5' }, ':w': { BOOL: true } }, false],
    ['NOT (n = :v AND attribute_exists(absent))', { ':v': { N: '5' } }, true],
    [':v < n', { ':v': { N: '-3' } }, true],
  ])('%s with %j holds: %s', (expression, values, holds) => {
    expect(conditionOutcome(expression, values)).toBe(
      holds ? 'accepted' : 'ConditionalCheckFailedException: The conditional request failed',
    );
  });

  const prefix = 'ValidationException: Invalid ConditionExpression: ';
  it.each<[string, Record<string, Value> | undefined, string]>([
    ['', undefined, 'The expression can not be empty;'],
    ['n = ', undefined, 'Syntax error; token: "<EOF>", near: "="'],
    ['n == :v', { ':v': { N: '1' } }, 'Syntax error; token: "=", near: "== :v"'],
    ['n = :v extra', { ':v': { N: '1' } }, 'Syntax error; token: "extra", near: ":v extra"'],
    [
      'status = :v',
      { ':v': { N: '1' } },
      'Attribute name is a reserved keyword; reserved keyword: status',
    ],
    [
      'n = :v',
      { ':w': { N: '1' } },
      'An expression attribute value used in expression is not defined; attribute value: :v',
    ],
    [
      '#n = :v',
      { ':v': { N: '1' } },
      'An expression attribute name used in the document path is not defined; attribute name: #n',
    ],
    ['((n = :v))', { ':v': { N: '1' } }, 'The expression has redundant parentheses;'],
    ['foo(n)', undefined, 'Invalid function name; function: foo'],
    [
      'attribute_exists(n, n)',
      undefined,
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    ],
    [
      'attribute_exists(:v)',
      { ':v': { N: '1' } },
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    [
      'begins_with(words, :v)',
      { ':v': { N: '1' } },
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'n < :v',
      { ':v': { BOOL: true } },
      'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    ],
    [
      'n = n',
      undefined,
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]',
    ],
    [
      'n BETWEEN :b AND :a',
      { ':a': { N: '1' }, ':b': { N: '2' } },
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    ],
  ])('%s is refused as AWS words it', (expression, values, message) => {
    expect(conditionOutcome(expression, values)).toBe(prefix + message);
  });

  it('refuses placeholders that are not used', () => {
    const values = { ':v': { N: '5' }, ':spare': { N: '1' } };
    expect(conditionOutcome('n = :v', values)).toBe(
      'ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:spare}',
    );
    expect(conditionOutcome('n = :v', { ':v': { N: '5' } }, { '#s': 'n' })).toBe(
      'ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#s}',
    );
  });

  it('reads a name with a dot as one attribute when it comes by placeholder', () => {
    const dynamo = aTable({ pk: { S: 'a' }, 'a.b': { N: '1' } });
    const outcome = refusal(() =>
      ask(dynamo, 'DeleteItem', {
        TableName: 't',
        Key: { pk: { S: 'a' } },
        ConditionExpression: 'attribute_exists(#d)',
        ExpressionAttributeNames: { '#d': 'a.b' },
      }),
    );
    expect(outcome).toBe('accepted');
  });
});

describe('an update', () => {
  it.each<[string, Record<string, Value> | undefined, Record<string, Value>]>([
    ['SET b = :v', { ':v': { S: 'x' } }, { a: { N: '1' }, b: { S: 'x' } }],
    ['SET a = a + :v', { ':v': { N: '0.5' } }, { a: { N: '1.5' } }],
    ['SET a = a - :v, b = a', { ':v': { N: '3' } }, { a: { N: '-2' }, b: { N: '1' } }],
    [
      'SET b = if_not_exists(b, :z) + :v',
      { ':z': { N: '0' }, ':v': { N: '1' } },
      { a: { N: '1' }, b: { N: '1' } },
    ],
    ['SET a = if_not_exists(a, :z)', { ':z': { N: '9' } }, { a: { N: '1' } }],
    [
      'SET b = list_append(:l, :l)',
      { ':l': { L: [{ N: '1' }] } },
      { a: { N: '1' }, b: { L: [{ N: '1' }, { N: '1' }] } },
    ],
    ['REMOVE a, absent', undefined, {}],
    ['ADD a :v', { ':v': { N: '2' } }, { a: { N: '3' } }],
    ['ADD b :v', { ':v': { SS: ['x'] } }, { a: { N: '1' }, b: { SS: ['x'] } }],
    ['set a = :v remove absent', { ':v': { NULL: true } }, { a: { NULL: true } }],
  ])('%s with %j', (expression, values, expected) => {
    const stored = { pk: { S: 'a' }, a: { N: '1' } };
    expect(updated(expression, values, stored)).toEqual({ pk: { S: 'a' }, ...expected });
  });

  it('counts list indexes in the list as it was', () => {
    const stored = { pk: { S: 'a' }, l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] } };
    const values = { ':v': { N: '9' } };
    expect(updated('REMOVE l[0], l[1] SET l[7] = :v, l[2] = :v', values, stored)?.['l']).toEqual({
      L: [{ N: '9' }, { N: '9' }],
    });
  });

  it('changes a nested member and shares nothing with the stored item', () => {
    const result = updated('SET deep.elements[1].leaf = :v', { ':v': { S: 'w' } });
    expect(result?.['deep']).toEqual({
      M: { elements: { L: [{ N: '1' }, { M: { leaf: { S: 'w' } } }] } },
    });
    expect(item['deep']).toEqual({
      M: { elements: { L: [{ N: '1' }, { M: { leaf: { S: 'v' } } }] } },
    });
  });

  it('removes a set with its last element', () => {
    expect(updated('DELETE tags :v', { ':v': { SS: ['x', 'y'] } })).not.toHaveProperty('tags');
  });

  it.each<[string, Record<string, Value> | undefined, string]>([
    [
      'SET a = :v SET b = :v',
      { ':v': { N: '1' } },
      'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
    ],
    [
      'SET deep = :v, deep.elements = :v',
      { ':v': { N: '1' } },
      'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [deep], path two: [deep, elements]',
    ],
    [
      'SET deep[0] = :v, deep.elements = :v',
      { ':v': { N: '1' } },
      'Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [deep, [0]], path two: [deep, elements]',
    ],
    [
      'SET absent.b = :v',
      { ':v': { N: '1' } },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'SET b = absent',
      undefined,
      'The provided expression refers to an attribute that does not exist in the item',
    ],
    [
      'SET b = words + :v',
      { ':v': { N: '1' } },
      'An operand in the update expression has an incorrect data type',
    ],
    [
      'SET b = n + :v',
      { ':v': { S: '1' } },
      'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S',
    ],
    [
      'ADD n :v',
      { ':v': { S: '1' } },
      'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
    ],
    [
      'SET pk = :v',
      { ':v': { S: 'b' } },
      'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
    ],
    ['SET b', undefined, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "b"'],
    [
      'SET b = size(n)',
      undefined,
      'Invalid UpdateExpression: The function is not allowed in an update expression; function: size',
    ],
  ])('%s is refused as AWS words it', (expression, values, message) => {
    expect(refusal(() => updated(expression, values))).toBe(`ValidationException: ${message}`);
  });
});

describe('a number', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: -60, max: 60 }))
    .map(([coefficient, exponent]) => ({
      coefficient,
      exponent,
      text: `${coefficient}e${exponent}`,
    }));
  const scaled = (n: { coefficient: bigint; exponent: number }) =>
    n.coefficient * 10n ** BigInt(n.exponent + 60);

  it('is ordered by its exact value', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const expected = scaled(a) < scaled(b) ? -1 : scaled(a) > scaled(b) ? 1 : 0;
        expect(Math.sign(compareNumbers(a.text, b.text))).toBe(expected);
      }),
    );
  });

  it('has one spelling, which is equal to it', () => {
    fc.assert(
      fc.property(decimal, ({ text }) => {
        const once = normalizeNumber(text);
        expect(normalizeNumber(once)).toBe(once);
        expect(compareNumbers(once, text)).toBe(0);
      }),
    );
  });

  it('comes back when the same is added and subtracted', () => {
    const small = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }).map((n) => `${n}e-3`);
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(subtractNumbers(addNumbers(a, b), b)).toBe(normalizeNumber(a));
      }),
    );
  });

  it.each([
    ['1.50', '1.5'],
    ['-0', '0'],
    ['1e3', '1000'],
    ['.5', '0.5'],
    ['00012', '12'],
    ['123e-2', '1.23'],
  ])('%s is stored as %s', (text, stored) => {
    expect(normalizeNumber(text)).toBe(stored);
  });

  it.each([
    ['abc', 'The parameter cannot be converted to a numeric value: abc'],
    ['', 'The parameter cannot be converted to a numeric value: '],
    ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
    [
      '1e126',
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
    [
      '1e-131',
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    ],
  ])('%s is refused', (text, message) => {
    expect(refusal(() => normalizeNumber(text))).toBe(`ValidationException: ${message}`);
  });
});
