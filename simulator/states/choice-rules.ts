/**
 * Choice rules of JSONPath states. Source: States Language specification, "Choice State"; a comparison with a value of
 * another type is false, as recorded on AWS.
 */

import type { Json } from '../contract.ts';
import type { Evaluate } from './env.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { isObject } from './json.ts';
import { compilePath, lookUp, type Refuse } from './templates.ts';
import { parseTimestamp } from './timestamps.ts';

type Compare = (value: Json, other: Json) => boolean;

const numbers = (test: (value: number, other: number) => boolean): Compare => {
  return (value, other) =>
    typeof value === 'number' && typeof other === 'number' && test(value, other);
};
const texts = (test: (value: string, other: string) => boolean): Compare => {
  return (value, other) =>
    typeof value === 'string' && typeof other === 'string' && test(value, other);
};
const times = (test: (value: number, other: number) => boolean): Compare => {
  return texts((value, other) => {
    const atMs = parseTimestamp(value);
    const otherMs = parseTimestamp(other);
    return atMs !== undefined && otherMs !== undefined && test(atMs, otherMs);
  });
};

const COMPARISONS: Readonly<Record<string, Compare>> = {
  BooleanEquals: (value, other) => typeof value === 'boolean' && value === other,
  NumericEquals: numbers((value, other) => value === other),
  NumericLessThan: numbers((value, other) => value < other),
  NumericLessThanEquals: numbers((value, other) => value <= other),
  NumericGreaterThan: numbers((value, other) => value > other),
  NumericGreaterThanEquals: numbers((value, other) => value >= other),
  StringEquals: texts((value, other) => value === other),
  StringLessThan: texts((value, other) => value < other),
  StringLessThanEquals: texts((value, other) => value <= other),
  StringGreaterThan: texts((value, other) => value > other),
  StringGreaterThanEquals: texts((value, other) => value >= other),
  StringMatches: texts((value, pattern) => wildcard(pattern).test(value)),
  TimestampEquals: times((value, other) => value === other),
  TimestampLessThan: times((value, other) => value < other),
  TimestampLessThanEquals: times((value, other) => value <= other),
  TimestampGreaterThan: times((value, other) => value > other),
  TimestampGreaterThanEquals: times((value, other) => value >= other),
};

const TYPE_TESTS: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => typeof value === 'string' && parseTimestamp(value) !== undefined,
};

/** `*` stands for any text; a backslash takes its meaning away. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([\s\S])|[\s\S]/g, (character, escaped: string | undefined) => {
    if (escaped !== undefined) return escapeForRegExp(escaped);
    return character === '*' ? '[\\s\\S]*' : escapeForRegExp(character);
  });
  return new RegExp(`^${source}$`);
}
const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Compiles one rule, without its Next. */
export function choiceRule(rule: Json, refuse: Refuse): Evaluate<boolean> {
  if (!isObject(rule)) return refuse('a choice rule that is not an object');
  const { And: all, Or: any, Not: not } = rule;
  if (all === undefined && any === undefined && not === undefined) return dataTest(rule, refuse);
  const others = Object.keys(rule).filter((key) => !RULE_FIELDS.has(key) || key === 'Variable');
  if (others.length > 1) return refuse(`a choice rule with ${others.join(' and ')}`);
  if (not !== undefined) {
    const rule = innerRule(not, refuse);
    return (env) => !rule(env);
  }
  const list = all ?? any;
  if (!Array.isArray(list) || list.length === 0) {
    return refuse(`a choice rule with ${others.join()} that is not a list of rules`);
  }
  const rules = list.map((inner) => innerRule(inner, refuse));
  return all === undefined
    ? (env) => rules.some((inner) => inner(env))
    : (env) => rules.every((inner) => inner(env));
}

/** Only the outermost rule leads anywhere. Source: States Language specification, "Choice State". */
function innerRule(rule: Json, refuse: Refuse): Evaluate<boolean> {
  if (isObject(rule) && rule['Next'] !== undefined) refuse('a choice rule with a Next inside');
  return choiceRule(rule, refuse);
}

const RULE_FIELDS = new Set(['Variable', 'Next', 'Assign', 'Comment']);

/** What a comparison compares with, by the first word of its name. */
const OPERANDS: readonly (readonly [RegExp, (operand: Json) => boolean])[] = [
  [/^String/, (operand) => typeof operand === 'string'],
  [/^Numeric/, (operand) => typeof operand === 'number'],
  [/^(Boolean|Is)/, (operand) => typeof operand === 'boolean'],
  [/^Timestamp/, (operand) => typeof operand === 'string' && parseTimestamp(operand) !== undefined],
];

function dataTest(rule: { [key: string]: Json }, refuse: Refuse): Evaluate<boolean> {
  const path = compilePath(rule['Variable'] ?? null, 'Variable', refuse);
  const tests = Object.keys(rule).filter((key) => !RULE_FIELDS.has(key));
  const [name] = tests;
  if (name === undefined || tests.length > 1) {
    return refuse(
      `a choice rule with ${tests.length === 0 ? 'no comparison' : tests.join(' and ')}`,
    );
  }
  const operand = rule[name] ?? null;
  const takesPath = name.endsWith('Path');
  const fits = OPERANDS.find(([names]) => names.test(name))?.[1];
  if (!takesPath && fits?.(operand) === false) {
    return refuse(`the comparison ${name} with ${JSON.stringify(operand)}`);
  }
  if (name === 'IsPresent') return (env) => (lookUp(path, env) !== undefined) === operand;
  const test = TYPE_TESTS[name];
  if (test !== undefined) {
    // Recorded on AWS: a missing value is of no type.
    return (env) => {
      const value = lookUp(path, env);
      return (value !== undefined && test(value)) === operand;
    };
  }
  const compareWith = COMPARISONS[name.replace(/Path$/, '')];
  // Patterns are no paths: the States Language has no StringMatchesPath.
  if (compareWith === undefined || name === 'StringMatchesPath')
    return refuse(`the comparison ${name}`);
  const other: Evaluate<Json | undefined> = takesPath
    ? (
        (otherPath) => (env) =>
          lookUp(otherPath, env)
      )(compilePath(operand, name, refuse))
    : () => operand;
  return (env) => {
    const value = lookUp(path, env);
    const against = other(env);
    if (value === undefined || against === undefined) {
      throw new EvaluationError(
        StatesErrorName.runtime,
        `Invalid path '${value === undefined ? path.text : String(operand)}': The choice state's condition path ` +
          'references an invalid value.',
      );
    }
    return compareWith(value, against);
  };
}
