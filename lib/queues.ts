import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionSpecs } from './functions.ts';

/** Where things wait: looks for their time, and what failed for a person. */
export class Queues extends Construct {
  /** What rules, schedules and functions could not hand over or do. */
  readonly deadLetters: sqs.IQueue;
  /** Looks that failed again and again. */
  readonly looksDeadLetters: sqs.IQueue;
  /** Looks that are due in 15 or 60 seconds, when reads have become consistent. */
  readonly looks: sqs.IQueue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secure = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;
    const forPeople = { ...secure, retentionPeriod: Duration.days(14) };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', forPeople);
    const looksDeadLetters = new sqs.Queue(this, 'LooksDeadLetters', forPeople);
    this.looksDeadLetters = looksDeadLetters;
    this.looks = new sqs.Queue(this, 'Looks', {
      ...secure,
      // Six times the consumer's timeout. @see Lambda developer guide, services-sqs-configure
      visibilityTimeout: Duration.seconds(6 * functionSpecs.wake.timeoutSeconds),
      // A look that is an hour late has been overtaken by the safety net.
      retentionPeriod: Duration.hours(1),
      deadLetterQueue: { queue: looksDeadLetters, maxReceiveCount: 3 },
    });
  }
}
