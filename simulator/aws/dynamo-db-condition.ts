import { type Bindings, resolvePath, showPath, valueAt } from './dynamo-db-bindings.ts';
import type {
  Comparator,
  CompiledCondition,
  Condition,
  FunctionName,
} from './dynamo-db-condition-syntax.ts';
import type { Operand } from './dynamo-db-syntax.ts';
import {
  compareValues,
  equalValues,
  type Item,
  invalid,
  type Kind,
  kindOf,
  setMembers,
  type Value,
  valueSizeBytes,
} from './dynamo-db-value.ts';

/**
 * What condition and filter expressions mean.
 * @see Amazon DynamoDB Developer Guide, "Comparison operator and function reference".
 */

/**
 * The checks that need the values: types of operands, bounds of BETWEEN, an operand compared with itself.
 * @throws ValidationException, also for a part that evaluation would never reach.
 */
export function checkCondition({ label, condition }: CompiledCondition, bindings: Bindings): void {
  checkPart(condition, {
    bindings,
    fail: (message) => invalid(`Invalid ${label}: ${message}`),
    known: (operand) => (operand.kind === 'value' ? bindings.values[operand.name] : undefined),
  });
}

interface Checking {
  readonly bindings: Bindings;
  readonly fail: (message: string) => Error;
  readonly known: (operand: Operand) => Value | undefined;
}

const ORDERED: readonly Kind[] = ['S', 'N', 'B'];

function checkPart(part: Condition, checking: Checking): void {
  switch (part.kind) {
    case 'and':
    case 'or':
      for (const term of part.terms) checkPart(term, checking);
      return;
    case 'not':
      checkPart(part.term, checking);
      return;
    case 'in':
      return;
    case 'compare':
      checkDistinct(part.operator, part.left, part.right, checking);
      if (part.operator === '=' || part.operator === '<>') return;
      checkKind(part.left, part.operator, ORDERED, checking);
      checkKind(part.right, part.operator, ORDERED, checking);
      return;
    case 'between':
      checkKind(part.low, 'BETWEEN', ORDERED, checking);
      checkKind(part.high, 'BETWEEN', ORDERED, checking);
      checkBounds(checking.known(part.low), checking.known(part.high), checking.fail);
      return;
    case 'call':
      checkCall(part.name, part.operands, checking);
  }
}

function checkKind(
  operand: Operand,
  operator: string,
  kinds: readonly Kind[],
  { known, fail }: Checking,
): void {
  const value = known(operand);
  if (value === undefined || kinds.includes(kindOf(value))) return;
  throw fail(
    `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${kindOf(value)}`,
  );
}

function checkDistinct(
  operator: string,
  left: Operand,
  right: Operand,
  { bindings, fail }: Checking,
): void {
  if (left.kind !== 'path' || right.kind !== 'path') return;
  const first = showPath(resolvePath(left.path, bindings));
  if (first !== showPath(resolvePath(right.path, bindings))) return;
  throw fail(
    `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${first}`,
  );
}

function checkCall(
  name: FunctionName,
  [first, second]: readonly Operand[],
  checking: Checking,
): void {
  if (first === undefined || second === undefined) return;
  if (name === 'begins_with') {
    checkKind(first, name, ['S', 'B'], checking);
    checkKind(second, name, ['S', 'B'], checking);
  }
  if (name !== 'attribute_type') return;
  checkKind(second, name, ['S'], checking);
  const type = checking.known(second)?.S;
  if (type !== undefined && !TYPES.includes(type)) {
    throw checking.fail(
      `Invalid attribute type name found; type: ${type}, valid types: {${TYPES.join(',')}}`,
    );
  }
}

const TYPES = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'];

function checkBounds(
  low: Value | undefined,
  high: Value | undefined,
  fail: (message: string) => Error,
): void {
  if (low === undefined || high === undefined) return;
  const show = (value: Value) => `AttributeValue: {${kindOf(value)}:${Object.values(value)[0]}}`;
  const bounds = `lower bound operand: ${show(low)}, upper bound operand: ${show(high)}`;
  const order = compareValues(low, high);
  if (order === undefined) {
    throw fail(
      `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`,
    );
  }
  if (order > 0) {
    throw fail(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
    );
  }
}

/** Whether the item meets the condition. A missing attribute makes any comparison but `<>` false. */
export function holds(condition: Condition, item: Item, bindings: Bindings): boolean {
  const read = (operand: Operand) => readOperand(operand, item, bindings);
  switch (condition.kind) {
    case 'and':
      return condition.terms.every((term) => holds(term, item, bindings));
    case 'or':
      return condition.terms.some((term) => holds(term, item, bindings));
    case 'not':
      return !holds(condition.term, item, bindings);
    case 'compare':
      return compares(condition.operator, read(condition.left), read(condition.right));
    case 'between': {
      const value = read(condition.operand);
      return (
        compares('>=', value, read(condition.low)) && compares('<=', value, read(condition.high))
      );
    }
    case 'in': {
      const value = read(condition.operand);
      return condition.choices.some((choice) => compares('=', value, read(choice)));
    }
    case 'call':
      return calls(condition.name, condition.operands.map(read));
  }
}

function readOperand(operand: Operand, item: Item, bindings: Bindings): Value | undefined {
  if (operand.kind === 'path') return valueAt(item, operand.path, bindings);
  if (operand.kind === 'value') return bindings.values[operand.name];
  const value = readOperand(operand.of, item, bindings);
  const size = value === undefined ? undefined : sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** Text and binary by length, collections by their number of elements; other types have no size. */
function sizeOf(value: Value): number | undefined {
  if (value.S !== undefined || value.B !== undefined) return valueSizeBytes(value);
  if (value.M !== undefined) return Object.keys(value.M).length;
  return value.L?.length ?? setMembers(value)?.length;
}

function compares(
  operator: Comparator,
  left: Value | undefined,
  right: Value | undefined,
): boolean {
  if (left === undefined || right === undefined) {
    return operator === '<>' && left !== right;
  }
  if (operator === '=') return equalValues(left, right);
  if (operator === '<>') return !equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

function calls(name: FunctionName, [first, second]: readonly (Value | undefined)[]): boolean {
  switch (name) {
    case 'attribute_exists':
      return first !== undefined;
    case 'attribute_not_exists':
      return first === undefined;
    case 'attribute_type':
      return first !== undefined && kindOf(first) === second?.S;
    case 'begins_with':
      return first !== undefined && second !== undefined && beginsWith(first, second);
    case 'contains':
      return first !== undefined && second !== undefined && contains(first, second);
  }
}

export function beginsWith(value: Value, prefix: Value): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S);
  if (value.B === undefined || prefix.B === undefined) return false;
  return Buffer.compare(value.B.subarray(0, prefix.B.length), prefix.B) === 0;
}

function contains(whole: Value, part: Value): boolean {
  if (whole.S !== undefined) return part.S !== undefined && whole.S.includes(part.S);
  if (whole.B !== undefined)
    return part.B !== undefined && Buffer.from(whole.B).includes(Buffer.from(part.B));
  if (whole.L !== undefined) return whole.L.some((element) => equalValues(element, part));
  if (whole.SS !== undefined) return part.S !== undefined && whole.SS.includes(part.S);
  if (whole.NS !== undefined) return part.N !== undefined && whole.NS.includes(part.N);
  const sought = part.B;
  return sought !== undefined && (whole.BS?.some((b) => Buffer.compare(b, sought) === 0) ?? false);
}
