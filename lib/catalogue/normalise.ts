import type { GatePolicy } from '../../lambdas/core/gate-policy.ts';
import type { FleetPolicy, ImagePolicy, WavePolicy } from '../../lambdas/core/policy.ts';
import { leastRolloutSeconds } from '../../lambdas/core/refresh-request.ts';
import type { CheckedCatalogue, ComponentSource, ImageBuild } from './checked-catalogue.ts';
import { secondsOr } from './duration.ts';
import { gatePolicy, waveGatePolicy } from './gate-policies.ts';
import type { CatalogueDefinition, FleetDefinition, ImageDefinition } from './schema.ts';

const minutes = (count: number) => count * 60;
const hours = (count: number) => count * 3600;

/** What holds where the catalogue says nothing; the descriptions in `schema.ts` name the same numbers. */
export const defaults = {
  hub: 'main',
  look: { refreshSeconds: minutes(5), bakeSeconds: minutes(15), waitingSeconds: minutes(30) },
  checkBaseImagesEverySeconds: hours(1),
  sweepEverySeconds: minutes(10),
  bakeLimitSeconds: hours(2),
  scanLimitSeconds: hours(1),
  maxCritical: 0,
  rootDevice: '/dev/xvda',
  forward: { min: 90, max: 110 },
  back: { min: 90, max: 150 },
  exposureTolerancePercent: 10,
  limits: {
    inconclusiveSeconds: minutes(15),
    unreadableSeconds: minutes(15),
    foreignRefreshSeconds: hours(2),
    /** On top of the longest hold at each checkpoint and the soak. */
    rolloutSeconds: hours(12),
    wayBackSeconds: hours(4),
    wayBackStallSeconds: minutes(20),
  },
} as const;

/** Reads the component files of one image; called only for a catalogue without findings. */
export type ResolveComponents = (
  image: string,
  components: readonly string[],
) => readonly ComponentSource[];

/** Fills in the defaults and turns durations into seconds. The definition has passed all checks. */
export function normalise(
  definition: CatalogueDefinition,
  resolveComponents: ResolveComponents,
): CheckedCatalogue {
  const hub = definition.hub ?? defaults.hub;
  const lookSeconds = secondsOr(definition.look?.refresh, defaults.look.refreshSeconds);
  const images = Object.entries(definition.images);
  const fleets = Object.entries(definition.fleets);
  return {
    hub,
    look: {
      refreshSeconds: lookSeconds,
      bakeSeconds: secondsOr(definition.look?.bake, defaults.look.bakeSeconds),
      waitingSeconds: secondsOr(
        definition.look?.waiting,
        Math.max(defaults.look.waitingSeconds, lookSeconds),
      ),
    },
    checkBaseImagesEverySeconds: secondsOr(
      definition.checkBaseImagesEvery,
      defaults.checkBaseImagesEverySeconds,
    ),
    sweepEverySeconds: secondsOr(definition.sweepEvery, defaults.sweepEverySeconds),
    approvalLinks: definition.approvalLinks ?? false,
    images: Object.fromEntries(
      images.map(([name, image]) => [name, imagePolicy(hub, name, image)]),
    ),
    fleets: Object.fromEntries(
      fleets.map(([name, fleet]) => [name, fleetPolicy(name, fleet, lookSeconds)]),
    ),
    waves: definition.waves.map(wavePolicy),
    builds: Object.fromEntries(
      images.map(([name, image]) => [
        name,
        imageBuild(image, resolveComponents(name, image.components)),
      ]),
    ),
    instanceRoles: Object.fromEntries(fleets.map(([name, fleet]) => [name, fleet.instanceRole])),
  };
}

function wavePolicy({
  name,
  fleets,
  soak,
  gates,
  limits,
}: CatalogueDefinition['waves'][number]): WavePolicy {
  const wave = { name, fleets: [...fleets], soakSeconds: secondsOr(soak, 0) };
  if (gates === undefined) return wave;
  const { inconclusiveSeconds, unreadableSeconds } = limitsPolicy(limits, 0);
  return {
    ...wave,
    gates: gates.map(waveGatePolicy),
    limits: { inconclusiveSeconds, unreadableSeconds },
  };
}

