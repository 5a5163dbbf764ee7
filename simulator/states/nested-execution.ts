/**
 * What `states:startExecution.sync` makes of an execution that has ended: the detail of its status event, with names in
 * PascalCase, in the order recorded on AWS. `.sync:2` reads input and output as JSON; a cause has them as text.
 */

import type { Json } from '../contract.ts';
import { type Failure, StatesErrorName } from './errors.ts';
import type { Execution } from './execution.ts';

export function nestedResult(child: Execution, asJson: boolean): Json {
  const outputText = child.outputText ?? 'null';
  return {
    ExecutionArn: child.identity.arn,
    Input: asJson ? child.input : child.inputText,
    InputDetails: { Included: true },
    Name: child.identity.name,
    Output: asJson ? (JSON.parse(outputText) as Json) : outputText,
    OutputDetails: { Included: true },
    RedriveCount: child.redriveCount,
    StartDate: child.startedMs,
    StateMachineArn: child.identity.machineArn,
    Status: child.status,
    StopDate: child.stoppedMs ?? null,
  };
}

/** A nested execution that failed, timed out or was aborted fails its task with States.TaskFailed, whatever it was. */
export function nestedFailure(child: Execution): Failure {
  const { error, cause } = child.failure;
  const text = JSON.stringify({
    ...(cause === undefined ? {} : { Cause: cause }),
    ...(error === undefined ? {} : { Error: error }),
    ExecutionArn: child.identity.arn,
    Input: child.inputText,
    InputDetails: { Included: true },
    Name: child.identity.name,
    RedriveCount: child.redriveCount,
    StartDate: child.startedMs,
    StateMachineArn: child.identity.machineArn,
    Status: child.status,
    StopDate: child.stoppedMs,
  });
  return { error: StatesErrorName.taskFailed, cause: text };
}
