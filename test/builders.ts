import type { CanaryGate } from '../lambdas/core/gate-policy.ts';
import type {
  Hold,
  ImageVersion,
  Lock,
  Release,
  ReleaseFleet,
  RolloutRecord,
} from '../lambdas/core/ledger.ts';
import type {
  BakeObservation,
  FleetObservation,
  FleetSurvey,
  GateReading,
  GroupObservation,
  InstanceObservation,
  RefreshObservation,
} from '../lambdas/core/observation.ts';
import type { Owner } from '../lambdas/core/ownership.ts';
import type { FleetPolicy, ImagePolicy, LookPolicy, WavePolicy } from '../lambdas/core/policy.ts';

/** Valid values with one thing changed. All of one story: fleet `web-prod` of six goes from version 3 to version 7. */

export const T0 = Date.parse('2026-11-23T10:00:00Z');
/** Epoch ms so many seconds into the story. */
export const at = (seconds: number): number => T0 + seconds * 1000;
/** The same as an instant of the ledger. */
export const isoAt = (seconds: number): string => new Date(at(seconds)).toISOString();

export const OLD = '3';
export const NEW = '7';

export const OWNER: Owner = {
  executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:Rollout:web-prod-1',
  generation: 4,
};
export const LOCK: Lock = { executionArn: OWNER.executionArn, generation: 4 };
export const LOOK: LookPolicy = { refreshSeconds: 300, bakeSeconds: 900 };

export const aFleetPolicy = (changed: Partial<FleetPolicy> = {}): FleetPolicy => ({
  name: 'web-prod',
  image: 'web',
  autoScalingGroupName: 'web-prod-group',
  launchTemplateId: 'lt-0123456789abcdef0',
  checkpoints: [
    { percent: 10, holdSeconds: 600 },
    { percent: 50, holdSeconds: 300 },
    { percent: 100, holdSeconds: 0 },
  ],
  forward: { min: 90, max: 110 },
  back: { min: 100, max: 200 },
  gates: [
    { kind: 'alarms', mode: 'enforce', alarms: ['web-5xx'] },
    { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 },
  ],
  soakSeconds: 900,
  exposureTolerancePercent: 10,
  autoRollback: true,
  ...changed,
  limits: {
    inconclusiveSeconds: 1_200,
    unreadableSeconds: 600,
    foreignRefreshSeconds: 3_600,
    rolloutSeconds: 14_400,
    wayBackSeconds: 7_200,
    wayBackStallSeconds: 1_200,
    ...changed.limits,
  },
});

export const anImagePolicy = (
  changed: Partial<Omit<ImagePolicy, 'inspection'>> & {
    inspection?: Partial<ImagePolicy['inspection']>;
  } = {},
): ImagePolicy => ({
  name: 'web',
  base: { kind: 'ssm', parameter: '/aws/service/ami' },
  pipelineArn: 'arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/web',
  recipeName: 'kiln-main-web',
  bakeLimitSeconds: 7_200,
  wayBackOrder: 'parallel',
  ...changed,
  inspection: {
    scan: 'required',
    scanLimitSeconds: 1_800,
    maxCritical: 0,
    maxHigh: 5,
    ...changed.inspection,
  },
});

export const aWave = (name: string, fleets: readonly string[], soakSeconds = 600): WavePolicy => ({
  name,
  fleets: [...fleets],
  soakSeconds,
});

/** Compares the processor, ten samples at least. */
export const aCanaryGate = (changed: Partial<CanaryGate> = {}): CanaryGate => ({
  kind: 'canary',
  mode: 'enforce',
  metrics: [
    {
      name: 'processor',
      from: { namespace: 'AWS/EC2', name: 'CPUUtilization', stat: 'Average' },
      direction: 'increase',
    },
  ],
  pass: 95,
  marginal: 75,
  confidence: 0.98,
  minimumSamples: 10,
  periodSeconds: 60,
  windowSeconds: 3600,
  settleSeconds: 0,
  ...changed,
});

/** Kiln's hold, since so many seconds into the story. */
export const aHold = (checkpointPercent: number, sinceSeconds: number, ours = true): Hold => ({
  checkpointPercent,
  since: isoAt(sinceSeconds),
  ours,
});

let instanceNumber = 0;
export const anInstance = (changed: Partial<InstanceObservation> = {}): InstanceObservation => {
  instanceNumber += 1;
  return {
    instanceId: `i-${instanceNumber}`,
    launchTemplateVersion: OLD,
    lifecycleState: 'InService',
    healthy: true,
    protectedFromScaleIn: false,
    warmPool: false,
    ...changed,
  };
};

export const instances = (
  count: number,
  launchTemplateVersion: string,
  changed: Partial<InstanceObservation> = {},
): InstanceObservation[] =>
  Array.from({ length: count }, () => anInstance({ launchTemplateVersion, ...changed }));

export const aGroup = (changed: Partial<GroupObservation> = {}): GroupObservation => ({
  name: 'web-prod-group',
  arn: 'arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:g:autoScalingGroupName/web-prod-group',
  minSize: 0,
  maxSize: 12,
  desiredCapacity: 6,
  instances: instances(6, OLD),
  suspendedProcesses: [],
  launchTemplate: { id: 'lt-0123456789abcdef0', version: OLD },
  usesLaunchConfiguration: false,
  targetGroupArns: [],
  healthCheckGracePeriodSeconds: 300,
  ...changed,
});

