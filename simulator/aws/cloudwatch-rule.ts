import type { StateValue } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../contract.ts';

/** The rule of a composite alarm. @see CW-UG/alarm-combining, PutCompositeAlarm AlarmRule */
export type AlarmExpression =
  | { readonly kind: 'state'; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: AlarmExpression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly AlarmExpression[] };

const TOKEN =
  /\s*(?:(AND|OR|NOT|TRUE|FALSE)\b|(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|'([^']+)'|([^()"'\s]+))\s*\)|([()]))/y;

type Token = { kind: 'word'; word: string } | { kind: 'state'; state: StateValue; alarm: string };

/** @throws ValidationError when the rule cannot be read. */
export function parseAlarmRule(rule: string): AlarmExpression {
  const tokens = tokensOf(rule);
  let at = 0;
  const next = (word: string): boolean => {
    const token = tokens[at];
    if (token?.kind !== 'word' || token.word !== word) return false;
    at += 1;
    return true;
  };
  const any = (): AlarmExpression => joined('or', 'OR', all);
  const all = (): AlarmExpression => joined('and', 'AND', one);
  const joined = (
    kind: 'and' | 'or',
    word: string,
    part: () => AlarmExpression,
  ): AlarmExpression => {
    const first = part();
    const parts = [first];
    while (next(word)) parts.push(part());
    return parts.length === 1 ? first : { kind, of: parts };
  };
  const one = (): AlarmExpression => {
    if (next('NOT')) return { kind: 'not', of: one() };
    if (next('TRUE')) return { kind: 'constant', value: true };
    if (next('FALSE')) return { kind: 'constant', value: false };
    if (next('(')) {
      const inner = any();
      if (!next(')')) throw unreadable(rule);
      return inner;
    }
    const token = tokens[at];
    if (token?.kind !== 'state') throw unreadable(rule);
    at += 1;
    return token;
  };
  const expression = any();
  if (at !== tokens.length) throw unreadable(rule);
  return expression;
}

function tokensOf(rule: string): readonly Token[] {
  const tokens: Token[] = [];
  const text = rule.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw unreadable(rule);
    const [, word, state, double, single, bare, bracket] = match;
    if (state !== undefined)
      tokens.push({
        kind: 'state',
        state: state as StateValue,
        alarm: nameOf(double ?? single ?? bare ?? ''),
      });
    else tokens.push({ kind: 'word', word: word ?? bracket ?? '' });
  }
  return tokens;
}

/** A rule may name an alarm by ARN. */
function nameOf(alarm: string): string {
  const mark = ':alarm:';
  const start = alarm.startsWith('arn:') ? alarm.indexOf(mark) : -1;
  return start < 0 ? alarm : alarm.slice(start + mark.length);
}

export function childrenOf(expression: AlarmExpression): readonly string[] {
  switch (expression.kind) {
    case 'state':
      return [expression.alarm];
    case 'constant':
      return [];
    case 'not':
      return childrenOf(expression.of);
    default:
      return [...new Set(expression.of.flatMap(childrenOf))];
  }
}

export function holds(
  expression: AlarmExpression,
  stateOf: (alarm: string) => StateValue,
): boolean {
  switch (expression.kind) {
    case 'state':
      return stateOf(expression.alarm) === expression.state;
    case 'constant':
      return expression.value;
    case 'not':
      return !holds(expression.of, stateOf);
    case 'and':
      return expression.of.every((part) => holds(part, stateOf));
    case 'or':
      return expression.of.some((part) => holds(part, stateOf));
  }
}

function unreadable(rule: string): AwsError {
  return new AwsError('ValidationError', `AlarmRule is not valid: ${rule}`);
}
