import type { RefreshPreferences } from '@aws-sdk/client-auto-scaling';
import { type Group, invalid } from './auto-scaling-group.ts';

/** The preferences of a refresh with every default filled in. Percentages 0-200, seconds. */
export interface RefreshPreferencesInForce {
  readonly minHealthyPercent: number;
  readonly maxHealthyPercent: number;
  readonly warmupSeconds: number;
  readonly checkpoints: readonly number[];
  readonly checkpointDelaySeconds: number;
  readonly bakeSeconds: number;
  readonly skipMatching: boolean;
  readonly autoRollback: boolean;
  readonly alarms: readonly string[];
  readonly scaleInProtected: 'Refresh' | 'Ignore' | 'Wait';
  readonly standby: 'Terminate' | 'Ignore' | 'Wait';
}

const TWO_DAYS_SECONDS = 172_800;
const ALARM_LIMIT = 10;
const DEFAULT_MIN_HEALTHY = 90;
const DEFAULT_MAX_HEALTHY = 100;
const DEFAULT_CHECKPOINT_DELAY_SECONDS = 3600;

/**
 * Defaults are those of the API, which differ from the console's.
 *
 * @see ASG-UG/understand-instance-refresh-default-values
 * @throws ValidationError
 */
export function preferencesInForce(
  group: Group,
  given: RefreshPreferences | undefined,
): RefreshPreferencesInForce {
  const preferences = given ?? {};
  const { min, max } = healthyPercents(group, preferences);
  const warmup = preferences.InstanceWarmup ?? group.defaultWarmupSeconds ?? group.graceSeconds;
  // -1 is how a client clears a value that it had set.
  const warmupSeconds = warmup === -1 ? group.graceSeconds : warmup;
  inRange('InstanceWarmup', warmupSeconds, 0, Number.MAX_SAFE_INTEGER);
  const checkpoints = checkpointsOf(preferences.CheckpointPercentages);
  if (preferences.CheckpointDelay !== undefined && checkpoints.length === 0)
    throw invalid('CheckpointDelay can be specified only when CheckpointPercentages is specified.');
  const checkpointDelaySeconds = preferences.CheckpointDelay ?? DEFAULT_CHECKPOINT_DELAY_SECONDS;
  inRange('CheckpointDelay', checkpointDelaySeconds, 0, TWO_DAYS_SECONDS);
  const bakeSeconds = preferences.BakeTime ?? 0;
  inRange('BakeTime', bakeSeconds, 0, TWO_DAYS_SECONDS);
  const alarms = preferences.AlarmSpecification?.Alarms ?? [];
  if (alarms.length > ALARM_LIMIT)
    throw invalid(
      `AlarmSpecification can name at most ${ALARM_LIMIT} alarms, got ${alarms.length}.`,
    );
  return {
    minHealthyPercent: min,
    maxHealthyPercent: max,
    warmupSeconds,
    checkpoints,
    checkpointDelaySeconds,
    bakeSeconds,
    skipMatching: preferences.SkipMatching ?? false,
    autoRollback: preferences.AutoRollback ?? false,
    alarms,
    scaleInProtected: preferences.ScaleInProtectedInstances ?? 'Wait',
    standby: preferences.StandbyInstances ?? 'Wait',
  };
}

function healthyPercents(
  group: Group,
  preferences: RefreshPreferences,
): { min: number; max: number } {
  const { MinHealthyPercentage, MaxHealthyPercentage } = preferences;
  if (MaxHealthyPercentage !== undefined && MinHealthyPercentage === undefined)
    throw invalid('MinHealthyPercentage must be specified when MaxHealthyPercentage is specified.');
  const min = MinHealthyPercentage ?? group.maintenance?.min ?? DEFAULT_MIN_HEALTHY;
  // A minimum of one's own goes with the default maximum, not with the maintenance policy's.
  const policyMax = MinHealthyPercentage === undefined ? group.maintenance?.max : undefined;
  const max = MaxHealthyPercentage ?? policyMax ?? DEFAULT_MAX_HEALTHY;
  inRange('MinHealthyPercentage', min, 0, 100);
  inRange('MaxHealthyPercentage', max, 100, 200);
  if (max - min > 100)
    throw invalid(
      `The difference between MinHealthyPercentage (${min}) and MaxHealthyPercentage (${max}) cannot be greater than 100.`,
    );
  return { min, max };
}

function checkpointsOf(given: readonly number[] | undefined): readonly number[] {
  const checkpoints = given ?? [];
  checkpoints.forEach((percent, index) => {
    inRange('CheckpointPercentages', percent, 1, 100);
    if (percent <= (checkpoints[index - 1] ?? 0))
      throw invalid('CheckpointPercentages must be unique and in ascending order.');
  });
  return checkpoints;
}

function inRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalid(
    `Invalid value for ${name}: ${value}. It must be an integer from ${least} to ${most}.`,
  );
}

/** As DescribeInstanceRefreshes shows them. */
export function preferencesShown(preferences: RefreshPreferencesInForce): RefreshPreferences {
  return {
    MinHealthyPercentage: preferences.minHealthyPercent,
    MaxHealthyPercentage: preferences.maxHealthyPercent,
    InstanceWarmup: preferences.warmupSeconds,
    ...(preferences.checkpoints.length === 0
      ? {}
      : {
          CheckpointPercentages: [...preferences.checkpoints],
          CheckpointDelay: preferences.checkpointDelaySeconds,
        }),
    BakeTime: preferences.bakeSeconds,
    SkipMatching: preferences.skipMatching,
    AutoRollback: preferences.autoRollback,
    ScaleInProtectedInstances: preferences.scaleInProtected,
    StandbyInstances: preferences.standby,
    ...(preferences.alarms.length === 0
      ? {}
      : { AlarmSpecification: { Alarms: [...preferences.alarms] } }),
  };
}
