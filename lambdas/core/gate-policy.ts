import * as z from 'zod/mini';
import { ProbeGate } from './probe/policy.ts';

/** What judges the new instances of a fleet: the gates of the catalogue, checked and filled in. */

/** Of 0 % a gate would be green whatever it sees. */
const share = z.int().check(z.minimum(1), z.maximum(100));
const score = z.number().check(z.minimum(0), z.maximum(100));

/** `enforce` gates decide; `observe` gates are judged and reported, and never decide. */
const gateMode = z.enum(['enforce', 'observe']);

/** What stands for an instance's id and for an image's in the value of a dimension. */
export const INSTANCE = '{{instance}}';
export const IMAGE = '{{image}}';

/** One CloudWatch metric. Absent dimensions: `InstanceId` alone, by which AWS/EC2 and most agents publish. */
const MetricSource = z.object({
  namespace: z.string(),
  name: z.string(),
  stat: z.string(),
  dimensions: z.optional(z.record(z.string(), z.string())),
});
export type MetricSource = z.infer<typeof MetricSource>;

/** Metric math over several metrics of the same instance or image, which the expression names. */
const MathSource = z.object({ expression: z.string(), of: z.record(z.string(), MetricSource) });

const ComparedMetric = z.object({
  name: z.string(),
  from: z.union([MetricSource, MathSource]),
  direction: z.enum(['increase', 'decrease', 'either']),
  critical: z.optional(z.boolean()),
  group: z.optional(z.string()),
  tolerance: z.optional(z.number()),
  effectSize: z.optional(
    z.object({
      measure: z.enum(['meanRatio', 'cles']),
      high: z.optional(z.number()),
      low: z.optional(z.number()),
    }),
  ),
  nanStrategy: z.optional(z.enum(['remove', 'zero'])),
});

const CanaryGate = z.object({
  kind: z.literal('canary'),
  mode: gateMode,
  metrics: z.array(ComparedMetric).check(z.minLength(1)),
  groups: z.optional(z.record(z.string(), z.number())),
  toleranceOf: z.optional(z.enum(['baseline', 'shift'])),
  pass: score,
  marginal: score,
  confidence: z.number().check(z.gt(0), z.lt(1)),
  minimumSamples: z.int().check(z.minimum(1)),
  /** Of every metric alike: samples of different periods must not be pooled. */
  periodSeconds: z.int().check(z.minimum(60), z.multipleOf(60)),
  /** The newest so much of the time in which both versions ran. */
  windowSeconds: z.int().check(z.minimum(60)),
  /** How much of the beginning of each new instance is left out. */
  settleSeconds: z.int().check(z.minimum(0)),
});
/** Compares metrics of the new instances with those of the old ones beside them. */
export type CanaryGate = z.infer<typeof CanaryGate>;

const FunctionGate = z.object({
  kind: z.literal('function'),
  mode: gateMode,
  functionName: z.string(),
  timeoutSeconds: z.int().check(z.minimum(1), z.maximum(30)),
});
/** A Lambda function of the user's judges. */
export type FunctionGate = z.infer<typeof FunctionGate>;

const ApprovalGate = z.object({
  kind: z.literal('approval'),
  /** Whoever is asked decides. */
  mode: z.literal('enforce'),
  /** Below 100: a refresh is held there while nobody has answered. None for a wave, of which it is asked once. */
  checkpoints: z.array(z.int().check(z.minimum(1), z.maximum(99))),
  /** Of a fleet 48 hours at most, for which Auto Scaling can be held; of a wave 31 days. */
  expiresSeconds: z.int().check(z.minimum(60), z.maximum(2_678_400)),
  /** What follows when nobody has answered by then; absent: `roll-back`. `hold` keeps the waves that are proven. */
  onExpiry: z.optional(z.enum(['roll-back', 'hold'])),
});
/** A person says whether a rollout may go on from a checkpoint, or a release from a wave. */
export type ApprovalGate = z.infer<typeof ApprovalGate>;

export const GatePolicy = z.discriminatedUnion('kind', [
  /** Every named CloudWatch alarm (metric or composite) must be OK. */
  z.object({
    kind: z.literal('alarms'),
    mode: gateMode,
    alarms: z.array(z.string()).check(z.minLength(1)),
    /** What an alarm in INSUFFICIENT_DATA tells; absent: inconclusive. */
    insufficientData: z.optional(z.enum(['green', 'inconclusive', 'red'])),
  }),
  /** Of the new instances that are registered, this share must be healthy in every target group of the fleet. */
  z.object({
    kind: z.literal('target-health'),
    mode: gateMode,
    healthyPercentMin: share,
  }),
  /** Of the new instances in the group, this share must be `Healthy` to Auto Scaling. */
  z.object({
    kind: z.literal('instance-health'),
    mode: gateMode,
    healthyPercentMin: share,
  }),
  CanaryGate,
  FunctionGate,
  ProbeGate,
  ApprovalGate,
]);
export type GatePolicy = z.infer<typeof GatePolicy>;

/** Compares versions side by side. */
export const isComparing = (gate: GatePolicy): gate is CanaryGate => gate.kind === 'canary';

/**
 * Whether the gate can be asked of a fleet at rest as well: it looks at the present state alone. The others judge a rollout,
 * and the soak of a wave leaves them out.
 */
const isOfState = ({ kind }: GatePolicy): boolean =>
  kind === 'alarms' || kind === 'target-health' || kind === 'instance-health' || kind === 'probe';

/** Those of a fleet's gates that can be asked of it at rest; readings of theirs are numbered in this list. */
export const gatesOfState = (gates: readonly GatePolicy[]): readonly GatePolicy[] =>
  gates.filter(isOfState);

/** Enforced alarms, and those of them that must be OK to be of any use: silence is not taken for green. */
export function enforcedAlarms(gates: readonly GatePolicy[]): {
  readonly all: readonly string[];
  readonly mustTell: readonly string[];
} {
  const named = gates.flatMap((gate) =>
    gate.kind === 'alarms' && gate.mode === 'enforce' ? gate : [],
  );
  const names = (some: typeof named) => [...new Set(some.flatMap(({ alarms }) => alarms))];
  return {
    all: names(named),
    mustTell: names(named.filter(({ insufficientData }) => insufficientData !== 'green')),
  };
}
