/**
 * What a rehearsal must know of a catalogue: the part that scenarios aim at and auditors measure by. The simulator
 * imports nothing of the code that it tests, so these are shapes of its own; durations are seconds.
 */

export type RehearsedBase =
  | { readonly kind: 'ssm'; readonly parameter: string }
  | { readonly kind: 'ami'; readonly imageId: string }
  | { readonly kind: 'image-builder'; readonly imageArn: string };

export interface RehearsedImage {
  readonly name: string;
  readonly base: RehearsedBase;
  readonly recipeName: string;
  readonly bakeLimitSeconds: number;
  readonly inspection: {
    readonly scan: 'required' | 'off';
    readonly scanLimitSeconds: number;
    readonly maxCritical?: number | undefined;
    readonly maxHigh?: number | undefined;
    readonly maxMedium?: number | undefined;
  };
}

export type RehearsedGate =
  | { readonly kind: 'alarms'; readonly mode: GateMode; readonly alarms: readonly string[] }
  | { readonly kind: 'target-health'; readonly mode: GateMode; readonly healthyPercentMin: number }
  | {
      readonly kind: 'instance-health';
      readonly mode: GateMode;
      readonly healthyPercentMin: number;
    }
  | {
      readonly kind: 'canary';
      readonly mode: GateMode;
      readonly metrics: readonly RehearsedMetric[];
      readonly minimumSamples: number;
    }
  | {
      readonly kind: 'approval';
      readonly mode: GateMode;
      readonly expiresSeconds: number;
      readonly onExpiry?: 'roll-back' | 'hold' | undefined;
    }
  | { readonly kind: 'function'; readonly mode: GateMode; readonly functionName: string }
  | {
      readonly kind: 'probe';
      readonly mode: GateMode;
      /** A name, or each new instance. */
      readonly target: { readonly url: string } | { readonly port: number };
      readonly vpc?: object | undefined;
    };
type GateMode = 'enforce' | 'observe';

interface RehearsedSource {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
}

/** A metric that a gate compares between new and old instances. */
export interface RehearsedMetric {
  readonly name: string;
  readonly direction: 'increase' | 'decrease' | 'either';
  readonly tolerance?: number | undefined;
  readonly from: RehearsedSource | { readonly of: Readonly<Record<string, RehearsedSource>> };
}

/** Percent of the desired capacity. */
interface HealthyShare {
  readonly min: number;
  readonly max: number;
}

export interface RehearsedFleet {
  readonly name: string;
  readonly image: string;
  readonly autoScalingGroupName: string;
  readonly launchTemplateId: string;
  readonly checkpoints: readonly { readonly percent: number; readonly holdSeconds: number }[];
  readonly forward: HealthyShare;
  readonly back: HealthyShare;
  readonly gates: readonly RehearsedGate[];
  readonly soakSeconds: number;
  readonly soakEvidence?:
    | {
        readonly min: number;
        readonly soakSecondsMax: number;
        readonly metric: {
          readonly namespace: string;
          readonly name: string;
          readonly dimensions: Readonly<Record<string, string>>;
        };
      }
    | undefined;
  /** How many percentage points more than the checkpoint may run the new version. */
  readonly exposureTolerancePercent: number;
  readonly limits: {
    readonly foreignRefreshSeconds: number;
    readonly rolloutSeconds: number;
    readonly wayBackSeconds: number;
  };
}

export interface RehearsedWave {
  readonly name: string;
  readonly fleets: readonly string[];
  readonly soakSeconds: number;
  readonly gates?: readonly RehearsedGate[] | undefined;
  readonly limits?:
    | { readonly inconclusiveSeconds: number; readonly unreadableSeconds: number }
    | undefined;
}

export interface RehearsedCatalogue {
  readonly hub: string;
  readonly look: {
    readonly refreshSeconds: number;
    readonly bakeSeconds: number;
    /** The longest while only a clock or a person is waited for. */
    readonly waitingSeconds?: number | undefined;
  };
  readonly images: Readonly<Record<string, RehearsedImage>>;
  readonly fleets: Readonly<Record<string, RehearsedFleet>>;
  readonly waves: readonly RehearsedWave[];
  readonly checkBaseImagesEverySeconds: number;
  readonly sweepEverySeconds: number;
  /** Whether people who are asked get a link to answer by. */
  readonly approvalLinks?: boolean;
}

/** A catalogue as one scenario sees it: one image, and the waves and fleets that run it. */
export interface Setting {
  readonly catalogue: RehearsedCatalogue;
  readonly image: RehearsedImage;
  /** In order, each narrowed to the fleets of the image; none is empty. */
  readonly waves: readonly RehearsedWave[];
  /** In the order of the waves; at least one. */
  readonly fleets: readonly [RehearsedFleet, ...RehearsedFleet[]];
}

/** One setting for each image that a fleet runs, in the order of the catalogue. */
export function settingsOf(catalogue: RehearsedCatalogue): readonly Setting[] {
  return Object.values(catalogue.images).flatMap((image) => {
    const waves = catalogue.waves
      .map((wave) => ({
        ...wave,
        fleets: wave.fleets.filter((fleet) => catalogue.fleets[fleet]?.image === image.name),
      }))
      .filter((wave) => wave.fleets.length > 0);
    const names = waves.flatMap((wave) => wave.fleets);
    const [first, ...others] = names.flatMap((name) => catalogue.fleets[name] ?? []);
    return first === undefined ? [] : [{ catalogue, image, waves, fleets: [first, ...others] }];
  });
}

/** The metrics that are compared, in an enforced gate unless all are asked for. */
export const comparedMetrics = (
  { gates }: RehearsedFleet,
  all = false,
): readonly RehearsedMetric[] =>
  gates.flatMap((gate) =>
    gate.kind === 'canary' && (all || gate.mode === 'enforce') ? gate.metrics : [],
  );

/** The gate functions that decide about a fleet or a wave, or all that are asked. */
export const gateFunctions = (
  { gates = [] }: Pick<RehearsedWave, 'gates'>,
  all = false,
): readonly string[] =>
  gates.flatMap((gate) =>
    gate.kind === 'function' && (all || gate.mode === 'enforce') ? [gate.functionName] : [],
  );

/** Whether Kiln makes requests of its own to judge a fleet or a wave. */
export const isProbed = ({ gates = [] }: Pick<RehearsedWave, 'gates'>): boolean =>
  gates.some((gate) => gate.kind === 'probe' && gate.mode === 'enforce');

/** Whether some of these go to a name. */
export const isProbedByName = ({ gates }: RehearsedFleet): boolean =>
  gates.some((gate) => gate.kind === 'probe' && gate.mode === 'enforce' && 'url' in gate.target);

/** The alarms that decide about a fleet or a wave. */
export const enforcedAlarms = ({ gates = [] }: Pick<RehearsedWave, 'gates'>): readonly string[] =>
  gates.flatMap((gate) => (gate.kind === 'alarms' && gate.mode === 'enforce' ? gate.alarms : []));
