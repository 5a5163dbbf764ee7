import type {
  CancelInstanceRefreshCommandInput,
  CancelInstanceRefreshCommandOutput,
  DescribeInstanceRefreshesCommandInput,
  DescribeInstanceRefreshesCommandOutput,
  RollbackInstanceRefreshCommandInput,
  RollbackInstanceRefreshCommandOutput,
  StartInstanceRefreshCommandInput,
  StartInstanceRefreshCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { AwsError, type CallContext, type Readings, type World } from '../contract.ts';
import { randomUuid } from '../random.ts';
import { refreshShown } from './auto-scaling-describe.ts';
import {
  activeRefresh,
  type Group,
  type GroupStore,
  invalid,
  isLeaving,
  isPending,
  type LaunchSpecification,
  membersOf,
  type Refresh,
} from './auto-scaling-group.ts';
import type { GroupPermission } from './auto-scaling-permission.ts';
import type { Refresher } from './auto-scaling-refresh.ts';
import type { RefreshOutcome } from './auto-scaling-refresh-outcome.ts';
import {
  preferencesInForce,
  type RefreshPreferencesInForce,
} from './auto-scaling-refresh-preferences.ts';
import type { Specifications } from './auto-scaling-specification.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { operation, pageOf } from './fleet-operation.ts';

/** How long a new refresh stays Pending: [least, most] seconds. Chosen. */
const PENDING_SECONDS = [3, 15] as const;
/** Refreshes that are described. @see aws-facts "DescribeInstanceRefreshes" (six weeks of history) */
const HISTORY_MS = 42 * 24 * 3_600_000;
const PAGE_DEFAULT = 50;
const PAGE_LIMIT = 100;

interface RefreshOperationParts {
  readonly world: World;
  readonly readings: Readings;
  readonly groups: GroupStore;
  readonly permission: GroupPermission;
  readonly specifications: Specifications;
  readonly refresher: Refresher;
  readonly outcome: RefreshOutcome;
  readonly cloudWatch: CloudWatch;
  readonly poke: (group: Group) => void;
}

export function refreshOperations(parts: RefreshOperationParts) {
  const { groups, permission, refresher, outcome } = parts;
  const ids = parts.world.random('auto-scaling/refreshes');
  return {
    StartInstanceRefresh: operation<
      StartInstanceRefreshCommandInput,
      StartInstanceRefreshCommandOutput
    >({
      authorize: (input) => permission('StartInstanceRefresh', input.AutoScalingGroupName),
      run: (input, context) => {
        const group = groups.must(input.AutoScalingGroupName);
        const { preferences, desired } = checkStart(parts, group, input, context);
        const [least, most] = PENDING_SECONDS;
        const pendingMs = Math.round((least + ids() * (most - least)) * 1000);
        const refresh = newRefresh(parts.world, group, {
          id: randomUuid(ids),
          pendingMs,
          preferences,
          desired,
        });
        group.refreshes.unshift(refresh);
        parts.world.at(refresh.startMs, `${group.name} refresh starts`, () => parts.poke(group));
        return { InstanceRefreshId: refresh.id };
      },
    }),
    CancelInstanceRefresh: operation<
      CancelInstanceRefreshCommandInput,
      CancelInstanceRefreshCommandOutput
    >({
      authorize: (input) => permission('CancelInstanceRefresh', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const refresh = mustBeActive(group);
        if (refresh.status !== 'Cancelling') beginCancel(group, refresh);
        const atOnce = input.WaitForTransitioningInstances === false;
        if (atOnce && !refresher.isFrozen(group, refresh))
          outcome.finish(group, refresh, 'Cancelled', refresh.reason);
        else parts.poke(group);
        return { InstanceRefreshId: refresh.id };
      },
    }),
    RollbackInstanceRefresh: operation<
      RollbackInstanceRefreshCommandInput,
      RollbackInstanceRefreshCommandOutput
    >({
      authorize: (input) => permission('RollbackInstanceRefresh', input.AutoScalingGroupName),
      run: (input) => {
        const group = groups.must(input.AutoScalingGroupName);
        const refresh = mustBeActive(group);
        if (
          refresh.status !== 'InProgress' &&
          refresh.status !== 'Baking' &&
          refresh.status !== 'Pending'
        )
          throw noneActive();
        const obstacle = outcome.obstacleToRollback(group, refresh);
        if (obstacle !== undefined)
          throw new AwsError(
            'IrreversibleInstanceRefresh',
            `The instance refresh cannot be rolled back: ${obstacle}.`,
          );
        outcome.rollBack(group, refresh, 'Rollback was requested by the user.');
        return { InstanceRefreshId: refresh.id };
      },
    }),
    DescribeInstanceRefreshes: operation<
      DescribeInstanceRefreshesCommandInput,
      DescribeInstanceRefreshesCommandOutput
    >({
      authorize: () => [{ action: 'autoscaling:DescribeInstanceRefreshes', resource: '*' }],
      run: (input) => describe(parts, input),
    }),
  };
}

function newRefresh(
  world: World,
  group: Group,
  start: {
    id: string;
    pendingMs: number;
    preferences: RefreshPreferencesInForce;
    desired: LaunchSpecification | undefined;
  },
): Refresh {
  const startMs = world.nowMs() + start.pendingMs;
  return {
    id: start.id,
    preferences: start.preferences,
    desired: start.desired,
    startMs,
    busy: world.busy(`instance refresh of ${group.name}`),
    status: 'Pending',
    reason: undefined,
    progressMs: startMs,
    updatedMost: 0,
    checkpointsReached: 0,
    checkpointDesired: group.desired,
    livePercentComplete: 0,
    percentComplete: 0,
    instancesToUpdate: group.desired,
    warmPercentComplete: 0,
    warmToUpdate: 0,
  };
}

/** Everything that refuses a start. @throws ValidationError, InstanceRefreshInProgress, what the dry run lacks */
function checkStart(
  parts: RefreshOperationParts,
  group: Group,
  input: StartInstanceRefreshCommandInput,
  context: CallContext,
): { preferences: RefreshPreferencesInForce; desired: LaunchSpecification | undefined } {
  if (input.Strategy !== undefined && input.Strategy !== 'Rolling')
    throw invalid(`Strategy ${input.Strategy} is not supported by this simulator.`);
  const preferences = preferencesInForce(group, input.Preferences);
  if (activeRefresh(group) !== undefined)
    throw new AwsError(
      'InstanceRefreshInProgress',
      'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    );
  const desired = parts.specifications.read(input.DesiredConfiguration ?? {});
  const specification = desired ?? group.launch;
  const attributeBased =
    parts.specifications.usesRequirements(group.launch) ||
    parts.specifications.usesRequirements(specification);
  if (attributeBased && (desired !== undefined || preferences.skipMatching))
    throw invalid(
      'Attribute-based instance type selection (InstanceRequirements) is not supported with DesiredConfiguration or SkipMatching.',
    );
  checkAlarms(parts.cloudWatch, preferences.alarms);
  if (preferences.autoRollback && parts.readings.autoRollbackCheckedAtStart) {
    const obstacle = parts.outcome.obstacleToRollback(group, { desired });
    if (obstacle !== undefined) throw invalid(`AutoRollback cannot be used: ${obstacle}.`);
  }
  parts.specifications.requireLaunchRights(context, specification, group.subnets);
  return { preferences, desired };
}

/** @see ASG-UG/instance-refresh-rollback: ALARM and INSUFFICIENT_DATA refuse the start. */
function checkAlarms(cloudWatch: CloudWatch, names: readonly string[]): void {
  for (const name of names) {
    const state = cloudWatch.stateOf(name);
    if (state === undefined) throw invalid(`The alarm ${name} does not exist.`);
    if (state !== 'OK')
      throw invalid(
        `The alarm ${name} is in the ${state} state. It must be OK to start an instance refresh.`,
      );
  }
}

function beginCancel(group: Group, refresh: Refresh): void {
  refresh.status = 'Cancelling';
  refresh.reason = 'Cancelled due to user request.';
  refresh.cancelWaitsFor = membersOf(group, (member) => isPending(member) || isLeaving(member)).map(
    ({ instance }) => instance.instanceId,
  );
}

function mustBeActive(group: Group): Refresh {
  const refresh = activeRefresh(group);
  if (refresh === undefined) throw noneActive();
  return refresh;
}

function noneActive(): AwsError {
  return new AwsError(
    'ActiveInstanceRefreshNotFound',
    'No in progress or pending Instance Refresh found.',
  );
}

function describe(
  parts: RefreshOperationParts,
  input: DescribeInstanceRefreshesCommandInput,
): Pick<DescribeInstanceRefreshesCommandOutput, 'InstanceRefreshes' | 'NextToken'> {
  const group = parts.groups.must(input.AutoScalingGroupName);
  const size = input.MaxRecords ?? PAGE_DEFAULT;
  if (size < 1 || size > PAGE_LIMIT) throw invalid(`MaxRecords must be from 1 to ${PAGE_LIMIT}.`);
  const sinceMs = parts.world.nowMs() - HISTORY_MS;
  const wanted = group.refreshes.filter(
    (refresh) =>
      refresh.startMs >= sinceMs &&
      (!input.InstanceRefreshIds?.length || input.InstanceRefreshIds.includes(refresh.id)),
  );
  const { page, nextToken } = pageOf(
    wanted,
    input.NextToken,
    size,
    () => new AwsError('InvalidNextToken', 'The token is not valid.'),
  );
  const shown = page.map((refresh) => refreshShown(group, refresh));
  return nextToken === undefined
    ? { InstanceRefreshes: shown }
    : { InstanceRefreshes: shown, NextToken: nextToken };
}
