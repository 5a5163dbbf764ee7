/** Compares an execution with a recorded one. */

import type { Json } from '../contract.ts';
import type { Expected, RecordedEvent } from './conformance.ts';
import type { Execution } from './execution.ts';
import type { HistoryEvent } from './history.ts';
import { isObject } from './json.ts';

export interface Observed {
  readonly execution: Execution;
  readonly unexpectedAttempts: readonly string[];
}

/** Why the execution differs from the recorded one, or undefined. */
export function compareCase(
  { execution, unexpectedAttempts }: Observed,
  expected: Expected,
  placeholders: readonly string[],
): string | undefined {
  const { status, failure, outputText, history } = execution;
  const [unexpected] = unexpectedAttempts;
  if (status !== expected.status) {
    return `status ${status} (${failure.error}: ${failure.cause}) instead of ${expected.status}`;
  }
  if (unexpected !== undefined) return unexpected;
  if (status === 'SUCCEEDED') {
    const output = JSON.parse(outputText ?? 'null') as Json;
    if (!matches(output, expected.output ?? null, placeholders)) {
      return `output ${outputText} instead of ${JSON.stringify(expected.output)}`;
    }
  } else {
    if ((failure.error ?? '') !== (expected.error ?? '')) {
      return `error ${failure.error} instead of ${expected.error}`;
    }
    if (!sameCause(failure.cause ?? '', expected.cause ?? '', placeholders)) {
      return `cause "${failure.cause}" instead of "${expected.cause}"`;
    }
  }
  if (expected.history === undefined) return undefined;
  return compareHistory(history.events, expected.history, expected.historyOrder ?? 'exact');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** A recorded text with its placeholders, each of which stands for any text. */
function textMatches(actual: string, recorded: string, placeholders: readonly string[]): boolean {
  if (actual === recorded) return true;
  const known = placeholders.filter((placeholder) => recorded.includes(placeholder));
  if (known.length === 0) return false;
  // The longest first: some are part of others.
  const any = [...known]
    .sort((one, other) => other.length - one.length)
    .map(escaped)
    .join('|');
  // A bare name also stands for itself with brackets and a number: `task_token` for `<task_token:1>`.
  const pattern = recorded
    .split(new RegExp(`<*(?:${any})(?:>?:\\d+)?>*`))
    .map(escaped)
    .join('[\\s\\S]*');
  return new RegExp(`^${pattern}$`).test(actual);
}

/** Equality of values; a placeholder alone may also stand for a number. */
export function matches(actual: Json, recorded: Json, placeholders: readonly string[]): boolean {
  if (typeof recorded === 'string') {
    if (typeof actual === 'string') return textMatches(actual, recorded, placeholders);
    return placeholders.includes(recorded) && (typeof actual === 'number' || Array.isArray(actual));
  }
  if (Array.isArray(recorded)) {
    return (
      Array.isArray(actual) &&
      actual.length === recorded.length &&
      recorded.every((item, index) => matches(actual[index] ?? null, item, placeholders))
    );
  }
  if (!isObject(recorded)) return actual === recorded;
  if (!isObject(actual)) return false;
  const keys = Object.keys(recorded);
  return (
    keys.length === Object.keys(actual).length &&
    keys.every(
      (key) =>
        Object.hasOwn(actual, key) &&
        matches(actual[key] ?? null, recorded[key] ?? null, placeholders),
    )
  );
}

/** Causes are texts; one that is a JSON document is compared by value, as the recorder wrote it anew. */
function sameCause(actual: string, recorded: string, placeholders: readonly string[]): boolean {
  if (textMatches(actual, recorded, placeholders)) return true;
  const one = parsed(actual);
  const other = parsed(recorded);
  return one !== undefined && other !== undefined && matches(one, other, placeholders);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

interface Step {
  readonly type: string;
  readonly stateName: string | undefined;
}
const stepText = ({ type, stateName }: Step): string =>
  stateName === undefined ? type : `${type} ${stateName}`;

function compareHistory(
  events: readonly HistoryEvent[],
  recorded: readonly RecordedEvent[],
  order: string,
): string | undefined {
  const actual = events.map(({ type, details }) =>
    stepText({ type, stateName: details['name'] as string | undefined }),
  );
  const wanted = recorded.map(({ type, stateName }) => stepText({ type, stateName }));
  if (order === 'exact') return firstDifference(actual, wanted);
  if (order === 'concurrent') return firstDifference([...actual].sort(), [...wanted].sort());
  return compareSorted(actual, wanted, recorded.at(-1)?.id ?? 0);
}

/**
 * The recorder left some events about nested and ended Parallel states out of what it sorted, but the last event's id
 * still counts them.
 */
function compareSorted(actual: string[], wanted: string[], count: number): string | undefined {
  if (actual.length !== count) return `history has ${actual.length} events instead of ${count}`;
  const left = [...actual];
  for (const step of wanted) {
    const at = left.indexOf(step);
    if (at < 0) return `history has no ${step}`;
    left.splice(at, 1);
  }
  const other = left.find((step) => !/^ParallelState(Succeeded|Failed|Exited)/.test(step));
  return other === undefined ? undefined : `history has ${other}, which was not recorded`;
}

function firstDifference(actual: readonly string[], wanted: readonly string[]): string | undefined {
  const length = Math.max(actual.length, wanted.length);
  for (let index = 0; index < length; index += 1) {
    if (actual[index] !== wanted[index]) {
      return `history has ${actual[index] ?? 'nothing'} instead of ${wanted[index] ?? 'nothing'} at ${index + 1}`;
    }
  }
  return undefined;
}

const TEXTS = ['input', 'output', 'parameters'] as const;
const PLAIN = [
  'index',
  'length',
  'timeoutInSeconds',
  'heartbeatInSeconds',
  'resource',
  'resourceType',
] as const;

/** How the data that the events of an exactly ordered history carry differ from the recorded, or undefined. */
export function compareData(
  events: readonly HistoryEvent[],
  { history, historyOrder }: Expected,
  placeholders: readonly string[],
): string | undefined {
  if (historyOrder !== 'exact') return undefined;
  for (const [index, wanted] of (history ?? []).entries()) {
    const event = events[index];
    if (event === undefined) return `history has no event ${wanted.id}`;
    const where = `${wanted.type} (event ${wanted.id})`;
    for (const field of TEXTS) {
      if (wanted[field] === undefined) continue;
      const value = parsed(String(event.details[field])) ?? null;
      if (!matches(value, wanted[field] as Json, placeholders)) {
        return `${where} has ${field} ${JSON.stringify(value)} instead of ${JSON.stringify(wanted[field])}`;
      }
    }
    for (const field of PLAIN) {
      if (wanted[field] !== undefined && wanted[field] !== event.details[field]) {
        return `${where} has ${field} ${String(event.details[field])} instead of ${String(wanted[field])}`;
      }
    }
    const assigned = wanted['assignedVariables'] as Json | undefined;
    const values = (event.details['assignedVariables'] ?? {}) as Json;
    if (assigned !== undefined && !matches(values, assigned, placeholders)) {
      return `${where} assigned ${JSON.stringify(values)} instead of ${JSON.stringify(assigned)}`;
    }
  }
  return undefined;
}
