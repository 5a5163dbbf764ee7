import type { CloudWatch } from './aws/cloudwatch.ts';
import type { Sns } from './aws/sns.ts';
import { AwsError, type Place, type World } from './contract.ts';

/**
 * Tells the topics among an alarm's actions that its state has changed. The default policy of a topic lets alarms of its own
 * account in; a narrower one is not judged here. Other kinds of action are not simulated.
 * @see CloudWatch user guide, "Using Amazon CloudWatch alarms" (AlarmThatSendsEmail)
 */
export function alarmsToTopics(parts: {
  cloudWatch: CloudWatch;
  sns: Sns;
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
      publish(parts, topicArn, {
        Subject: `${state}: "${name}" in ${place.region}`.slice(0, 100),
        Message: JSON.stringify(message),
      });
    }
  });
}

function publish(
  { sns, world }: { sns: Sns; world: World },
  topicArn: string,
  message: { Subject: string; Message: string },
): void {
  try {
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
