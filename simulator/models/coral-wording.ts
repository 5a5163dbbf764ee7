/**
 * How most services word what their model refuses: `1 validation error detected: Value 'x' at 'name' failed to satisfy
 * constraint: Member must have length less than or equal to 80`.
 *
 * Seen in answers that people quote in public issues: a value with a length (SFN StartExecution), a missing member
 * (`Value null at 'tableName'`, DynamoDB GetItem), an enum (CloudWatch PutMetricAlarm; the order of the values is AWS's own,
 * here the model's), a pattern (Lambda; `kMSKeyArn`: only the first letter is lowered), lists (`topicsConfig.2.member.definition`)
 * and sensitive values, which are left out. UNCONFIRMED: how a structure is shown inside a value; parts of a list or map.
 */

import type { Limit, Parts, Problem, Step, Wrong } from './check.ts';

export function coralMessage(problems: readonly Problem[]): string {
  const count =
    problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
  return `${count} detected: ${problems.map(coralProblem).join('; ')}`;
}

function coralProblem({ path, value, sensitive, wrong }: Problem): string {
  const shown = sensitive ? 'Value' : `Value ${quoted(value)}`;
  return `${shown} at '${coralPath(path)}' failed to satisfy constraint: ${coralConstraint(wrong)}`;
}

const quoted = (value: unknown): string =>
  value === undefined || value === null ? 'null' : `'${shownValue(value)}'`;

/** As Java shows it: lists in brackets, maps in braces with `=`. */
export function shownValue(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`;
  if (Array.isArray(value)) return `[${value.map(shownValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([name, part]) => `${name}=${shownValue(part)}`);
    return `{${parts.join(', ')}}`;
  }
  return String(value);
}

/** `tags.1.member.key`, `requestItems.web.member.1.member.putRequest`. */
export function coralPath(path: readonly Step[]): string {
  return path
    .map((step) => {
      if (typeof step === 'string') return `${step.charAt(0).toLowerCase()}${step.slice(1)}`;
      return `${typeof step.part === 'number' ? step.part + 1 : step.part}.member`;
    })
    .join('.');
}

const partNames: Readonly<Record<Parts, string>> = {
  members: 'Member must satisfy constraint',
  keys: 'Map keys must satisfy constraint',
  values: 'Map value must satisfy constraint',
};

function coralConstraint(wrong: Wrong): string {
  switch (wrong.kind) {
    case 'missing':
      return 'Member must not be null';
    case 'limit':
      return coralLimit(wrong.limit);
    case 'parts':
      return `${partNames[wrong.which]}: [${wrong.limits.map(coralLimit).join(', ')}]`;
    case 'type':
      return `Member must be a ${wrong.expected}`;
    case 'unknown':
      return `Member must be one of: ${wrong.known.join(', ')}`;
    default:
      return wrong satisfies never;
  }
}

export function coralLimit(limit: Limit): string {
  switch (limit.kind) {
    case 'min':
    case 'max': {
      const bound = `${limit.kind === 'min' ? 'greater' : 'less'} than or equal to ${limit.bound}`;
      return `Member must have ${limit.of} ${bound}`;
    }
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${limit.pattern}`;
    case 'enum':
      return `Member must satisfy enum value set: [${limit.values.join(', ')}]`;
    default:
      return limit satisfies never;
  }
}
