import type { LedgerView } from '../../../simulator/invariants/ledger-view.ts';
import type {
  Invariant,
  Taking,
  Witness,
  WitnessedAlarm,
  WitnessedBake,
  WitnessedExecution,
  WitnessedGroup,
  WitnessedInstance,
  WitnessedTemplateVersion,
} from '../../../simulator/invariants/witness.ts';
import type { RehearsedCatalogue } from '../../../simulator/scenarios/catalogue.ts';
import type { TraceLine } from '../../../simulator/world.ts';

/** A world that says what a test makes it say. */

export const START_MS = Date.UTC(2026, 10, 23, 9);
const ARN = 'arn:aws:states:eu-west-1:111122223333:execution';
export const releaseArn = (name: string) => `${ARN}:kiln-main-release:${name}`;
export const rolloutArn = (name: string) => `${ARN}:kiln-main-rollout:${name}`;

export const catalogue: RehearsedCatalogue = {
  hub: 'main',
  look: { refreshSeconds: 300, bakeSeconds: 900 },
  images: {
    web: {
      name: 'web',
      base: { kind: 'ssm', parameter: '/aws/service/base' },
      recipeName: 'kiln-main-web',
      bakeLimitSeconds: 7200,
      inspection: { scan: 'required', scanLimitSeconds: 3600, maxCritical: 0 },
    },
  },
  fleets: {
    prod: {
      name: 'prod',
      image: 'web',
      autoScalingGroupName: 'prod-group',
      launchTemplateId: 'lt-1',
      checkpoints: [{ percent: 100, holdSeconds: 0 }],
      forward: { min: 90, max: 110 },
      back: { min: 50, max: 150 },
      gates: [{ kind: 'alarms', mode: 'enforce', alarms: ['prod-5xx'] }],
      soakSeconds: 600,
      exposureTolerancePercent: 10,
      limits: { foreignRefreshSeconds: 7200, rolloutSeconds: 43_200, wayBackSeconds: 14_400 },
    },
  },
  waves: [{ name: 'all', fleets: ['prod'], soakSeconds: 0 }],
  checkBaseImagesEverySeconds: 3600,
  sweepEverySeconds: 600,
};

export interface Doctored {
  nowMs: number;
  ledger: LedgerView;
  group: WitnessedGroup | undefined;
  templateVersions: readonly WitnessedTemplateVersion[];
  bakes: readonly WitnessedBake[];
  executions: readonly WitnessedExecution[];
  alarm: WitnessedAlarm;
  parameter: string;
}

export const emptyLedger: LedgerView = {
  releases: [],
  releaseFleets: [],
  versions: [],
  locks: [],
  parked: [],
  rollouts: [],
  blocks: [],
  approvals: [],
  causes: [],
  duplicates: [],
};

export const anInstance = (instance: Partial<WitnessedInstance> = {}): WitnessedInstance => ({
  instanceId: 'i-1',
  imageId: 'ami-old',
  templateVersion: '1',
  state: 'InService',
  healthy: true,
  ...instance,
});

export const instances = (count: number, like: Partial<WitnessedInstance> = {}) =>
  Array.from({ length: count }, (_, index) => anInstance({ instanceId: `i-${index}`, ...like }));

export const aGroup = (group: Partial<WitnessedGroup> = {}): WitnessedGroup => ({
  name: 'prod-group',
  desired: 6,
  instances: instances(6),
  suspended: [],
  refreshes: [],
  ...group,
});

export const anExecution = (execution: Partial<WitnessedExecution> = {}): WitnessedExecution => ({
  arn: releaseArn('web-1'),
  name: 'web-1',
  workflow: 'release',
  status: 'RUNNING',
  input: { image: 'web' },
  output: undefined,
  error: undefined,
  startedMs: START_MS,
  stoppedMs: undefined,
  transitions: 0,
  ...execution,
});

export const aRollout = (execution: Partial<WitnessedExecution> = {}): WitnessedExecution =>
  anExecution({
    arn: rolloutArn('prod-1'),
    name: 'prod-1',
    workflow: 'rollout',
    input: { fleet: 'prod', releaseId: 'web-1' },
    ...execution,
  });

export const aRelease = (release: Partial<LedgerView['releases'][number]> = {}) => ({
  id: 'web-1',
  image: 'web',
  version: '2026.11.23-1',
  direction: 'forward',
  cause: { kind: 'person', id: 'by-hand-1' },
  executionArn: releaseArn('web-1'),
  startedAt: new Date(START_MS).toISOString(),
  ...release,
});

export const aVersion = (version: Partial<LedgerView['versions'][number]> = {}) => ({
  image: 'web',
  label: '2026.11.23-1',
  status: 'inspected',
  reason: 'no findings',
  releaseId: 'web-1',
  imageId: 'ami-new',
  ...version,
});

/** One invariant at work on a doctored world. */
export function watching(invariant: Invariant, more: Partial<Witness> = {}) {
  const world: Doctored = {
    nowMs: START_MS,
    ledger: emptyLedger,
    group: aGroup(),
    templateVersions: [],
    bakes: [],
    executions: [],
    alarm: { state: 'OK', reason: '' },
    parameter: 'ami-base-1',
  };
  const takingListeners: ((taking: Taking) => void)[] = [];
  const witness: Witness = {
    onTaking: (listener) => takingListeners.push(listener),
    catalogue,
    nowMs: () => world.nowMs,
    calmMsSince: (sinceMs) => world.nowMs - sinceMs,
    ledger: () => world.ledger,
    group: (name) => (name === 'prod-group' ? world.group : undefined),
    templateVersions: () => world.templateVersions,
    bakes: () => world.bakes,
    execution: (arn) => world.executions.find((one) => one.arn === arn),
    executions: () => world.executions,
    alarm: () => world.alarm,
    measured: () => undefined,
    parameter: () => world.parameter,
    ...more,
  };
  const broken: string[] = [];
  const watch = invariant(witness, (what) => {
    broken.push(what);
  });
  return {
    world,
    broken,
    /** Changes the ledger, or the rest of the world. */
    ledger: (change: Partial<LedgerView>) => {
      world.ledger = { ...world.ledger, ...change };
    },
    line: (line: object) => {
      watch.line?.({ at: new Date(world.nowMs).toISOString(), ...line } as TraceLine);
    },
    /** Lets so many virtual minutes pass. */
    minutes: (count: number) => {
      for (let minute = 0; minute < count; minute += 1) {
        world.nowMs += 60_000;
        watch.minute?.();
      }
    },
    /** Auto Scaling ends an instance of the group, by a refresh unless said otherwise. */
    takes: (instanceId: string, byRefresh = true) => {
      for (const listener of takingListeners) {
        listener({ groupName: 'prod-group', instanceId, byRefresh });
      }
      if (world.group === undefined) return;
      const left = world.group.instances.map((one) =>
        one.instanceId === instanceId ? { ...one, state: 'Terminating' } : one,
      );
      world.group = { ...world.group, instances: left };
    },
    end: () => watch.end?.(),
  };
}
