import * as z from 'zod/mini';
import { GatePolicy } from './gate-policy.ts';

/**
 * What the workflows obey: the catalogue after `cdk synth` has checked it, filled in its defaults and turned its
 * durations into seconds. Deployed as JSON in SSM parameters, kept by digest in the ledger for running releases.
 */

const seconds = z.int().check(z.minimum(0));
const percent = z.int().check(z.minimum(0), z.maximum(100));

/** Bounds of `MinHealthyPercentage` and `MaxHealthyPercentage`, as StartInstanceRefresh takes them. */
const healthyPercents = z.object({
  min: percent,
  max: z.int().check(z.minimum(100), z.maximum(200)),
});
export type HealthyPercents = z.infer<typeof healthyPercents>;

export const FleetPolicy = z.object({
  name: z.string(),
  image: z.string(),
  autoScalingGroupName: z.string(),
  launchTemplateId: z.string(),
  /** Rising; the last one is 100. Each but the last is held at least `holdSeconds` and judged. */
  checkpoints: z
    .array(z.object({ percent: z.int().check(z.minimum(1), z.maximum(100)), holdSeconds: seconds }))
    .check(z.minLength(1)),
  forward: healthyPercents,
  back: healthyPercents,
  /** Absent: the group's own default instance warmup or grace period, read by the survey. */
  instanceWarmupSeconds: z.optional(seconds),
  gates: z.array(GatePolicy),
  soakSeconds: seconds,
  /** What must have been seen of the replaced fleet before its soak is over; absent: time alone counts. */
  soakEvidence: z.optional(
    z.object({
      /** `requests`: the sum of the metric. `samples`: how many values it had. */
      what: z.enum(['requests', 'samples']),
      min: z.number().check(z.gt(0)),
      /** Evidence is waited for no longer than this, from the beginning of the soak. */
      soakSecondsMax: seconds,
      metric: z.object({
        namespace: z.string(),
        name: z.string(),
        dimensions: z.record(z.string(), z.string()),
      }),
    }),
  ),
  /** How many percentage points more than the checkpoint may run the new version before it is a decision of its own. */
  exposureTolerancePercent: percent,
  /** Whether StartInstanceRefresh gets `AutoRollback` and the enforced alarms as a backstop. */
  autoRollback: z.boolean(),
  limits: z.object({
    /** How long past a hold or soak the gates may stay inconclusive before the rollout goes back. */
    inconclusiveSeconds: seconds,
    /** How long reading the gates may fail before the rollout goes back. */
    unreadableSeconds: seconds,
    /** How long a refresh that is not ours is waited for. */
    foreignRefreshSeconds: seconds,
    /** The whole of a forward rollout, soak included. */
    rolloutSeconds: seconds,
    /** The whole way back, until the fleet is blocked. */
    wayBackSeconds: seconds,
    /** A refresh on the way back without one more replaced instance for this long is started anew, gentler. */
    wayBackStallSeconds: seconds,
  }),
});
export type FleetPolicy = z.infer<typeof FleetPolicy>;

export const BaseImagePolicy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ssm'), parameter: z.string() }),
  z.object({ kind: z.literal('ami'), imageId: z.string() }),
  /** An image that an upstream Image Builder pipeline makes, by ARN without its version: `arn:…:image/<name>`. */
  z.object({ kind: z.literal('image-builder'), imageArn: z.string() }),
]);
export type BaseImagePolicy = z.infer<typeof BaseImagePolicy>;

export const ImagePolicy = z.object({
  name: z.string(),
  base: BaseImagePolicy,
  pipelineArn: z.string(),
  /** The last path part of its image ARNs, by which events are matched: `kiln-main-web`. */
  recipeName: z.string(),
  bakeLimitSeconds: seconds,
  inspection: z.object({
    /** `required`: an image version without a completed scan is refused. `off`: findings are not looked at. */
    scan: z.enum(['required', 'off']),
    /** How long after the image is available its scan is waited for. */
    scanLimitSeconds: seconds,
    /** Most findings that pass, by severity; absent: any number. */
    maxCritical: z.optional(z.int().check(z.minimum(0))),
    maxHigh: z.optional(z.int().check(z.minimum(0))),
    maxMedium: z.optional(z.int().check(z.minimum(0))),
  }),
  /** `parallel`: all moved fleets go back at once. `reverse`: one after another, the last moved first. */
  wayBackOrder: z.enum(['parallel', 'reverse']),
});
export type ImagePolicy = z.infer<typeof ImagePolicy>;

export const WavePolicy = z.object({
  name: z.string(),
  fleets: z.array(z.string()).check(z.minLength(1)),
  soakSeconds: seconds,
  /** Judged in the soak of the wave, beside the gates of its fleets that can be asked at rest. */
  gates: z.optional(z.array(GatePolicy)),
  /** Of these gates; absent: there are none. */
  limits: z.optional(z.object({ inconclusiveSeconds: seconds, unreadableSeconds: seconds })),
});
export type WavePolicy = z.infer<typeof WavePolicy>;

/** How often a supervised thing is looked at when no event wakes anybody: the timeouts of the safety net. */
export const LookPolicy = z.object({
  refreshSeconds: z.int().check(z.minimum(60)),
  bakeSeconds: z.int().check(z.minimum(60)),
  /** The longest while only a clock or a person is waited for; absent: `refreshSeconds`. */
  waitingSeconds: z.optional(z.int().check(z.minimum(60))),
});
export type LookPolicy = z.infer<typeof LookPolicy>;

export const Catalogue = z.object({
  hub: z.string(),
  look: LookPolicy,
  images: z.record(z.string(), ImagePolicy),
  fleets: z.record(z.string(), FleetPolicy),
  /** In order; a release of one image takes from each wave the fleets that run this image. */
  waves: z.array(WavePolicy),
});
/** The deployed catalogue, put together again from its SSM parameters. */
export type Catalogue = z.infer<typeof Catalogue>;

/**
 * One SSM parameter of the catalogue holds one of these as JSON. Many small parameters are put together by
 * merging `images` and `fleets` and by taking `hub`, `look` and `waves` in the order of the parameter names.
 */
export const CatalogueChunk = z.object({
  hub: z.optional(z.string()),
  look: z.optional(LookPolicy),
  images: z.optional(z.record(z.string(), ImagePolicy)),
  fleets: z.optional(z.record(z.string(), FleetPolicy)),
  waves: z.optional(z.array(WavePolicy)),
});
export type CatalogueChunk = z.infer<typeof CatalogueChunk>;