function imagePolicy(
  hub: string,
  name: string,
  { base, bakeLimit, inspection, wayBack }: ImageDefinition,
): Omit<ImagePolicy, 'pipelineArn'> {
  return {
    name,
    base: basePolicy(base),
    recipeName: `kiln-${hub}-${name}`,
    bakeLimitSeconds: secondsOr(bakeLimit, defaults.bakeLimitSeconds),
    inspection: {
      scan: inspection?.scan ?? 'required',
      scanLimitSeconds: secondsOr(inspection?.scanLimit, defaults.scanLimitSeconds),
      maxCritical: inspection?.maxCritical ?? defaults.maxCritical,
      ...(inspection?.maxHigh === undefined ? {} : { maxHigh: inspection.maxHigh }),
      ...(inspection?.maxMedium === undefined ? {} : { maxMedium: inspection.maxMedium }),
    },
    wayBackOrder: wayBack ?? 'parallel',
  };
}

function basePolicy(base: ImageDefinition['base']): ImagePolicy['base'] {
  if ('ssm' in base) return { kind: 'ssm', parameter: base.ssm };
  if ('ami' in base) return { kind: 'ami', imageId: base.ami };
  return { kind: 'image-builder', imageArn: base.imageBuilder };
}

function imageBuild(image: ImageDefinition, components: readonly ComponentSource[]): ImageBuild {
  const { rootVolume, network } = image;
  return {
    platform: image.platform ?? 'Linux',
    components,
    instanceTypes: [...image.instanceTypes],
    rootVolume: {
      device: rootVolume?.device ?? defaults.rootDevice,
      ...(rootVolume?.size === undefined ? {} : { sizeGibibytes: rootVolume.size }),
    },
    ...(network === undefined
      ? {}
      : { network: { subnetId: network.subnet, securityGroupIds: [...network.securityGroups] } }),
  };
}

function fleetPolicy(name: string, fleet: FleetDefinition, lookSeconds: number): FleetPolicy {
  const soakSeconds = secondsOr(fleet.soak, 0);
  const checkpoints = fleet.checkpoints.map(({ percent, hold }) => ({
    percent,
    holdSeconds: secondsOr(hold, 0),
  }));
  const evidence = soakEvidence(fleet.soakEvidence);
  const gates = fleet.gates.map((gate) => gatePolicy(gate, checkpoints[0]?.percent ?? 100));
  const atLeast =
    leastRolloutSeconds(
      checkpoints,
      { refreshSeconds: lookSeconds },
      Math.max(soakSeconds, evidence?.soakSecondsMax ?? 0),
    ) + approvalsSeconds(gates);
  return {
    name,
    image: fleet.image,
    autoScalingGroupName: fleet.autoScalingGroup,
    launchTemplateId: fleet.launchTemplate,
    checkpoints,
    forward: { ...(fleet.healthy?.forward ?? defaults.forward) },
    back: { ...(fleet.healthy?.back ?? defaults.back) },
    ...(fleet.warmup === undefined ? {} : { instanceWarmupSeconds: secondsOr(fleet.warmup, 0) }),
    gates,
    soakSeconds,
    ...(evidence === undefined ? {} : { soakEvidence: evidence }),
    exposureTolerancePercent: fleet.exposureTolerance ?? defaults.exposureTolerancePercent,
    autoRollback: fleet.autoRollback ?? true,
    limits: limitsPolicy(fleet.limits, atLeast),
  };
}

function soakEvidence(evidence: FleetDefinition['soakEvidence']): FleetPolicy['soakEvidence'] {
  if (evidence === undefined) return undefined;
  const { metric, count = 'requests', atLeast, longest } = evidence;
  return {
    what: count,
    min: atLeast,
    soakSecondsMax: secondsOr(longest, 0),
    metric: { ...metric, dimensions: { ...metric.dimensions } },
  };
}

/** How long people may be waited for, all in all. */
const approvalsSeconds = (gates: readonly GatePolicy[]): number =>
  gates.reduce(
    (sum, gate) =>
      gate.kind === 'approval' ? sum + gate.checkpoints.length * gate.expiresSeconds : sum,
    0,
  );

function limitsPolicy(limits: FleetDefinition['limits'], atLeast: number): FleetPolicy['limits'] {
  const otherwise = defaults.limits;
  return {
    inconclusiveSeconds: secondsOr(limits?.inconclusive, otherwise.inconclusiveSeconds),
    unreadableSeconds: secondsOr(limits?.unreadable, otherwise.unreadableSeconds),
    foreignRefreshSeconds: secondsOr(limits?.foreignRefresh, otherwise.foreignRefreshSeconds),
    rolloutSeconds: secondsOr(limits?.rollout, atLeast + otherwise.rolloutSeconds),
    wayBackSeconds: secondsOr(limits?.wayBack, otherwise.wayBackSeconds),
    wayBackStallSeconds: secondsOr(limits?.wayBackStall, otherwise.wayBackStallSeconds),
  };
}
