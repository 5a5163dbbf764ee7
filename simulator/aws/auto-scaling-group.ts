import type {
  InstanceRefreshStatus,
  LifecycleHook,
  LifecycleState,
  MixedInstancesPolicy,
  TagDescription,
} from '@aws-sdk/client-auto-scaling';
import { AwsError, type Cancellable } from '../contract.ts';
import type { RefreshPreferencesInForce } from './auto-scaling-refresh-preferences.ts';
import type { Ec2Instance } from './ec2-instances.ts';

/** A launch template as a group names it: the version is a number, `$Latest` or `$Default`. */
export interface TemplateReference {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** What a group launches. */
export interface LaunchSpecification {
  readonly template: TemplateReference;
  readonly mixed?: MixedInstancesPolicy | undefined;
}

/** What one instance was launched from. */
export interface ResolvedLaunch {
  readonly template: TemplateReference;
  readonly imageId: string;
  readonly instanceType: string;
}

/** An instance of a group. */
export interface Member {
  readonly instance: Ec2Instance;
  readonly launch: ResolvedLaunch;
  readonly launchedMs: number;
  /** The refresh and its direction that launched it, see `launchMark`. */
  readonly launchedFor: string | undefined;
  readonly activity: Activity;
  state: LifecycleState;
  healthy: boolean;
  protected: boolean;
  inServiceMs?: number;
  hook?: PendingHook;
  readonly metricStream: () => number;
}

/** A lifecycle action that waits to be completed. */
export interface PendingHook {
  readonly name: string;
  readonly token: string;
  timer: Cancellable;
  readonly proceed: (result: 'CONTINUE' | 'ABANDON') => void;
}

export interface Activity {
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly startMs: number;
  readonly details: string;
  endMs?: number;
  status: 'InProgress' | 'Successful' | 'Failed';
  message?: string;
  progress: number;
}

export interface WarmPool {
  maxPrepared: number | undefined;
  minSize: number;
  poolState: 'Stopped' | 'Running' | 'Hibernated';
  reuseOnScaleIn: boolean;
  deleting: boolean;
}

export interface Refresh {
  readonly id: string;
  readonly preferences: RefreshPreferencesInForce;
  /** Absent: the refresh replaces by what the group has saved. */
  readonly desired: LaunchSpecification | undefined;
  /** When it became InProgress; while Pending, when it may at the earliest. */
  startMs: number;
  readonly busy: Cancellable;
  status: InstanceRefreshStatus;
  reason: string | undefined;
  endMs?: number;
  /** Last instant that counts as progress for the one hour limit. */
  progressMs: number;
  /** Most updated instances that were seen in this direction. */
  updatedMost: number;
  /** How many checkpoints have been reached, and at which desired capacity the last one was. */
  checkpointsReached: number;
  checkpointDesired: number;
  /** Instances that were launched or terminated when it was cancelled: the end waits for them alone. */
  cancelWaitsFor?: readonly string[];
  /** A checkpoint's delay ends here. */
  waitUntilMs?: number;
  bakeUntilMs?: number;
  /** Shown values, brought up to date by each step. Of the group alone: */
  livePercentComplete: number;
  /** Of all that the refresh replaces. */
  percentComplete: number;
  instancesToUpdate: number;
  warmPercentComplete: number;
  warmToUpdate: number;
  rollback?: {
    readonly reason: string;
    readonly startMs: number;
    readonly percentComplete: number;
    readonly instancesToUpdate: number;
  };
}

export interface MaintenancePolicy {
  readonly min: number;
  readonly max: number;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  min: number;
  max: number;
  desired: number;
  launch: LaunchSpecification;
  defaultCooldown: number;
  healthCheckType: string;
  graceSeconds: number;
  defaultWarmupSeconds: number | undefined;
  zones: readonly string[];
  subnets: readonly string[];
  targetGroupArns: readonly string[];
  tags: TagDescription[];
  terminationPolicies: readonly string[];
  protectNew: boolean;
  maintenance: MaintenancePolicy | undefined;
  warmPool: WarmPool | undefined;
  readonly suspended: Map<string, string>;
  readonly hooks: Map<string, LifecycleHook>;
  readonly members: Map<string, Member>;
  /** Newest first. */
  readonly activities: Activity[];
  /** Newest first. */
  readonly refreshes: Refresh[];
  /** Most machines that EC2 has room for; a disturbance. */
  capacityLimit: number | undefined;
  /** What is short there. */
  shortOf: 'capacity' | 'quota';
  failedLaunches: number;
  launchAgainMs: number;
  deleting: boolean;
}

const ACTIVE: ReadonlySet<string> = new Set([
  'Pending',
  'InProgress',
  'Baking',
  'Cancelling',
  'RollbackInProgress',
]);

export function activeRefresh(group: Group): Refresh | undefined {
  const newest = group.refreshes[0];
  return newest !== undefined && ACTIVE.has(newest.status) ? newest : undefined;
}

/** Tells the launches of a refresh from those of its rollback. */
export function launchMark(refresh: Refresh): string {
  return `${refresh.id}/${refresh.rollback === undefined ? 'forward' : 'back'}`;
}

export const isPending = ({ state }: Member): boolean => state.startsWith('Pending');
export const isInService = ({ state }: Member): boolean => state === 'InService';
export const isStandby = ({ state }: Member): boolean => /Standby$/.test(state);
export const isWarm = ({ state }: Member): boolean => state.startsWith('Warmed:');
export const isLeaving = ({ state }: Member): boolean => state.includes('Terminat');
/** Counts towards the desired capacity. */
export const isLive = (member: Member): boolean => isPending(member) || isInService(member);
export const isInWarmPool = (member: Member): boolean => isWarm(member) && !isLeaving(member);

export function membersOf(group: Group, which: (member: Member) => boolean): Member[] {
  return [...group.members.values()].filter(which);
}

/** Everything that Auto Scaling refuses without an error of its own. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** All groups of the account, by name. */
export class GroupStore {
  readonly #groups = new Map<string, Group>();

  find(name: string | undefined): Group | undefined {
    return this.#groups.get(name ?? '');
  }

  /** @throws ValidationError */
  must(name: string | undefined): Group {
    const group = this.find(name);
    if (group === undefined)
      throw invalid(`AutoScalingGroup name not found - AutoScalingGroup ${name} not found`);
    return group;
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  add(group: Group): void {
    this.#groups.set(group.name, group);
  }

  remove(name: string): void {
    this.#groups.delete(name);
  }

  /** The group and member of an instance. @throws ValidationError */
  memberOf(instanceId: string | undefined): { group: Group; member: Member } {
    for (const group of this.#groups.values()) {
      const member = group.members.get(instanceId ?? '');
      if (member !== undefined) return { group, member };
    }
    throw invalid(
      `Instance Id not found - No managed instance found for instance ID ${instanceId}`,
    );
  }
}
