/** Executions as the API and the status events show them. */

import type { Json, OutgoingEvent } from '../contract.ts';
import type { Execution } from './execution.ts';

/** An execution can be redriven for 14 days after its end. Source: developer guide, "Quotas". */
export const REDRIVE_MS_MAX = 14 * 24 * 3_600_000;
/** With more events it cannot be redriven. Source: API reference, RedriveExecution. */
const REDRIVE_EVENTS_MAX = 24_999;

/** Why an execution cannot be redriven now, or undefined. */
export function notRedrivable(execution: Execution, nowMs: number): string | undefined {
  if (execution.notRedrivable !== undefined) return execution.notRedrivable;
  if (execution.history.events.length > REDRIVE_EVENTS_MAX)
    return 'Execution history event limit exceeded';
  const endedMs = execution.stoppedMs ?? nowMs;
  return nowMs - endedMs > REDRIVE_MS_MAX ? 'Execution redrivable period exceeded' : undefined;
}

function redriveStatus(execution: Execution, nowMs: number) {
  const reason = notRedrivable(execution, nowMs);
  if (reason === undefined) return { redriveStatus: 'REDRIVABLE' as const };
  return { redriveStatus: 'NOT_REDRIVABLE' as const, redriveStatusReason: reason };
}

export function describe(execution: Execution, nowMs: number) {
  const { identity, status, startedMs, stoppedMs, inputText, outputText, failure, redrivenMs } =
    execution;
  return {
    executionArn: identity.arn,
    stateMachineArn: identity.machineArn,
    name: identity.name,
    status,
    startDate: new Date(startedMs),
    ...(stoppedMs === undefined ? {} : { stopDate: new Date(stoppedMs) }),
    input: inputText,
    inputDetails: { included: true },
    ...(outputText === undefined ? {} : { output: outputText, outputDetails: { included: true } }),
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    redriveCount: execution.redriveCount,
    ...(redrivenMs === undefined ? {} : { redriveDate: new Date(redrivenMs) }),
    ...redriveStatus(execution, nowMs),
  };
}

export function listItem({ identity, status, startedMs, stoppedMs, redriveCount }: Execution) {
  return {
    executionArn: identity.arn,
    stateMachineArn: identity.machineArn,
    name: identity.name,
    status,
    startDate: new Date(startedMs),
    ...(stoppedMs === undefined ? {} : { stopDate: new Date(stoppedMs) }),
    redriveCount,
  };
}

/** Input and output are left out of an event above this size, escaped. Source: "Automating with EventBridge". */
const EVENT_DATA_BYTES_MAX = 248 * 1_024;

function eventData(text: string | undefined): { text: string | null; details: Json } {
  if (text === undefined) return { text: null, details: null };
  const included = Buffer.byteLength(JSON.stringify(text), 'utf8') <= EVENT_DATA_BYTES_MAX;
  return { text: included ? text : null, details: { included } };
}

/** `Step Functions Execution Status Change`; instants are epoch milliseconds. */
export function statusEvent(execution: Execution): OutgoingEvent {
  const { identity, status, startedMs, stoppedMs, failure } = execution;
  const input = eventData(execution.inputText);
  const output = eventData(execution.outputText);
  const redrive = redriveStatus(execution, stoppedMs ?? startedMs);
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [identity.arn],
    detail: {
      executionArn: identity.arn,
      stateMachineArn: identity.machineArn,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name: identity.name,
      status,
      startDate: startedMs,
      stopDate: stoppedMs ?? null,
      input: input.text,
      inputDetails: input.details,
      output: output.text,
      outputDetails: output.details,
      error: failure.error ?? null,
      cause: failure.cause ?? null,
      redriveCount: execution.redriveCount,
      redriveDate: execution.redrivenMs ?? null,
      redriveStatus: redrive.redriveStatus,
      redriveStatusReason: redrive.redriveStatusReason ?? null,
    },
  };
}
