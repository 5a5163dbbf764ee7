import { globPattern, type Lookup, textTemplate } from './patterns.ts';

/**
 * The Condition element of a policy.
 * @see IAM user guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys"
 */

/** Values by condition key in lower case, as condition keys have no case. */
export type Context = ReadonlyMap<string, readonly string[]>;

export type Condition = (context: Context, lookup: Lookup) => boolean;

/** Whether one value of the request fits one value of the policy. */
type Test = (value: string, lookup: Lookup) => boolean;
type TestOf = (expected: string, variables: boolean) => Test;

const textTest =
  (same: (a: string, b: string) => boolean): TestOf =>
  (expected, variables) => {
    const template = textTemplate(expected, variables);
    return (value, lookup) => {
      const wanted = template(lookup);
      return wanted !== undefined && same(value, wanted);
    };
  };

const likeTest: TestOf = (expected, variables) => {
  const pattern = globPattern(expected, 'text', variables);
  return (value, lookup) => pattern.matches(value, lookup);
};

const arnTest: TestOf = (expected, variables) => {
  const pattern = globPattern(expected, 'arn', variables);
  return (value, lookup) => value.startsWith('arn:') && pattern.matches(value, lookup);
};

/** @throws Error, when the policy is attached, for a value that is not of the operator's type. */
const orderTest =
  (
    read: (text: string) => number,
    what: string,
    holds: (a: number, b: number) => boolean,
  ): TestOf =>
  (expected) => {
    const wanted = read(expected);
    if (Number.isNaN(wanted)) throw new Error(`"${expected}" is no ${what}`);
    return (value) => holds(read(value), wanted);
  };

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
/** ISO 8601, or epoch seconds. */
const dateOf = (text: string): number =>
  /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);

const orders = {
  Equals: (a: number, b: number) => a === b,
  LessThan: (a: number, b: number) => a < b,
  LessThanEquals: (a: number, b: number) => a <= b,
  GreaterThan: (a: number, b: number) => a > b,
  GreaterThanEquals: (a: number, b: number) => a >= b,
};

const booleanTest: TestOf = (expected) => {
  const wanted = expected.toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') throw new Error(`"${expected}" is no boolean`);
  return (value) => value.toLowerCase() === wanted;
};

interface Operator {
  readonly testOf: TestOf;
  /** True when none of the policy's values fits, and when the key is absent. */
  readonly negated: boolean;
}

const positive = (testOf: TestOf): Operator => ({ testOf, negated: false });
const negative = (testOf: TestOf): Operator => ({ testOf, negated: true });
const equal = textTest((a, b) => a === b);
const equalIgnoringCase = textTest((a, b) => a.toLowerCase() === b.toLowerCase());

const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', positive(equal)],
  ['StringNotEquals', negative(equal)],
  ['StringEqualsIgnoreCase', positive(equalIgnoringCase)],
  ['StringNotEqualsIgnoreCase', negative(equalIgnoringCase)],
  ['StringLike', positive(likeTest)],
  ['StringNotLike', negative(likeTest)],
  ['ArnEquals', positive(arnTest)],
  ['ArnLike', positive(arnTest)],
  ['ArnNotEquals', negative(arnTest)],
  ['ArnNotLike', negative(arnTest)],
  ['Bool', positive(booleanTest)],
  ...ordered('Numeric', numberOf, 'number'),
  ...ordered('Date', dateOf, 'date'),
]);

function ordered(
  prefix: string,
  read: (text: string) => number,
  what: string,
): (readonly [string, Operator])[] {
  const tests = Object.entries(orders).map(
    ([name, holds]) => [`${prefix}${name}`, positive(orderTest(read, what, holds))] as const,
  );
  return [...tests, [`${prefix}NotEquals`, negative(orderTest(read, what, orders.Equals))]];
}

/**
 * Every operator and key must hold; of a key's values, one.
 * @throws Error naming the operator for one that is unknown or has a malformed value.
 */
export function compileConditions(
  element: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  variables: boolean,
): readonly Condition[] {
  return Object.entries(element).flatMap(([operator, keys]) => {
    if (typeof keys !== 'object' || keys === null) {
      throw new Error(`condition ${operator} must be an object of keys and values`);
    }
    return Object.entries(keys).map(([key, values]) => {
      try {
        return compileCondition(operator, key.toLowerCase(), valuesOf(values), variables);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`condition ${operator} of ${key}: ${reason}`);
      }
    });
  });
}

/** Values of a key, in a policy or a request, as texts. */
export function valuesOf(values: unknown): readonly string[] {
  return (Array.isArray(values) ? values : [values]).map((each) => {
    if (typeof each === 'string') return each;
    if (typeof each === 'number' || typeof each === 'boolean') return String(each);
    throw new Error(`expected text, number or boolean, got ${JSON.stringify(each)}`);
  });
}

const grammar = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/;

function compileCondition(
  name: string,
  key: string,
  expected: readonly string[],
  variables: boolean,
): Condition {
  const [, quantifier, base = '', ifExists] = grammar.exec(name) ?? [];
  if (base === 'Null') {
    if (quantifier !== undefined || ifExists !== undefined) throw new Error('unknown operator');
    return nullCondition(key, expected);
  }
  const operator = operators.get(base);
  if (operator === undefined) throw new Error('unknown operator');
  const tests = expected.map((each) => operator.testOf(each, variables));
  const holds: Test = (value, lookup) =>
    tests.some((test) => test(value, lookup)) !== operator.negated;
  // A value outside of a set operator is one value; should there be several, a negation must hold for all.
  const all = quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated);
  const whenAbsent = ifExists !== undefined || all;
  return (context, lookup) => {
    const values = context.get(key);
    if (values === undefined || values.length === 0) return whenAbsent;
    return all
      ? values.every((each) => holds(each, lookup))
      : values.some((each) => holds(each, lookup));
  };
}

/** `"true"`: the key must be absent; `"false"`: it must be there. */
function nullCondition(key: string, expected: readonly string[]): Condition {
  const wanted = expected.map((each) => each.toLowerCase());
  if (!wanted.every((each) => each === 'true' || each === 'false')) {
    throw new Error('expected "true" or "false"');
  }
  return (context) => {
    const absent = (context.get(key) ?? []).length === 0;
    return wanted.some((each) => (each === 'true') === absent);
  };
}
