import { ErrorName } from '../../lambdas/core/errors.ts';
import {
  type Catcher,
  type ChoiceRule,
  expression,
  type Fail,
  type Json,
  type Retrier,
  type Task,
} from './asl.ts';

/** What Lambda and Step Functions answer when a call may simply be made again. */
const LAMBDA_TRANSIENT = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  // The process was lost: out of memory, or with its host.
  'Runtime.ExitError',
] as const;

/**
 * A call to a function of ours. 2 + 4 + 8 + 16 + 30 + 30 s = 90 s at most without jitter, beside what the SDK
 * in the function has already tried. `States.Timeout` here is the function's own time running out.
 */
const FUNCTION_RETRY: readonly Retrier[] = [
  {
    ErrorEquals: [ErrorName.Transient, ...LAMBDA_TRANSIENT, 'States.Timeout'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 30,
    MaxAttempts: 6,
    JitterStrategy: 'FULL',
  },
  /** Somebody else is in the way for now: 10 times 30 s, five minutes. */
  { ErrorEquals: [ErrorName.Busy], IntervalSeconds: 30, BackoffRate: 1, MaxAttempts: 10 },
];

/**
 * The same for what nobody waits for and nobody makes up for: 2 + 4 + 8 + 16 + 32 s, and then each minute, 26 minutes in
 * all. Without jitter, which would halve that.
 */
const PATIENT_RETRY: readonly Retrier[] = FUNCTION_RETRY.map((retrier) =>
  retrier.ErrorEquals.includes(ErrorName.Transient)
    ? { ...retrier, MaxDelaySeconds: 60, MaxAttempts: 30, JitterStrategy: 'NONE' }
    : retrier,
);

/** A direct call of AWS where every error is handled alike: 1 + 2 + 4 + 8 + 16 = 31 s at most without jitter. */
export const SERVICE_RETRY: readonly Retrier[] = [
  {
    ErrorEquals: ['States.TaskFailed', 'States.Timeout'],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 5,
    JitterStrategy: 'FULL',
  },
];

/** A function's error arrives as JSON text with its type and its stack; people want the message. */
const MESSAGE = [
  '($cause := $states.errorOutput.Cause ? $states.errorOutput.Cause : "";',
  '$message := $substring($cause, 0, 13) = "{\\"errorType\\":" ? $parse($cause).errorMessage : $cause;',
  '$substring($message, 0, 1500))',
].join(' ');

/** The variables that every failed call leaves behind: what failed, in the words of the error. */
export const FAILURE = {
  failure: {
    step: expression('$states.context.State.Name'),
    // An absent or null field must become text: no value at all is an error of JSONata's own.
    error: expression('$states.errorOutput.Error ? $states.errorOutput.Error : ""'),
    cause: expression(MESSAGE),
  },
};

/** Another execution has taken over: stop, and touch nothing. */
export const outbid: Catcher = {
  ErrorEquals: [ErrorName.Outbid],
  Assign: FAILURE,
  Next: 'Outbid',
};

/** The same, when a look found it. `step` is the supervising state. */
export const outbidRule = (step: string): ChoiceRule => ({
  Condition: expression('$decision.kind = "refuse"'),
  Assign: { failure: { step, error: ErrorName.Outbid, cause: expression('$decision.reason') } },
  Next: 'Outbid',
});

/** An end with the error that led to it. */
export const failed = (comment?: string): Fail => ({
  Type: 'Fail',
  ...(comment === undefined ? {} : { Comment: comment }),
  Error: expression('$failure.error'),
  Cause: expression('$failure.cause'),
});

export const otherwise = (next: string): Catcher => ({
  ErrorEquals: ['States.ALL'],
  Assign: FAILURE,
  Next: next,
});

/** Longer than the longest timeout of a function of ours (60 s), so that the function's own error is what is seen. */
const FUNCTION_TIMEOUT_SECONDS = 70;

interface FunctionCall {
  readonly comment?: string;
  readonly payload: { readonly [key: string]: Json };
  readonly assign?: { readonly [key: string]: Json };
  readonly output?: Json;
  readonly next: string;
  readonly catch: readonly Catcher[];
  /** Outlasts an outage of minutes. @default false */
  readonly patient?: boolean;
}

/** `functionName` is the name of the substitution that CloudFormation fills in: `OpenReleaseFunction`. */
export const callFunction = (functionName: string, call: FunctionCall): Task => ({
  Type: 'Task',
  ...(call.comment === undefined ? {} : { Comment: call.comment }),
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: `\${${functionName}}`, Payload: call.payload },
  TimeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
  ...(call.assign === undefined ? {} : { Assign: call.assign }),
  Output: call.output ?? expression('$states.result.Payload'),
  Retry: call.patient === true ? PATIENT_RETRY : FUNCTION_RETRY,
  Catch: call.catch,
  Next: call.next,
});

