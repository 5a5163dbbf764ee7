import { AwsError, type World } from '../contract.ts';
import { between } from '../random.ts';

/**
 * How rules and schedules bring something to a target: attempts with back-off, then the dead-letter queue.
 * @see Amazon EventBridge User Guide, "How EventBridge retries delivering events" and "Using dead-letter queues to
 * process undelivered events".
 */

export interface TargetCall {
  readonly arn: string;
  readonly roleArn: string | undefined;
  /** JSON text, or for a queue or topic any text. */
  readonly input: string;
  /** `events.amazonaws.com` or `scheduler.amazonaws.com`. */
  readonly principal: string;
  /** The rule or schedule. */
  readonly sourceArn: string;
}

export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, { DataType: string; StringValue: string }>>;
}

/** The way to the other services; see `makeTargets`. */
export interface Targets {
  /** Whether this kind of target is simulated. */
  supports(arn: string): boolean;
  /** Resolves when the target has accepted the input. @throws AwsError what the target or IAM answers. */
  deliver(call: TargetCall): Promise<void>;
  /**
   * A rule comes to the queue by its door, a schedule with its role.
   * @see EventBridge user guide, eb-rule-dlq; EventBridge Scheduler user guide, configuring-schedule-dlq
   * @throws AwsError when the queue is not there or lets nobody in; the event is lost then
   */
  deadLetter(
    queueArn: string,
    letter: DeadLetter,
    from: Pick<TargetCall, 'principal' | 'sourceArn' | 'roleArn'>,
  ): void;
}

export interface Job {
  readonly call: TargetCall;
  /** What the dead-letter queue gets. */
  readonly body: string;
  /** 0 to 185. */
  readonly retryAttemptsMax: number;
  /** 60 to 86,400. */
  readonly ageSecondsMax: number;
  readonly deadLetterArn: string | undefined;
  /** Further attributes of the dead letter, by name. */
  readonly marks: Readonly<Record<string, string>>;
  /** The input of a further attempt; by default the same again. */
  readonly inputOf?: (attempt: number) => string;
}

export const RETRY_ATTEMPTS_DEFAULT = 185;
export const AGE_SECONDS_DEFAULT = 86_400;
/** "with exponential back off and jitter" over 24 hours and 185 attempts: the longest wait is about 10 minutes. */
const BACK_OFF_SECONDS_MAX = 600;

type FailingWorld = World & { fail?(error: unknown): void };

/** The first attempt: true when the target accepted it. Retries and the dead letter follow by themselves. */
export function deliver(world: FailingWorld, targets: Targets, job: Job): Promise<boolean> {
  return attempt(world, targets, job, 0, world.nowMs());
}

async function attempt(
  world: FailingWorld,
  targets: Targets,
  job: Job,
  retries: number,
  startedAtMs: number,
): Promise<boolean> {
  try {
    const input = job.inputOf?.(retries + 1) ?? job.call.input;
    await targets.deliver({ ...job.call, input });
    return true;
  } catch (error) {
    // What is no answer of AWS is a mistake of the simulator, and no retry mends it.
    if (!(error instanceof AwsError)) {
      if (world.fail === undefined) throw error;
      world.fail(error);
      return false;
    }
    const { code, retryable } = classify(error);
    if (!retryable) {
      bury(world, targets, job, { code, message: error.message, retries, exhausted: undefined });
      return false;
    }
    const random = world.random(`retries of ${job.call.sourceArn}`);
    const longestMs = Math.min(2 ** retries, BACK_OFF_SECONDS_MAX) * 1_000;
    const delayMs = between(random, longestMs / 2, longestMs);
    const tooOld = world.nowMs() + delayMs - startedAtMs > job.ageSecondsMax * 1_000;
    if (retries >= job.retryAttemptsMax || tooOld) {
      const exhausted = tooOld ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts';
      bury(world, targets, job, { code, message: error.message, retries, exhausted });
      return false;
    }
    world.after(delayMs, `retry for ${job.call.arn}`, () => {
      attempt(world, targets, job, retries + 1, startedAtMs);
    });
    return false;
  }
}

interface Ending {
  readonly code: string;
  readonly message: string;
  readonly retries: number;
  readonly exhausted: string | undefined;
}

function bury(world: World, targets: Targets, job: Job, ending: Ending): void {
  const { call, deadLetterArn } = job;
  const what = `what ${call.sourceArn} has for ${call.arn}`;
  if (deadLetterArn === undefined) {
    world.trace({ kind: 'world', message: `${what} is lost: ${ending.code} ${ending.message}` });
    return;
  }
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const marks = Object.entries(job.marks).map(([name, value]) => [name, text(value)] as const);
  const attributes: DeadLetter['attributes'] = {
    ...Object.fromEntries(marks),
    TARGET_ARN: text(call.arn),
    ERROR_CODE: text(ending.code),
    ERROR_MESSAGE: text(ending.message.slice(0, 1_024) || ending.code),
    RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(ending.retries) },
    ...(ending.exhausted === undefined
      ? {}
      : { EXHAUSTED_RETRY_CONDITION: text(ending.exhausted) }),
  };
  try {
    targets.deadLetter(deadLetterArn, { body: job.body, attributes }, call);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const message = `${what} is lost, its dead-letter queue refuses it: ${error.message}`;
    world.trace({ kind: 'world', message });
  }
}

/** The error codes of "Using dead-letter queues"; a missing permission or target is not retried. */
function classify(error: AwsError): { code: string; retryable: boolean } {
  if (error.code === 'INVALID_JSON') return { code: error.code, retryable: false };
  if (error.code === 'AssumeRoleFailed') return { code: 'FAILED_TO_ASSUME_ROLE', retryable: false };
  if (/Throttl|TooManyRequests|RequestLimitExceeded/.test(error.code) || error.status === 429) {
    return { code: 'THROTTLING', retryable: true };
  }
  if (/AccessDenied|AuthorizationError|Unauthorized/.test(error.code) || error.status === 403) {
    return { code: 'NO_PERMISSIONS', retryable: false };
  }
  if (/NotFound|DoesNotExist|NonExistent/.test(error.code) || error.status === 404) {
    return { code: 'NO_RESOURCE', retryable: false };
  }
  // A broken connection has no status.
  if (error.status >= 500 || error.status < 400) {
    return { code: 'ERROR_FROM_TARGET', retryable: true };
  }
  return { code: 'SDK_CLIENT_ERROR', retryable: false };
}
