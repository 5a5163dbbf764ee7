import type { RolloutRecord } from './ledger.ts';
import type { GroupObservation } from './observation.ts';
import type { FleetPolicy, HealthyPercents, LookPolicy } from './policy.ts';

/**
 * What StartInstanceRefresh is asked for, with every preference set: defaults differ between the API and the console,
 * and surprise. Names are the API's.
 */
export interface RefreshRequest {
  readonly launchTemplate: { readonly id: string; readonly version: string };
  /** JSON text of a mixed instances policy that names this launch template version; absent where the group has none. */
  readonly mixedInstancesPolicy?: string | undefined;
  readonly minHealthyPercentage: number;
  readonly maxHealthyPercentage: number;
  readonly instanceWarmupSeconds: number;
  readonly checkpoints?: { readonly percentages: readonly number[]; readonly delaySeconds: number };
  readonly autoRollback: boolean;
  readonly alarms: readonly string[];
}

/** Auto Scaling takes a checkpoint delay of 48 hours at most (API reference, RefreshPreferences). */
const LONGEST_DELAY_SECONDS = 172_800;

/**
 * How long Auto Scaling itself pauses at a checkpoint: at least the longest minimum hold, and twice the look
 * interval, so that a look comes in time even when every event is lost.
 */
export function checkpointDelaySeconds(
  policy: { readonly checkpoints: readonly { readonly holdSeconds: number }[] },
  look: { readonly refreshSeconds: number },
): number {
  const holds = policy.checkpoints.map((checkpoint) => checkpoint.holdSeconds);
  return Math.min(LONGEST_DELAY_SECONDS, Math.max(2 * look.refreshSeconds, ...holds));
}

/**
 * How long a rollout takes at least: at each checkpoint but the last Auto Scaling pauses for the one delay of the whole
 * refresh, which is the longest hold; then comes the soak.
 */
export const leastRolloutSeconds = (
  checkpoints: readonly { readonly percent: number; readonly holdSeconds: number }[],
  look: { readonly refreshSeconds: number },
  soakSeconds: number,
): number =>
  checkpoints.filter(({ percent }) => percent < 100).length *
    checkpointDelaySeconds({ checkpoints }, look) +
  soakSeconds;

const warmup = (policy: FleetPolicy, group: GroupObservation): number =>
  policy.instanceWarmupSeconds ??
  group.defaultInstanceWarmupSeconds ??
  group.healthCheckGracePeriodSeconds;

/** The same policy with another launch template version in it; overrides stay. */
function withVersion(policyJson: string, id: string, version: string): string {
  const policy: unknown = JSON.parse(policyJson);
  if (typeof policy !== 'object' || policy === null) return policyJson;
  const template: unknown = Reflect.get(policy, 'LaunchTemplate');
  const specification = { LaunchTemplateId: id, Version: version };
  return JSON.stringify({
    ...policy,
    LaunchTemplate: {
      ...(typeof template === 'object' ? template : {}),
      LaunchTemplateSpecification: specification,
    },
  });
}

export function forwardRequest(
  record: RolloutRecord,
  version: string,
  group: GroupObservation,
  policy: FleetPolicy,
  look: LookPolicy,
  alarms: readonly string[],
): RefreshRequest {
  const { launchTemplateId: id } = record.from;
  const { mixedInstancesPolicy: mixed } = record.from;
  return {
    launchTemplate: { id, version },
    mixedInstancesPolicy: mixed === undefined ? undefined : withVersion(mixed, id, version),
    minHealthyPercentage: policy.forward.min,
    maxHealthyPercentage: policy.forward.max,
    instanceWarmupSeconds: warmup(policy, group),
    checkpoints: {
      percentages: policy.checkpoints.map((checkpoint) => checkpoint.percent),
      delaySeconds: checkpointDelaySeconds(policy, look),
    },
    autoRollback: policy.autoRollback,
    alarms,
  };
}

/** To the recorded specification, in bulk: no checkpoints, no alarms, no rollback of the rollback. */
export function backRequest(
  record: RolloutRecord,
  percents: HealthyPercents,
  group: GroupObservation,
  policy: FleetPolicy,
): RefreshRequest {
  const { launchTemplateId: id, launchTemplateVersion: version } = record.from;
  const { mixedInstancesPolicy: mixed } = record.from;
  return {
    launchTemplate: { id, version },
    mixedInstancesPolicy: mixed === undefined ? undefined : withVersion(mixed, id, version),
    minHealthyPercentage: percents.min,
    maxHealthyPercentage: percents.max,
    instanceWarmupSeconds: warmup(policy, group),
    autoRollback: false,
    alarms: [],
  };
}
