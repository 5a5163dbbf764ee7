import type { ApprovalView } from './approval-view.ts';
import type { ComparedSamples } from './canary/series.ts';
import type { GateFunctionOutcome } from './judge-function.ts';
import type { ProbeOutcome } from './judge-probe.ts';
import type { Block, FleetSpecification, Lock, RolloutRecord, VersionStatus } from './ledger.ts';

/** What the adapters read, in plain data: no SDK types, instants as epoch ms. */

export interface InstanceObservation {
  readonly instanceId: string;
  readonly launchTemplateVersion?: string | undefined;
  /** As Auto Scaling spells it: `InService`, `Pending`, `Standby`, `Terminating:Wait`, `Warmed:Stopped`, ... */
  readonly lifecycleState: string;
  readonly healthy: boolean;
  readonly protectedFromScaleIn: boolean;
  readonly warmPool: boolean;
}

export interface GroupObservation {
  readonly name: string;
  readonly arn: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredCapacity: number;
  readonly instances: readonly InstanceObservation[];
  readonly suspendedProcesses: readonly { readonly name: string; readonly reason: string }[];
  readonly launchTemplate?: { readonly id: string; readonly version: string } | undefined;
  /** JSON text of the mixed instances policy, as read; absent where the group has none. */
  readonly mixedInstancesPolicy?: string | undefined;
  readonly usesLaunchConfiguration: boolean;
  readonly targetGroupArns: readonly string[];
  readonly defaultInstanceWarmupSeconds?: number | undefined;
  readonly healthCheckGracePeriodSeconds: number;
  /** It was deleted and still ends its instances. */
  readonly beingDeleted?: boolean | undefined;
}

export type RefreshStatus =
  | 'Pending'
  | 'InProgress'
  | 'Successful'
  | 'Failed'
  | 'Cancelling'
  | 'Cancelled'
  | 'RollbackInProgress'
  | 'RollbackFailed'
  | 'RollbackSuccessful'
  | 'Baking';

export interface RefreshObservation {
  readonly instanceRefreshId: string;
  readonly status: RefreshStatus;
  readonly statusReason?: string | undefined;
  readonly percentageComplete: number;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  /** The launch template version that it moves the group to, where it names one. */
  readonly desiredLaunchTemplateVersion?: string | undefined;
}

export interface AlarmReading {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'MISSING';
  readonly reason: string;
}

export interface TargetReading {
  readonly targetGroupArn: string;
  readonly instanceId: string;
  readonly state: string;
  readonly reason?: string | undefined;
}

