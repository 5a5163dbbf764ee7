import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import { AwsError, type Cancellable, type Place, type World } from '../contract.ts';
import { between, randomUuid } from '../random.ts';
import {
  AGE_SECONDS_DEFAULT,
  deliver,
  RETRY_ATTEMPTS_DEFAULT,
  type Targets,
} from './event-bridge-delivery.ts';
import { compileSchedule, type ScheduleExpression } from './scheduler-expression.ts';

/** One schedule that runs. @see EventBridge Scheduler User Guide, "Schedule types", "Adding context attributes". */

export type ScheduleDefinition = Omit<CreateScheduleCommandInput, 'Name' | 'ClientToken'> & {
  readonly Name: string;
};

interface ScheduleParts {
  readonly world: World;
  readonly place: Place;
  readonly targets: Targets;
  readonly arn: string;
  /** Called when a one-time schedule has been invoked. */
  readonly completed: () => void;
}

/** "EventBridge Scheduler invokes within 60 seconds"; in practice within about a second (INFERENCE). */
const LATENCY_MS = [50, 1_500] as const;
const MINUTE_MS = 60_000;

export class RunningSchedule {
  readonly definition: ScheduleDefinition;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly #parts: ScheduleParts;
  readonly #random: () => number;
  readonly #ticker: Cancellable;

  /** @throws ValidationException */
  constructor(definition: ScheduleDefinition, parts: ScheduleParts) {
    this.definition = definition;
    this.arn = parts.arn;
    this.createdAtMs = parts.world.nowMs();
    this.#parts = parts;
    this.#random = parts.world.random(`schedule ${parts.arn}`);
    const expression = check(definition, parts.targets);
    this.#ticker = this.#start(expression);
  }

  stop(): void {
    this.#ticker.cancel();
  }

  /** Ticks are background events: a schedule keeps no world awake. */
  #start(expression: ScheduleExpression): Cancellable {
    const { world } = this.#parts;
    const label = `schedule ${this.definition.Name}`;
    switch (expression.kind) {
      case 'rate':
        return world.every(expression.everyMs, label, () => this.#fire(world.nowMs()));
      case 'cron':
        return world.every(expression.grainMs, label, () => {
          if (expression.isDue(world.nowMs())) this.#fire(world.nowMs());
        });
      case 'at': {
        const ticker = world.every(MINUTE_MS, label, () => {
          if (world.nowMs() < expression.atMs) return;
          ticker.cancel();
          this.#fire(expression.atMs);
          this.#parts.completed();
        });
        return ticker;
      }
    }
  }

  #fire(scheduledMs: number): void {
    const { StartDate, EndDate, State, FlexibleTimeWindow } = this.definition;
    if (State === 'DISABLED') return;
    if (StartDate !== undefined && scheduledMs < StartDate.getTime()) return;
    if (EndDate !== undefined && scheduledMs > EndDate.getTime()) return;
    const windowMs =
      FlexibleTimeWindow?.Mode === 'FLEXIBLE'
        ? (FlexibleTimeWindow.MaximumWindowInMinutes ?? 0) * MINUTE_MS
        : 0;
    const delayMs = between(this.#random, ...LATENCY_MS) + this.#random() * windowMs;
    const { world } = this.#parts;
    world.after(delayMs, `invocation of schedule ${this.definition.Name}`, () => {
      this.#invoke(scheduledMs);
    });
  }

  async #invoke(scheduledMs: number): Promise<void> {
    const { world, targets } = this.#parts;
    const { Target } = this.definition;
    const executionId = randomUuid(this.#random);
    const scheduledTime = `${new Date(scheduledMs).toISOString().slice(0, 19)}Z`;
    const inputOf = (attempt: number) =>
      this.#fill(Target?.Input ?? this.#defaultInput(executionId, scheduledTime), {
        'aws.scheduler.schedule-arn': this.arn,
        'aws.scheduler.scheduled-time': scheduledTime,
        'aws.scheduler.execution-id': executionId,
        'aws.scheduler.attempt-number': String(attempt),
      });
    const arn = Target?.Arn ?? '';
    const input = inputOf(1);
    const accepted = await deliver(world, targets, {
      call: {
        arn,
        roleArn: Target?.RoleArn,
        input,
        principal: 'scheduler.amazonaws.com',
        sourceArn: this.arn,
      },
      inputOf,
      body: input,
      retryAttemptsMax: Target?.RetryPolicy?.MaximumRetryAttempts ?? RETRY_ATTEMPTS_DEFAULT,
      ageSecondsMax: Target?.RetryPolicy?.MaximumEventAgeInSeconds ?? AGE_SECONDS_DEFAULT,
      deadLetterArn: Target?.DeadLetterConfig?.Arn,
      marks: {
        SCHEDULE_ARN: this.arn,
        SCHEDULED_TIME: scheduledTime,
        EXECUTION_ID: executionId,
        IS_PAYLOAD_TRUNCATED: 'false',
      },
    });
    world.trace({
      kind: 'event',
      source: 'aws.scheduler',
      detailType: 'Schedule',
      delivered: accepted ? [arn] : [],
      event: { scheduleArn: this.arn, scheduledTime, input },
    });
  }

  #fill(text: string, attributes: Readonly<Record<string, string>>): string {
    return text.replace(
      /<(aws\.scheduler\.[a-z-]+)>/g,
      (found, name: string) => attributes[name] ?? found,
    );
  }

  /** What a target gets when the schedule names no input (seen in practice; the guide does not show it). */
  #defaultInput(id: string, time: string): string {
    const { accountId, region } = this.#parts.place;
    return JSON.stringify({
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: accountId,
      time,
      region,
      resources: [this.arn],
      detail: '{}',
    });
  }
}

function check(definition: ScheduleDefinition, targets: Targets): ScheduleExpression {
  const { Name, ScheduleExpression: text, FlexibleTimeWindow: window, Target } = definition;
  if (!/^[0-9a-zA-Z_.-]{1,64}$/.test(Name)) {
    throw invalid(
      `1 validation error detected: Value '${Name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+`,
    );
  }
  if (window?.Mode === undefined) throw invalid('FlexibleTimeWindow must be specified.');
  if ((window.Mode === 'FLEXIBLE') !== (window.MaximumWindowInMinutes !== undefined)) {
    throw invalid(
      'MaximumWindowInMinutes must be given for a FLEXIBLE time window and for no other.',
    );
  }
  if (!targets.supports(Target?.Arn ?? '')) {
    throw new AwsError('NotSimulated', `a schedule's target ${Target?.Arn} is not simulated`, 501);
  }
  return compileSchedule(text ?? '', definition.ScheduleExpressionTimezone);
}

const invalid = (message: string) => new AwsError('ValidationException', message);
