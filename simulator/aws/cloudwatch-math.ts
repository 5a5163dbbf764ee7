import { AwsError } from '../contract.ts';

/** A metric math expression over one point of time: `undefined` is a missing value. */
export type MetricExpression = (read: (id: string) => number | undefined) => number | undefined;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z][A-Za-z0-9_]*)|([-+*/(),]))/y;

type Term = MetricExpression;

/**
 * Reads simple metric math: numbers, ids, `+ - * /`, parentheses, `FILL(m1, number)`, and `SUM`, `AVG`, `MIN`, `MAX` of a
 * list without brackets. @see CW-UG/using-metric-math
 *
 * @throws ValidationError for anything else, by name: a half understood expression would lie.
 */
export function parseMetricMath(text: string): {
  evaluate: MetricExpression;
  ids: readonly string[];
} {
  const tokens = tokensOf(text);
  const ids = new Set<string>();
  let at = 0;
  const next = (symbol: string): boolean => {
    if (tokens[at] !== symbol) return false;
    at += 1;
    return true;
  };
  const sum = (): Term => {
    let term = product();
    for (;;) {
      if (next('+')) term = both(term, product(), (a, b) => a + b);
      else if (next('-')) term = both(term, product(), (a, b) => a - b);
      else return term;
    }
  };
  const product = (): Term => {
    let term = factor();
    for (;;) {
      if (next('*')) term = both(term, factor(), (a, b) => a * b);
      // A division by zero is a missing value.
      else if (next('/')) term = both(term, factor(), (a, b) => (b === 0 ? undefined : a / b));
      else return term;
    }
  };
  const factor = (): Term => {
    if (next('-')) {
      const term = factor();
      return both(
        () => 0,
        term,
        (a, b) => a - b,
      );
    }
    if (next('(')) {
      const inner = sum();
      if (!next(')')) throw unreadable(text);
      return inner;
    }
    const token = tokens[at];
    if (token === undefined) throw unreadable(text);
    at += 1;
    if (/^\d/.test(token)) return () => Number(token);
    if (!/^[A-Za-z]/.test(token)) throw unreadable(text);
    if (tokens[at] === '(') return call(token);
    ids.add(token);
    return (read) => read(token);
  };
  const call = (name: string): Term => {
    at += 1;
    const parts = [sum()];
    while (next(',')) parts.push(sum());
    if (!next(')')) throw unreadable(text);
    return functionOf(name, parts, text);
  };
  const evaluate = sum();
  if (at !== tokens.length) throw unreadable(text);
  return { evaluate, ids: [...ids] };
}

function functionOf(name: string, parts: readonly Term[], text: string): Term {
  const [first, second] = parts;
  if (name === 'FILL' && first !== undefined && second !== undefined)
    return (read) => first(read) ?? second(read);
  const known = (read: (id: string) => number | undefined) =>
    parts.map((part) => part(read)).filter((value) => value !== undefined);
  const over =
    (combine: (values: number[]) => number): Term =>
    (read) => {
      const values = known(read);
      return values.length === 0 ? undefined : combine(values);
    };
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  if (name === 'SUM') return over(total);
  if (name === 'AVG') return over((values) => total(values) / values.length);
  if (name === 'MIN') return over((values) => Math.min(...values));
  if (name === 'MAX') return over((values) => Math.max(...values));
  throw unreadable(text);
}

function both(
  left: Term,
  right: Term,
  combine: (a: number, b: number) => number | undefined,
): Term {
  return (read) => {
    const a = left(read);
    const b = right(read);
    return a === undefined || b === undefined ? undefined : combine(a, b);
  };
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const trimmed = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null) throw unreadable(text);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

function unreadable(text: string): AwsError {
  return new AwsError('ValidationError', `Unsupported metric math expression: ${text}`);
}