/** So many healthy instances of the new version, the rest of six of the old one. */
export const aMix = (newOnes: number, changed: Partial<GroupObservation> = {}): GroupObservation =>
  aGroup({ instances: [...instances(newOnes, NEW), ...instances(6 - newOnes, OLD)], ...changed });

export const HELD: Partial<GroupObservation> = {
  suspendedProcesses: [{ name: 'InstanceRefresh', reason: 'User suspended at …' }],
};

export const aRefresh = (changed: Partial<RefreshObservation> = {}): RefreshObservation => ({
  instanceRefreshId: 'refresh-1',
  status: 'InProgress',
  percentageComplete: 0,
  startedAtMs: at(60),
  desiredLaunchTemplateVersion: NEW,
  ...changed,
});

export const GREEN: GateReading = {
  alarms: [{ name: 'web-5xx', state: 'OK', reason: '' }],
  targets: [],
  unreadable: [],
};
export const RED: GateReading = {
  ...GREEN,
  alarms: [{ name: 'web-5xx', state: 'ALARM', reason: '7 > 5' }],
};
export const INCONCLUSIVE: GateReading = {
  ...GREEN,
  alarms: [{ name: 'web-5xx', state: 'INSUFFICIENT_DATA', reason: '' }],
};
export const UNREADABLE: GateReading = {
  alarms: [],
  targets: [],
  unreadable: [{ source: 'alarms', error: 'throttled' }],
};

export const FROM: RolloutRecord['from'] = {
  version: '2026.11.01-1',
  imageId: 'ami-0old',
  launchTemplateId: 'lt-0123456789abcdef0',
  launchTemplateVersion: OLD,
};

export const aRollout = (changed: Partial<RolloutRecord> = {}): RolloutRecord => ({
  fleet: 'web-prod',
  releaseId: 'web-base-1',
  executionArn: OWNER.executionArn,
  direction: 'forward',
  startedAt: isoAt(0),
  from: FROM,
  to: {
    version: '2026.11.23-1',
    imageId: 'ami-0new',
    launchTemplateId: 'lt-0123456789abcdef0',
    launchTemplateVersion: NEW,
  },
  moved: true,
  refreshRequestedAt: isoAt(60),
  judgedPercent: 0,
  ...changed,
});

/** On the way back since 1000 s into the story. */
export const aWayBack = (
  changed: Partial<NonNullable<RolloutRecord['wayBack']>> = {},
  hold?: Hold,
): RolloutRecord =>
  aRollout({
    direction: 'back',
    hold,
    wayBack: { since: isoAt(1_000), reason: 'red', attempts: 0, ...changed },
  });

export const aFleetObservation = (changed: Partial<FleetObservation> = {}): FleetObservation => ({
  group: aGroup(),
  refreshes: [aRefresh()],
  gates: GREEN,
  rollout: aRollout(),
  lock: LOCK,
  ...changed,
});

export const aSurvey = (changed: Partial<FleetSurvey> = {}): FleetSurvey => ({
  direction: 'forward',
  askedAtMs: at(0),
  group: aGroup(),
  refreshes: [],
  template: {
    launchTemplateId: 'lt-0123456789abcdef0',
    version: OLD,
    imageId: 'ami-0old',
    resolvesSsm: false,
    usesInstanceRequirements: false,
    volumesFromSnapshots: [],
    volumes: [],
  },
  templateImageState: 'available',
  followers: [],
  current: { label: '2026.11.01-1', status: 'promoted', reason: '' },
  wanted: {
    label: '2026.11.23-1',
    imageId: 'ami-0new',
    status: 'inspected',
    reason: '',
    volumes: [],
  },
  alarms: GREEN.alarms,
  ...changed,
});

export const aBake = (changed: Partial<BakeObservation> = {}): BakeObservation => ({
  status: 'AVAILABLE',
  imageId: 'ami-0new',
  scanStatus: 'COMPLETED',
  claim: LOCK,
  ...changed,
});

export const aRelease = (changed: Partial<Release> = {}): Release => ({
  id: 'web-base-1',
  image: 'web',
  version: '2026.11.23-1',
  direction: 'forward',
  cause: { kind: 'person', id: 'by-hand-1' },
  executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:Release:web-base-1',
  catalogueDigest: 'd1',
  startedAt: isoAt(0),
  wavesOpened: 0,
  wavesSoaked: 0,
  ...changed,
});

export const aReleaseFleet = (
  fleet: string,
  outcome: ReleaseFleet['outcome'] = 'rolled-out',
  changed: Partial<ReleaseFleet> = {},
): ReleaseFleet => ({
  fleet,
  from: '2026.11.01-1',
  to: '2026.11.23-1',
  endedOn: outcome === 'rolled-out' ? '2026.11.23-1' : '2026.11.01-1',
  outcome,
  reason: 'because',
  endedAt: isoAt(1_000),
  ...changed,
});

export const anImageVersion = (changed: Partial<ImageVersion> = {}): ImageVersion => ({
  image: 'web',
  label: '2026.11.23-1',
  status: 'inspected',
  reason: 'green',
  releaseId: 'web-base-1',
  claimedAt: isoAt(0),
  ...changed,
});
