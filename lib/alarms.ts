import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { hubDimension, metricNamespace, ORPHANS_GIVEN_UP } from '../lambdas/core/metrics.ts';
import { type Deployed, functionNames, functionSpecs } from './functions.ts';
import type { NodeFunction } from './node-function.ts';
import type { Queues } from './queues.ts';
import type { Workflow } from './workflow.ts';

/** Sections of docs/runbook.md, one per kind of alarm. A test compares them with the descriptions. */
export const runbookAnchors = {
  functionErrors: 'function-errors',
  functionThrottles: 'function-throttles',
  deadLetters: 'dead-letters',
  looksDeadLetters: 'looks-dead-letters',
  recoverFailed: 'recover-failed',
  recoverTimedOut: 'recover-timed-out',
  orphansGivenUp: 'orphans-given-up',
  answerLinks: 'answer-links',
} as const;
type Anchor = (typeof runbookAnchors)[keyof typeof runbookAnchors];

export interface AlarmsProps {
  readonly hub: string;
  readonly functions: Deployed<NodeFunction>;
  readonly recover: Workflow;
  readonly queues: Queues;
  readonly topic: sns.ITopic;
}

/** Most metrics do not exist while nothing goes wrong, which is good news. */
const absentIsGood = cloudwatch.TreatMissingData.NOT_BREACHING;
const period = Duration.minutes(5);

/** Alarms on Kiln's own failures. What a release meets is told by its workflow; this is for when Kiln itself is ill. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { deadLetters, looksDeadLetters } = props.queues;
    for (const name of functionNames) {
      const fn = props.functions[name];
      if (fn === undefined) continue;
      if (functionSpecs[name].calledBy === 'people') {
        this.alarm(props, fn, 'UrlErrors', runbookAnchors.answerLinks, {
          metric: fn.metricUrlErrors({ period }),
          threshold: 1,
          evaluationPeriods: 1,
          says: 'Somebody could not answer a question by its link; the command line answers still.',
        });
        continue;
      }
      // Nobody awaits their answers, so nobody else sees their errors.
      const unattended = functionSpecs[name].calledBy === 'events';
      this.alarm(props, fn, 'Errors', runbookAnchors.functionErrors, {
        metric: fn.metricErrors({ period }),
        // A workflow retries its functions, up to 6 times in a minute or two for one mishap: that is its daily bread. Three
        // bad periods in a row are not.
        ...(unattended
          ? { threshold: 1, evaluationPeriods: 1 }
          : { threshold: 3, evaluationPeriods: 3 }),
        says: unattended
          ? 'Events fail that nobody else sees fail.'
          : 'A function fails again and again; workflows that call it are stuck or going back.',
      });
      if (!unattended) continue;
      this.alarm(props, fn, 'Throttles', runbookAnchors.functionThrottles, {
        metric: fn.metricThrottles({ period }),
        threshold: 1,
        evaluationPeriods: 3,
        says: 'Wakes come late: the concurrency of the account is used up.',
      });
    }
    const messages = (queue: sqs.IQueue) =>
      queue.metricApproximateNumberOfMessagesVisible({
        period,
        statistic: cloudwatch.Stats.MAXIMUM,
      });
    this.alarm(props, deadLetters, 'NotEmpty', runbookAnchors.deadLetters, {
      metric: messages(deadLetters),
      threshold: 1,
      evaluationPeriods: 1,
      says: 'An event could not be handed over; if it was a cause, no release has begun.',
    });
    this.alarm(props, looksDeadLetters, 'NotEmpty', runbookAnchors.looksDeadLetters, {
      metric: messages(looksDeadLetters),
      threshold: 1,
      evaluationPeriods: 1,
      says: 'A delayed look failed; the safety net looks instead, later.',
    });
    this.alarm(props, props.recover, 'Failed', runbookAnchors.recoverFailed, {
      metric: props.recover.metricFailed({ period }),
      threshold: 1,
      evaluationPeriods: 1,
      says: 'What a dead execution left behind could not be cleaned up; a fleet may be left half way.',
    });
    this.alarm(props, props.recover, 'TimedOut', runbookAnchors.recoverTimedOut, {
      metric: props.recover.metricTimedOut({ period }),
      threshold: 1,
      evaluationPeriods: 1,
      says: 'Cleaning up after a dead execution takes longer than it may; a fleet may be left half way.',
    });
    this.alarm(props, props.functions['find-orphans'], 'GivesUp', runbookAnchors.orphansGivenUp, {
      metric: new cloudwatch.Metric({
        namespace: metricNamespace,
        metricName: ORPHANS_GIVEN_UP,
        dimensionsMap: { [hubDimension]: props.hub },
        statistic: cloudwatch.Stats.SUM,
        period,
      }),
      threshold: 1,
      evaluationPeriods: 1,
      says: 'Every Recover of a dead execution died; nobody brings what it owns to an end.',
    });
  }

  private alarm(
    props: AlarmsProps,
    about: { readonly node: { readonly path: string; readonly id: string } },
    condition: string,
    anchor: Anchor,
    options: {
      readonly metric: cloudwatch.IMetric;
      readonly threshold: number;
      readonly evaluationPeriods: number;
      readonly says: string;
    },
  ): void {
    const alarm = new cloudwatch.Alarm(this, `${about.node.id}${condition}`, {
      alarmName: `${about.node.path}/${condition}`,
      alarmDescription: `${options.says} docs/runbook.md#${anchor}`,
      metric: options.metric,
      threshold: options.threshold,
      evaluationPeriods: options.evaluationPeriods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: absentIsGood,
    });
    alarm.addAlarmAction(new actions.SnsAction(props.topic));
  }
}
