/**
 * The errors of the States Language and what Retry and Catch may match.
 * Source: Step Functions developer guide, "Handling errors in Step Functions workflows".
 */

/** The names that Step Functions itself gives to errors. */
export const StatesErrorName = {
  all: 'States.ALL',
  dataLimitExceeded: 'States.DataLimitExceeded',
  exceedToleratedFailureThreshold: 'States.ExceedToleratedFailureThreshold',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  intrinsicFailure: 'States.IntrinsicFailure',
  queryEvaluationError: 'States.QueryEvaluationError',
  resultPathMatchFailure: 'States.ResultPathMatchFailure',
  runtime: 'States.Runtime',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
} as const;

/** Why a state, a branch or an execution failed. `error` and `cause` are what a Catch sees; either may be missing. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
  /**
   * States.ALL and States.TaskFailed do not match it: a state's own output over the quota. (A *task's* result over the
   * quota is an ordinary failure of the task and was recorded as caught by States.ALL.)
   */
  readonly onlyByName?: boolean;
  /** A second name that Retry and Catch may use: a lapsed heartbeat is a States.Timeout and a States.HeartbeatTimeout. */
  readonly alsoNamed?: string;
}

/**
 * A field could not be evaluated. `detail` is the second sentence of the cause; the first one, which names state and
 * event, is added where both are known.
 */
export class EvaluationError extends Error {
  readonly error: string;
  readonly detail: string;
  readonly location: string | undefined;
  constructor(error: string, detail: string, location?: string) {
    super(detail);
    this.name = error;
    this.error = error;
    this.detail = detail;
    this.location = location;
  }
}

/** A definition that this interpreter does not run, refused when it is loaded. */
export class DefinitionRefused extends Error {
  readonly feature: string;
  readonly state: string | undefined;
  constructor(feature: string, state?: string) {
    super(state === undefined ? feature : `${feature} in state '${state}'`);
    this.name = 'InvalidDefinition';
    this.feature = feature;
    this.state = state;
  }
}

/** A States.Runtime failure ends the execution; neither Retry nor Catch sees it. */
export const isTerminal = (failure: Failure): boolean => failure.error === StatesErrorName.runtime;

/** Whether an ErrorEquals list names this failure. */
export function matchesError(errorEquals: readonly string[], failure: Failure): boolean {
  if (isTerminal(failure)) return false;
  return errorEquals.some((name) => {
    if (name === failure.error || name === failure.alsoNamed) return true;
    if (failure.onlyByName === true) return false;
    if (name === StatesErrorName.all) return true;
    return name === StatesErrorName.taskFailed && failure.error !== StatesErrorName.timeout;
  });
}
