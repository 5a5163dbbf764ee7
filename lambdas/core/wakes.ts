import * as z from 'zod/mini';
import type { Announcement } from './announcement.ts';

/**
 * Reads the events that wake a supervised thing. Only what says whose subject it is and what should come to be seen is
 * taken; unknown keys are AWS's business. Shapes: EventBridge events reference, `aws.imagebuilder`,
 * `aws.autoscaling`, `aws.cloudwatch`.
 */
const ImageChange = z.object({
  source: z.literal('aws.imagebuilder'),
  'detail-type': z.literal('EC2 Image Builder Image State Change'),
  resources: z.array(z.string()).check(z.minLength(1)),
  detail: z.object({ state: z.object({ status: z.string() }) }),
});

const RefreshChange = z.object({
  source: z.literal('aws.autoscaling'),
  'detail-type': z.string().check(z.startsWith('EC2 Auto Scaling Instance Refresh ')),
  detail: z.object({
    InstanceRefreshId: z.string(),
    AutoScalingGroupName: z.string(),
    /** Numbers arrive as text. */
    CheckpointPercentage: z.optional(z.string()),
  }),
});

const LaunchFailed = z.object({
  source: z.literal('aws.autoscaling'),
  'detail-type': z.literal('EC2 Instance Launch Unsuccessful'),
  detail: z.object({ AutoScalingGroupName: z.string() }),
});

const AlarmChange = z.object({
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  detail: z.object({ alarmName: z.string(), state: z.object({ value: z.string() }) }),
});

const WakeEvent = z.union([ImageChange, RefreshChange, LaunchFailed, AlarmChange]);

/** Whose subject an event is, by the names that the catalogue knows. */
export type Subject =
  | { readonly kind: 'recipe'; readonly recipeName: string }
  | { readonly kind: 'group'; readonly groupName: string }
  | { readonly kind: 'alarm'; readonly alarmName: string };

export interface Wake {
  readonly subject: Subject;
  readonly announced: Announcement;
}

/** What a refresh's status is after each event, in the API's words; a checkpoint and a start say nothing final. */
const STATUS_AFTER: Readonly<Record<string, string>> = {
  Succeeded: 'Successful',
  Failed: 'Failed',
  Cancelled: 'Cancelled',
  'Rollback Started': 'RollbackInProgress',
  'Rollback Succeeded': 'RollbackSuccessful',
  'Rollback Failed': 'RollbackFailed',
};

/** Undefined for an event that wakes nobody. */
export function readWake(event: unknown): Wake | undefined {
  const parsed = WakeEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  if (data.source === 'aws.imagebuilder') return imageWake(data);
  if (data.source === 'aws.cloudwatch') {
    const { alarmName, state } = data.detail;
    return {
      subject: { kind: 'alarm', alarmName },
      announced: { kind: 'alarm', name: alarmName, state: state.value },
    };
  }
  const subject: Subject = { kind: 'group', groupName: data.detail.AutoScalingGroupName };
  if (!('InstanceRefreshId' in data.detail))
    return { subject, announced: { kind: 'launch-failed' } };
  const { InstanceRefreshId: instanceRefreshId, CheckpointPercentage: percent } = data.detail;
  const what = data['detail-type'].slice('EC2 Auto Scaling Instance Refresh '.length);
  const status = STATUS_AFTER[what];
  return {
    subject,
    announced: {
      kind: 'refresh',
      instanceRefreshId,
      ...(status === undefined ? {} : { status }),
      ...(percent === undefined ? {} : { percent: Number(percent) }),
    },
  };
}

/** `arn:…:image/<recipe>/<x.y.z>/<n>` */
function imageWake(data: z.infer<typeof ImageChange>): Wake | undefined {
  const recipeName = data.resources[0]?.split(':image/')[1]?.split('/')[0];
  if (recipeName === undefined) return undefined;
  return {
    subject: { kind: 'recipe', recipeName },
    announced: { kind: 'image', status: data.detail.state.status },
  };
}
