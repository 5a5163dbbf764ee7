import type * as z from 'zod/mini';
import { ErrorName, KilnError } from './errors.ts';
import { nearest } from './suggest.ts';

/** One thing that is wrong with an input, in a person's words: field, what was expected, what came. */
export type Problem = string;

const SHOWN_CHARACTERS = 80;
/** A cause longer than this would push the example out of what the console shows at a glance. */
const MOST_PROBLEMS = 10;

/** Any value as short text that cannot fail. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : showOther(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;
}

function showOther(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  }
  return String(value);
}

/** The fields that a workflow takes at all, and the one that says which of its forms an input has. */
export interface Form {
  readonly fields: readonly string[];
  readonly mark: string;
}

/** Turns what zod found into problems, one for each wrong field. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  form: Form,
): readonly Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const came = showValue(valueAt(value, issue.path));
      return [`${showPath(issue.path)}: expected ${expectation(issue)}, got ${came}`];
    }
    return issue.keys.map((key) =>
      issue.path.length === 0
        ? unknownField(key, form)
        : `${showPath([...issue.path, key])}: unknown field`,
    );
  });
}

function unknownField(key: string, { fields, mark }: Form): Problem {
  if (fields.includes(key)) return `${key}: not taken together with "${mark}"`;
  const meant = nearest(key, fields);
  const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
  return `${showPath([key])}: unknown field${hint} (known here: ${fields.join(', ')})`;
}

/** The problem of a name that the catalogue does not have. */
export function unknownName(
  field: string,
  name: string,
  known: readonly string[],
): Problem | undefined {
  if (known.includes(name)) return undefined;
  const meant = nearest(name, known);
  const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
  const all = known.length <= 20 ? known.join(', ') : `${known.slice(0, 20).join(', ')}, …`;
  return `${field}: expected the name of one in the catalogue (${all || 'it has none'}), got ${showValue(name)}${hint}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return issue.values.map((one) => JSON.stringify(one)).join(' or ');
    case 'invalid_union':
      return 'options' in issue && issue.options !== undefined
        ? issue.options.map((one) => JSON.stringify(one)).join(' or ')
        : issue.message;
    default:
      return issue.message;
  }
}

const article = (type: string): string =>
  type === 'object' || type === 'array' || type === 'int' ? `an ${type}` : `a ${type}`;

const showPath = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'input'
    : path.map((part) => String(part).slice(0, SHOWN_CHARACTERS)).join('.');

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}

/** @throws KilnError InvalidInput, always: every problem, then an input that would have been taken. */
export function refuseInput(what: string, problems: readonly Problem[], example: unknown): never {
  const shown = problems.slice(0, MOST_PROBLEMS);
  const more =
    problems.length > MOST_PROBLEMS ? ` | and ${problems.length - MOST_PROBLEMS} more` : '';
  throw new KilnError(
    ErrorName.InvalidInput,
    `${what} does not take this input. ${shown.join(' | ')}${more}. A valid example: ${JSON.stringify(example)}`,
  );
}
