import type { CloudWatch } from './aws/cloudwatch.ts';
import type { Sns } from './aws/sns.ts';
import { AwsError, type Iam, type Place, type World } from './contract.ts';

/**
 * Tells the topics among an alarm's actions that its state has changed. The topic must let CloudWatch in: its default policy
 * does so for alarms of its own account, a policy of its own only where it says so. Other kinds of action are not simulated.
 * @see CloudWatch user guide, "Using Amazon CloudWatch alarms" (AlarmThatSendsEmail); SNS developer guide, "Example cases for
 * Amazon SNS access control" (sns-access-policy-use-cases)
 */
export function alarmsToTopics(parts: {
  cloudWatch: CloudWatch;
  sns: Sns;
  iam: Pick<Iam, 'decide'>;
  world: World;
  place: Place;
}): void {
  const { cloudWatch, world, place } = parts;
  cloudWatch.onAlarm((name, state) => {
    const alarm = cloudWatch.alarms.find(name);
    if (alarm === undefined || alarm.definition.ActionsEnabled === false) {
      return;
    }
    const { AlarmActions, OKActions, InsufficientDataActions, AlarmDescription } = alarm.definition;
    const actions =
      { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[state] ??
      [];
    const message = {
      AlarmName: name,
      AlarmDescription: AlarmDescription ?? null,
      AWSAccountId: place.accountId,
      NewStateValue: state,
      NewStateReason: alarm.state.reason,
      StateChangeTime: new Date(world.nowMs()).toISOString(),
      Region: place.region,
      AlarmArn: alarm.arn,
    };
    for (const topicArn of actions.filter((arn) => arn.split(':')[2] === 'sns')) {
      publish(parts, alarm.arn, topicArn, {
        Subject: `${state}: "${name}" in ${place.region}`.slice(0, 100),
        Message: JSON.stringify(message),
      });
    }
  });
}

function publish(
  { sns, iam, world, place }: Parameters<typeof alarmsToTopics>[0],
  alarmArn: string,
  topicArn: string,
  message: { Subject: string; Message: string },
): void {
  try {
    const { allowed, why } = iam.decide(
      { kind: 'service', principal: 'cloudwatch.amazonaws.com' },
      {
        action: 'sns:Publish',
        resource: topicArn,
        context: { 'aws:SourceArn': alarmArn, 'aws:SourceOwner': place.accountId },
      },
    );
    if (!allowed) throw new AwsError('AuthorizationError', why, 403);
    sns.publish(topicArn, message);
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    world.trace({
      kind: 'world',
      message: `an alarm's action on ${topicArn} is lost: ${error.message}`,
    });
  }
}
