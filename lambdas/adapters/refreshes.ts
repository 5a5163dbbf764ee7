import {
  type AutoScalingClient,
  CancelInstanceRefreshCommand,
  type MixedInstancesPolicy,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import * as z from 'zod/mini';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { RefreshRequest } from '../core/refresh-request.ts';
import { isActive, newestRefreshTo } from '../core/refreshes.ts';
import { observeRefreshes } from './auto-scaling.ts';
import { isAws, isCertainRefusal } from './aws-errors.ts';

/** As Auto Scaling itself returned it, so its shape is Auto Scaling's to know. */
const mixedInstances = z.custom<MixedInstancesPolicy>(
  (value) => typeof value === 'object' && value !== null,
);

/**
 * Starts an instance refresh, or adopts the one that is under way to this very launch template version: the call has
 * no client token, so that is what makes it idempotent.
 *
 * @param askedBeforeMs when this was asked for before, if it was: what that started may have ended by now, and is ours too
 * @throws KilnError Busy while another refresh is active; Transient while Auto Scaling does not see the launch template
 * version, which may have been made a moment ago; AWS's own error for any other refusal
 */
export async function startOrAdopt(
  client: AutoScalingClient,
  groupName: string,
  request: RefreshRequest,
  askedBeforeMs: number | undefined,
): Promise<{ readonly instanceRefreshId: string; readonly adopted: boolean }> {
  const { version } = request.launchTemplate;
  const before = await adoptable(client, groupName, version, askedBeforeMs);
  if (before !== undefined) return { instanceRefreshId: before, adopted: true };
  try {
    const { InstanceRefreshId: instanceRefreshId = '' } = await client.send(
      new StartInstanceRefreshCommand(toInput(groupName, request)),
    );
    return { instanceRefreshId, adopted: false };
  } catch (error) {
    const busy = isAws(error, 'InstanceRefreshInProgressFault', 'InstanceRefreshInProgress');
    if (!busy && !isMissingVersion(error) && !isCertainRefusal(error)) throw error;
    const now = await adoptable(client, groupName, version, askedBeforeMs);
    if (now !== undefined) return { instanceRefreshId: now, adopted: true };
    throw refusal(error, busy, groupName, version);
  }
}

function refusal(error: unknown, busy: boolean, groupName: string, version: string): unknown {
  if (busy) {
    const message = `another instance refresh of group ${groupName} is active, not to version ${version}`;
    return new KilnError(ErrorName.Busy, message, { cause: error });
  }
  if (!isMissingVersion(error)) return error;
  const message = `Auto Scaling does not see version ${version} of the launch template: ${String(error)}`;
  return new KilnError(ErrorName.Transient, message, { cause: error });
}

/**
 * A version that EC2 has just made may not be known to Auto Scaling yet. The wording is nowhere documented, hence the
 * generous match: a version that is really missing is asked for a few times more, and refused then.
 */
export const isMissingVersion = (error: unknown): boolean =>
  error instanceof Error &&
  /validation|notfound/i.test(error.name) &&
  /launch ?template/i.test(error.message) &&
  /not ?(exist|found|find|be found|valid|available)|(doesn|isn|can)['’]?t|invalid|no such|unknown|missing/i.test(
    error.message,
  );

/** Whether this call has surely started nothing: AWS refused it at the first try, whatever the workflow is told. */
export const isRefused = (error: unknown): boolean =>
  isCertainRefusal(error instanceof KilnError ? error.cause : error);

async function adoptable(
  client: AutoScalingClient,
  groupName: string,
  version: string,
  askedBeforeMs: number | undefined,
): Promise<string | undefined> {
  const refreshes = await observeRefreshes(client, groupName);
  const leadsThere = refreshes.filter((one) => one.desiredLaunchTemplateVersion === version);
  const underWay = leadsThere.find(
    (one) => isActive(one) && one.status !== 'Cancelling' && one.status !== 'RollbackInProgress',
  );
  const asked =
    askedBeforeMs === undefined ? undefined : newestRefreshTo(refreshes, version, askedBeforeMs);
  return (underWay ?? asked)?.instanceRefreshId;
}

function toInput(groupName: string, request: RefreshRequest) {
  const { launchTemplate, mixedInstancesPolicy, checkpoints, alarms } = request;
  return {
    AutoScalingGroupName: groupName,
    Strategy: 'Rolling' as const,
    DesiredConfiguration:
      mixedInstancesPolicy === undefined
        ? {
            LaunchTemplate: {
              LaunchTemplateId: launchTemplate.id,
              Version: launchTemplate.version,
            },
          }
        : { MixedInstancesPolicy: mixedInstances.parse(JSON.parse(mixedInstancesPolicy)) },
    Preferences: {
      MinHealthyPercentage: request.minHealthyPercentage,
      MaxHealthyPercentage: request.maxHealthyPercentage,
      InstanceWarmup: request.instanceWarmupSeconds,
      ...(checkpoints === undefined
        ? {}
        : {
            CheckpointPercentages: [...checkpoints.percentages],
            CheckpointDelay: checkpoints.delaySeconds,
          }),
      // The soak is ours, after success.
      BakeTime: 0,
      SkipMatching: true,
      AutoRollback: request.autoRollback,
      // A fleet ends on one version, so neither protection nor standby keeps an instance on another.
      ScaleInProtectedInstances: 'Refresh' as const,
      StandbyInstances: 'Terminate' as const,
      ...(alarms.length === 0 ? {} : { AlarmSpecification: { Alarms: [...alarms] } }),
    },
  };
}

/** Idempotent: where no refresh is active there is nothing to cancel. */
export async function cancelRefresh(client: AutoScalingClient, groupName: string): Promise<void> {
  try {
    await client.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: groupName }));
  } catch (error) {
    if (!isAws(error, 'ActiveInstanceRefreshNotFoundFault', 'ActiveInstanceRefreshNotFound')) {
      throw error;
    }
  }
}