/** The samples of one canary gate, and of how many instances over which window they are. */
export interface CanaryReading {
  /** Which gate of the policy, from 0. */
  readonly gate: number;
  /** In the order of the gate's metrics. */
  readonly samples: readonly ComparedSamples[];
  readonly instances: { readonly baseline: number; readonly canary: number };
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the gates see. A source that could not be read is named in `unreadable` and has no entries. */
export interface GateReading {
  readonly alarms: readonly AlarmReading[];
  readonly targets: readonly TargetReading[];
  /** None for a gate that has nothing to compare yet; absent where no gate compares. */
  readonly canaries?: readonly CanaryReading[] | undefined;
  /** What gate functions did, by the gate of the policy, from 0; none for those that were not asked. */
  readonly functions?:
    | readonly { readonly gate: number; readonly outcome: GateFunctionOutcome }[]
    | undefined;
  /** What probes found, by the gate of the policy, from 0; none for those that were not made. */
  readonly probes?:
    | readonly { readonly gate: number; readonly outcome: ProbeOutcome }[]
    | undefined;
  /** Where the approval stands that the rollout needs; absent where no gate asks for one. */
  readonly approval?: ApprovalView | undefined;
  /** Evidence since the soak began; absent where none is asked for, or it could not be read. */
  readonly soakSeen?: number | undefined;
  readonly unreadable: readonly { readonly source: GateSource; readonly error: string }[];
}
/** What a gate is judged from, where it can fail to be read. */
export type GateSource = 'alarms' | 'target-health' | 'canary';

export interface FleetObservation {
  readonly group: GroupObservation;
  /** Newest first, at most 10. */
  readonly refreshes: readonly RefreshObservation[];
  readonly gates: GateReading;
  readonly rollout: RolloutRecord;
  readonly lock: Lock;
}

export interface BakeObservation {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly imageId?: string | undefined;
  /** `scanState.status`; absent when the image was built without scanning. */
  readonly scanStatus?: string | undefined;
  readonly claim: Lock;
}

export interface VolumeObservation {
  readonly device: string;
  readonly gibibytes: number;
}

/** What a launch template version says, as far as a way back depends on it. */
export interface TemplateVersionObservation {
  readonly launchTemplateId: string;
  /** The number that `$Latest` or `$Default` stands for, where the group follows one. */
  readonly version: string;
  readonly imageId?: string | undefined;
  /** The image is named by an SSM parameter (`resolve:ssm:`), so that the same version may launch another image. */
  readonly resolvesSsm: boolean;
  /** Attribute-based instance selection. */
  readonly usesInstanceRequirements: boolean;
  /** Block devices that are made from a snapshot of the template's own, not of the image. */
  readonly volumesFromSnapshots: readonly {
    readonly device: string;
    readonly snapshotId: string;
  }[];
  /** Block devices whose size it states. */
  readonly volumes: readonly VolumeObservation[];
}

/** `missing`: EC2 does not know the image (deregistered, or no longer shared with this account). */
export type ImageState =
  | 'pending'
  | 'available'
  | 'invalid'
  | 'deregistered'
  | 'transient'
  | 'failed'
  | 'error'
  | 'disabled'
  | 'missing';

/** All that is looked at before a rollout's first act. */
export interface FleetSurvey {
  readonly direction: 'forward' | 'back';
  /** When this rollout first surveyed the fleet: a foreign refresh is waited for from then on. */
  readonly askedAtMs: number;
  readonly group: GroupObservation;
  /** Newest first, at most 10. */
  readonly refreshes: readonly RefreshObservation[];
  /** What the group's saved launch template version says; absent where it could not be found. */
  readonly template?: TemplateVersionObservation | undefined;
  /** State of the image that `template` names. */
  readonly templateImageState?: ImageState | undefined;
  /** Other groups that follow the fleet's launch template by `$Latest` or `$Default`. */
  readonly followers: readonly { readonly groupName: string; readonly follows: string }[];
  readonly block?: Block | undefined;
  /** The image version that the fleet runs, where the ledger knows its AMI. */
  readonly current?:
    | { readonly label: string; readonly status: VersionStatus; readonly reason: string }
    | undefined;
  /** Where a forward rollout is to lead. */
  readonly wanted?:
    | {
        readonly label: string;
        readonly imageId: string;
        readonly status: VersionStatus;
        readonly reason: string;
        /** What the image itself needs: no volume of an instance may be smaller. */
        readonly volumes: readonly VolumeObservation[];
      }
    | undefined;
  /** Where a rollout back is to lead: what the release recorded, or else the newest of the fleet's history. */
  readonly previous?: FleetSpecification | undefined;
  /** The enforced alarms of the fleet. */
  readonly alarms: readonly AlarmReading[];
}

export interface WaveFleetObservation {
  readonly fleet: string;
  readonly group: GroupObservation;
  readonly gates: GateReading;
  /** The launch template version that the release brought to this fleet. */
  readonly launchTemplateVersion: string;
  /** Since when reading the gates has failed without a success between, where the caller knows. */
  readonly unreadableSinceMs?: number | undefined;
}

export interface WaveObservation {
  readonly fleets: readonly WaveFleetObservation[];
  /** What the wave's own gates see; absent where it has none. */
  readonly gates?: GateReading;
  /** Since when reading them has failed without a success between, where the caller knows. */
  readonly unreadableSinceMs?: number | undefined;
  /** The image's claim. */
  readonly claim: Lock;
}