interface Supervision {
  readonly comment: string;
  readonly functionName: string;
  /** The variable that holds who we are: `$mandate`. */
  readonly payload: { readonly [key: string]: Json };
  readonly next: string;
  readonly catch: readonly Catcher[];
  /**
   * How often looks of this state that cannot see may be repeated, a minute apart at most. Never set back while parked.
   * @default 1000: the decisions' own deadlines come first
   */
  readonly blindLooks?: number;
}

/**
 * The one way to wait: parked on a task token until a look finds something to do, or the safety net's timeout parks
 * and looks again (one transition). The function stores the token first and looks second; its answer is what a look
 * sends with the token: a decision with `kind`, `reason` and `parkSeconds`, the longest that the next park may last.
 */
export const supervise = (call: Supervision): Task => ({
  Type: 'Task',
  Comment: call.comment,
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: {
    FunctionName: `\${${call.functionName}}`,
    Payload: {
      park: {
        token: expression('$states.context.Task.Token'),
        executionArn: expression('$states.context.Execution.Id'),
        stateEnteredAt: expression('$states.context.State.EnteredTime'),
        retryCount: expression('$states.context.State.RetryCount'),
        // After a redrive the counts of retries begin anew.
        redriveCount: expression(
          '$exists($states.context.Execution.RedriveCount) ? $states.context.Execution.RedriveCount : 0',
        ),
        seconds: expression('$parkSeconds'),
      },
      ...call.payload,
    },
  },
  TimeoutSeconds: expression('$parkSeconds'),
  Assign: {
    decision: expression('$states.result'),
    parkSeconds: expression('$states.result.parkSeconds'),
    movesLeft: expression('$movesLeft - 1'),
  },
  Retry: [
    {
      // The safety net; each look is one transition, and four events of the 25,000 that a history may have. 5,000 looks
      // are 17 days at the usual five minutes; then what is supervised goes back, in place of dying of a full history.
      ErrorEquals: ['States.Timeout', 'States.HeartbeatTimeout'],
      IntervalSeconds: 1,
      BackoffRate: 1,
      MaxAttempts: 5_000,
    },
    {
      ErrorEquals: [ErrorName.Transient, ...LAMBDA_TRANSIENT],
      IntervalSeconds: 2,
      BackoffRate: 2,
      MaxDelaySeconds: 60,
      MaxAttempts: call.blindLooks ?? 1000,
      JitterStrategy: 'FULL',
    },
  ],
  Catch: call.catch,
  Next: call.next,
});

/**
 * How often one supervised loop may leave its park. Ten checkpoints take 20 moves and a way back with every attempt
 * fewer than 40; what needs 400 turns in circles, and each turn costs three transitions.
 */
export const MOVES = 400;

export const noMovesLeft = (next: string): ChoiceRule => ({
  Comment: 'The bound of the loop: the decisions have deadlines of their own and come long before.',
  Condition: expression('$movesLeft < 1'),
  Next: next,
});

/** A word to people. That it could not be sent never changes how a release ends. */
export const tell = (message: {
  readonly comment: string;
  readonly subject: string;
  readonly message: { readonly [key: string]: Json };
  readonly next: string;
}): Task => ({
  Type: 'Task',
  Comment: message.comment,
  Resource: 'arn:aws:states:::sns:publish',
  Arguments: {
    TopicArn: '${NotificationsTopic}',
    Subject: message.subject,
    Message: message.message,
  },
  TimeoutSeconds: 60,
  Output: expression('$states.input'),
  Retry: SERVICE_RETRY,
  Catch: [{ ErrorEquals: ['States.ALL'], Output: expression('$states.input'), Next: message.next }],
  Next: message.next,
});
