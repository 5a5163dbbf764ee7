import type { Bindings } from './dynamo-db-bindings.ts';
import { resolvePath } from './dynamo-db-bindings.ts';
import { beginsWith } from './dynamo-db-condition.ts';
import type { Comparator, CompiledCondition, Condition } from './dynamo-db-condition-syntax.ts';
import type { Operand } from './dynamo-db-syntax.ts';
import type { KeyNames } from './dynamo-db-table.ts';
import { compareValues, invalid, kindOf, type Value } from './dynamo-db-value.ts';

/** @see Amazon DynamoDB Developer Guide, "Key condition expressions for the Query operation". */

export interface KeyRange {
  readonly partition: Value;
  /** Whether a sort key lies in the range; true for every one when the query names none. */
  readonly includes: (sort: Value | undefined) => boolean;
}

interface Term {
  readonly attribute: string;
  readonly operator: Exclude<Comparator, '<>'> | 'BETWEEN' | 'begins_with';
  readonly values: readonly Value[];
}

/** @throws ValidationException for all but a partition key that equals a value and at most one sort key range. */
export function keyRange(
  compiled: CompiledCondition,
  keys: KeyNames,
  typeOf: (attribute: string) => string | undefined,
  bindings: Bindings,
): KeyRange {
  const terms = conjunction(compiled.condition).map((part) => termOf(part, bindings));
  const partition = terms.find(({ attribute }) => attribute === keys.partition);
  if (partition === undefined) {
    throw invalid(`Query condition missed key schema element: ${keys.partition}`);
  }
  const others = terms.filter((term) => term !== partition);
  const sort = others[0];
  const repeated = others.some(({ attribute }) => attribute === partition.attribute);
  if (repeated || (others.length > 1 && others.every((t) => t.attribute === sort?.attribute))) {
    throw invalid(
      'Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key',
    );
  }
  if (others.length > 1) throw invalid('Conditions can be of length 1 or 2 only');
  if (sort !== undefined && sort.attribute !== keys.sort) {
    throw invalid(
      keys.sort === undefined
        ? 'Query key condition not supported'
        : `Query condition missed key schema element: ${keys.sort}`,
    );
  }
  const value = partition.values[0];
  if (partition.operator !== '=' || value === undefined) {
    throw invalid('Query key condition not supported');
  }
  for (const term of terms) checkTypes(term, typeOf(term.attribute));
  return {
    partition: value,
    includes: (key) => sort === undefined || (key !== undefined && inRange(key, sort)),
  };
}

function conjunction(condition: Condition): readonly Condition[] {
  if (condition.kind === 'and') return condition.terms.flatMap(conjunction);
  if (condition.kind === 'or' || condition.kind === 'not' || condition.kind === 'in') {
    throw unusable(condition.kind.toUpperCase());
  }
  return [condition];
}

function termOf(condition: Condition, bindings: Bindings): Term {
  switch (condition.kind) {
    case 'compare': {
      const { operator, left, right } = condition;
      if (operator === '<>') throw unusable(operator);
      if (left.kind === 'value' && right.kind === 'path') {
        return term(right, FLIPPED[operator], [left], bindings);
      }
      return term(left, operator, [right], bindings);
    }
    case 'between':
      return term(condition.operand, 'BETWEEN', [condition.low, condition.high], bindings);
    case 'call': {
      const [path, prefix] = condition.operands;
      if (condition.name !== 'begins_with' || path === undefined || prefix === undefined) {
        throw unusable(condition.name);
      }
      return term(path, 'begins_with', [prefix], bindings);
    }
    default:
      throw unusable(condition.kind.toUpperCase());
  }
}

const FLIPPED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

const unusable = (operator: string) =>
  invalid(
    `Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: ${operator}`,
  );

function term(
  operand: Operand,
  operator: Term['operator'],
  given: readonly Operand[],
  bindings: Bindings,
): Term {
  if (operand.kind !== 'path') {
    throw invalid(
      'Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: No key attribute specified',
    );
  }
  const path = resolvePath(operand.path, bindings);
  const [attribute] = path;
  if (path.length !== 1 || typeof attribute !== 'string') {
    throw invalid(
      'Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes',
    );
  }
  const values = given.map((each) => {
    const value = each.kind === 'value' ? bindings.values[each.name] : undefined;
    if (value !== undefined) return value;
    throw invalid(
      `Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute and a value as its operands`,
    );
  });
  return { attribute, operator, values };
}

function checkTypes({ values }: Term, expected: string | undefined): void {
  if (values.every((value) => kindOf(value) === expected)) return;
  throw invalid(
    'One or more parameter values were invalid: Condition parameter type does not match schema type',
  );
}

function inRange(key: Value, { operator, values: [first, last] }: Term): boolean {
  if (first === undefined) return false;
  if (operator === 'begins_with') return beginsWith(key, first);
  const order = compareValues(key, first) ?? Number.NaN;
  switch (operator) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case 'BETWEEN':
      return order >= 0 && last !== undefined && (compareValues(key, last) ?? Number.NaN) <= 0;
  }
}
