/** The history of one execution, as GetExecutionHistory tells it. */

import type { Json } from '../contract.ts';

/** The names of the events, as the API has them. */
export type EventType = string;

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: EventType;
  readonly atMs: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** After this many events an execution fails. Source: developer guide, "Quotas". */
export const HISTORY_EVENTS_MAX = 25_000;

/** Unwinds the step that would have gone over the quota; the execution then fails. */
export class HistoryFull extends Error {}

const ENDS = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;

export class History {
  readonly events: HistoryEvent[] = [];

  /** Adds an event and answers its id. @throws HistoryFull when only the last event has room. */
  add(
    type: EventType,
    previousEventId: number,
    atMs: number,
    details: Readonly<Record<string, unknown>> = {},
  ): number {
    if (this.events.length >= HISTORY_EVENTS_MAX - 1 && !ENDS.test(type)) throw new HistoryFull();
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId, type, atMs, details });
    return id;
  }
}

/** The member of the API's HistoryEvent that holds the details of a type of event. */
export function detailsMember(type: EventType): string | undefined {
  if (/StateEntered$/.test(type)) return 'stateEnteredEventDetails';
  if (/StateExited$/.test(type)) return 'stateExitedEventDetails';
  if (WITHOUT_DETAILS.has(type)) return undefined;
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

const WITHOUT_DETAILS = new Set([
  ...['LambdaFunctionStarted', 'MapRunSucceeded', 'MapRunAborted'],
  ...['MapStateSucceeded', 'MapStateFailed', 'MapStateAborted'],
  ...[
    'ParallelStateStarted',
    'ParallelStateSucceeded',
    'ParallelStateFailed',
    'ParallelStateAborted',
  ],
  ...['TaskStateAborted', 'WaitStateAborted'],
]);

/** An event as the SDK shows it. Texts of data come with their `…Details: {truncated}` companions. */
export function toApiEvent(event: HistoryEvent, withData: boolean): Record<string, unknown> {
  const { id, previousEventId, type, atMs } = event;
  const member = detailsMember(type);
  const head = { timestamp: new Date(atMs), type, id, previousEventId };
  if (member === undefined) return head;
  const details: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(event.details)) {
    if (value === undefined) continue;
    const data =
      key === 'input' || key === 'output' || key === 'parameters' || key === 'assignedVariables';
    if (data && !withData) continue;
    details[key] = key === 'assignedVariables' ? textsOf(value as Record<string, Json>) : value;
    if (data && key !== 'parameters') details[`${key}Details`] = { truncated: false };
  }
  return { ...head, [member]: details };
}

const textsOf = (values: Readonly<Record<string, Json>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
