import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Catalogue } from '../lambdas/core/policy.ts';
import type { Reach } from './reach.ts';

export interface WakesProps {
  readonly catalogue: Catalogue;
  readonly reach: Reach;
  readonly wake: lambda.IFunction;
  readonly receiveCause: lambda.IFunction;
  readonly findOrphans: lambda.IFunction;
  readonly deadLetterQueue: sqs.IQueue;
}

/** Most characters of an event pattern. @see EventBridge user guide, eb-quota */
const patternCharactersMax = 2048;

/**
 * An event that is handed over hours late has been overtaken by the safety net, and one that is a cause is seen by the
 * next comparison or stands in the dead-letter queue. 8 attempts with EventBridge's back-off are within the hour.
 */
const delivery = { maxEventAge: Duration.hours(1), retryAttempts: 8 } as const;

/**
 * Without the start of a refresh, which nobody waits for.
 * @see EventBridge events reference, events-ref-autoscaling
 */
const groupChanges = [
  ...[
    'Checkpoint Reached',
    'Succeeded',
    'Failed',
    'Cancelled',
    'Rollback Started',
    'Rollback Succeeded',
    'Rollback Failed',
    'Started Baking',
  ].map((change) => `EC2 Auto Scaling Instance Refresh ${change}`),
  'EC2 Instance Launch Unsuccessful',
];

/** States that a bake passes through on its way: nothing is decided by them. */
const bakeSteps = ['PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING'];

/**
 * The rules that turn events into wakes and causes: a number that does not grow with the catalogue. Events are best
 * effort, so nothing is lost when one does not come; it is only seen later.
 */
export class Wakes extends Construct {
  constructor(scope: Construct, id: string, props: WakesProps) {
    super(scope, id);
    const { catalogue, reach, deadLetterQueue } = props;
    const stack = Stack.of(this);
    const fleets = Object.values(catalogue.fleets);
    // Forwarded events of other accounts keep their own account.
    const here = { account: [stack.account] };
    const send = (fn: lambda.IFunction) => [
      new targets.LambdaFunction(fn, { deadLetterQueue, ...delivery }),
    ];

    new events.Rule(this, 'ImageChanged', {
      description: 'Wakes who waits for a bake of this hub',
      eventPattern: {
        ...here,
        source: ['aws.imagebuilder'],
        detailType: ['EC2 Image Builder Image State Change'],
        resources: events.Match.prefix(
          stack.formatArn({
            service: 'imagebuilder',
            resource: 'image',
            resourceName: `kiln-${catalogue.hub}-`,
          }),
        ),
        detail: { state: { status: events.Match.anythingBut(...bakeSteps) } },
      },
      targets: send(props.wake),
    });

    new events.Rule(this, 'GroupChanged', {
      description: 'Wakes who waits for an instance refresh of a fleet',
      eventPattern: narrowed(
        { ...here, source: ['aws.autoscaling'], detailType: groupChanges },
        'AutoScalingGroupName',
        fleets.map(({ autoScalingGroupName }) => autoScalingGroupName),
      ),
      targets: send(props.wake),
    });

    const alarms = [...fleets, ...catalogue.waves].flatMap(({ gates = [] }) =>
      gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : [])),
    );
    if (alarms.length > 0) {
      new events.Rule(this, 'AlarmChanged', {
        description: 'Wakes who waits for the verdict of a gate',
        eventPattern: narrowed(
          { ...here, source: ['aws.cloudwatch'], detailType: ['CloudWatch Alarm State Change'] },
          'alarmName',
          alarms,
        ),
        targets: send(props.wake),
      });
    }

    if (reach.upstreamImages.length > 0) {
      const rule = new events.Rule(this, 'UpstreamImageFinished', {
        description: 'Starts a Release when an image that ours build on has a new version',
        eventPattern: {
          source: ['aws.imagebuilder'],
          detailType: ['EC2 Image Builder Image State Change'],
          resources: reach.upstreamImages.flatMap((arn) => events.Match.prefix(`${arn}/`)),
          detail: { state: { status: ['AVAILABLE'] } },
        },
        targets: send(props.receiveCause),
      });
      refuseReplays(rule);
    }

    new events.Rule(this, 'ExecutionDied', {
      description: 'Looks for what an execution left behind that failed, timed out or was stopped',
      eventPattern: {
        ...here,
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: Object.values(reach.machines),
        },
      },
      targets: send(props.findOrphans),
    });
  }
}

/** Names a field's values while they fit in a pattern; else leaves it to the function to tell its own from others'. */
function narrowed(
  pattern: events.EventPattern,
  field: string,
  names: readonly string[],
): events.EventPattern {
  const unique = [...new Set(names)];
  const narrow = { ...pattern, detail: { [field]: unique } };
  // A token may become a name of 255 characters.
  const text = JSON.stringify(narrow, (_, value: unknown) =>
    typeof value === 'string' && Token.isUnresolved(value) ? 'x'.repeat(255) : value,
  );
  return text.length <= patternCharactersMax ? narrow : pattern;
}

/** An archive that somebody replays must not start releases. The construct's own type does not know the field. */
function refuseReplays(rule: events.Rule): void {
  const resource = rule.node.defaultChild;
  if (!(resource instanceof events.CfnRule)) throw new Error('expected a rule resource');
  resource.addPropertyOverride('EventPattern.replay-name', [{ exists: false }]);
}
