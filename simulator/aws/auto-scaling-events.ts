import type { LifecycleHook } from '@aws-sdk/client-auto-scaling';
import type { EventSink, Json } from '../contract.ts';
import type { Activity, Group, Refresh } from './auto-scaling-group.ts';

type RefreshEvent =
  | 'Started'
  | 'Succeeded'
  | 'Failed'
  | 'Cancelled'
  | 'Rollback Started'
  | 'Rollback Succeeded'
  | 'Rollback Failed'
  | 'Started Baking';

export type Whereabouts = 'EC2' | 'AutoScalingGroup' | 'WarmPool';

/** The events of Auto Scaling. Numbers arrive as strings. @see ASG-UG/ec2-auto-scaling-event-reference */
export class AutoScalingEvents {
  readonly #sink: EventSink;
  readonly #requestId: () => string;

  constructor(sink: EventSink, requestId: () => string) {
    this.#sink = sink;
    this.#requestId = requestId;
  }

  /** @see ASG-UG/instance-refresh-eventbridge-events */
  refresh(group: Group, refresh: Refresh, what: RefreshEvent): void {
    this.#emit(group, `EC2 Auto Scaling Instance Refresh ${what}`, {
      InstanceRefreshId: refresh.id,
      AutoScalingGroupName: group.name,
    });
  }

  checkpoint(group: Group, refresh: Refresh, percentage: number): void {
    this.#emit(group, 'EC2 Auto Scaling Instance Refresh Checkpoint Reached', {
      InstanceRefreshId: refresh.id,
      AutoScalingGroupName: group.name,
      CheckpointPercentage: String(percentage),
      CheckpointDelay: String(refresh.preferences.checkpointDelaySeconds),
    });
  }

  activity(
    group: Group,
    what: 'Launch Successful' | 'Launch Unsuccessful' | 'Terminate Successful',
    activity: Activity,
    where: {
      instanceId?: string | undefined;
      instanceArn?: string | undefined;
      origin: Whereabouts;
      destination: Whereabouts;
    },
  ): void {
    const successful = what !== 'Launch Unsuccessful';
    const detail: Json = {
      StatusCode: successful ? 'InProgress' : 'Failed',
      AutoScalingGroupName: group.name,
      ActivityId: activity.id,
      Details: JSON.parse(activity.details),
      RequestId: this.#requestId(),
      StatusMessage: activity.message ?? '',
      EndTime: new Date(activity.endMs ?? activity.startMs).toISOString(),
      EC2InstanceId: where.instanceId ?? '',
      StartTime: new Date(activity.startMs).toISOString(),
      Cause: activity.cause,
      Origin: where.origin,
      Destination: where.destination,
      ...(successful ? { Description: activity.description } : {}),
    };
    const more = where.instanceArn === undefined ? [] : [where.instanceArn];
    this.#emit(group, `EC2 Instance ${what}`, detail, more);
  }

  lifecycle(
    group: Group,
    hook: LifecycleHook,
    action: { token: string; instanceId: string; origin: Whereabouts; destination: Whereabouts },
  ): void {
    const launching = hook.LifecycleTransition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
    this.#emit(group, `EC2 Instance-${launching ? 'launch' : 'terminate'} Lifecycle Action`, {
      LifecycleActionToken: action.token,
      AutoScalingGroupName: group.name,
      LifecycleHookName: hook.LifecycleHookName ?? '',
      EC2InstanceId: action.instanceId,
      LifecycleTransition: hook.LifecycleTransition ?? '',
      ...(hook.NotificationMetadata === undefined
        ? {}
        : { NotificationMetadata: hook.NotificationMetadata }),
      Origin: action.origin,
      Destination: action.destination,
    });
  }

  #emit(group: Group, detailType: string, detail: Json, more: readonly string[] = []): void {
    this.#sink.emit({
      source: 'aws.autoscaling',
      detailType,
      resources: [group.arn, ...more],
      detail,
    });
  }
}
