import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { giveRights, on } from './rights.ts';

export interface SchedulesProps {
  readonly receiveCause: lambda.IFunction;
  readonly findOrphans: lambda.IFunction;
  readonly deadLetterQueue: sqs.IQueue;
  /** Absent when no image has a base image by SSM parameter. */
  readonly checkBaseImagesEvery?: Duration | undefined;
  readonly sweepEvery: Duration;
}

/** What no event tells: public parameters raise none, and the one that says that an execution died may be lost. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const call = (id: string, fn: lambda.IFunction, input: Readonly<Record<string, unknown>>) =>
      new targets.LambdaInvoke(fn, {
        role: this.role(id, fn, props.deadLetterQueue),
        input: scheduler.ScheduleTargetInput.fromObject({ ...input }),
        deadLetterQueue: props.deadLetterQueue,
        // The next turn does the same: an older one is worth no more.
        maxEventAge: Duration.minutes(10),
        retryAttempts: 3,
      });
    if (props.checkBaseImagesEvery) {
      new scheduler.Schedule(this, 'CheckBaseImages', {
        description: 'Compares the base images with those of the last releases',
        schedule: scheduler.ScheduleExpression.rate(props.checkBaseImagesEvery),
        target: call('CheckBaseImages', props.receiveCause, { check: 'base-images' }),
      });
    }
    new scheduler.Schedule(this, 'Sweep', {
      description: 'Looks for what dead executions left behind',
      schedule: scheduler.ScheduleExpression.rate(props.sweepEvery),
      target: call('Sweep', props.findOrphans, { sweep: true }),
    });
  }

  /** The target's own grants would let a schedule invoke versions and aliases too, of which there are none. */
  private role(schedule: string, fn: lambda.IFunction, deadLetterQueue: sqs.IQueue): iam.IRole {
    const stack = Stack.of(this);
    const role = new iam.Role(this, `${schedule}Role`, {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        // EventBridge Scheduler user guide, cross-service-confused-deputy-prevention: the group, not the schedule.
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
            }),
          },
        },
      }),
      description: 'Calls a function of Kiln on schedule',
    });
    giveRights(role, [
      on(fn.functionArn, 'lambda:InvokeFunction'),
      on(deadLetterQueue.queueArn, 'sqs:SendMessage'),
    ]);
    return role.withoutPolicyUpdates();
  }
}
