import * as z from 'zod/mini';

/**
 * The items of the ledger, as the adapters read and write them. Instants are ISO 8601 UTC, durations seconds.
 * `docs/ledger.md` is the layout for people.
 */

const instant = z.iso.datetime();

/** Why a release was asked for. Its id is image + what changed to what: the same change is the same cause. */
export const Cause = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('base-image'),
    id: z.string(),
    parameter: z.string(),
    from: z.optional(z.string()),
    to: z.string(),
  }),
  z.object({ kind: z.literal('upstream-image'), id: z.string(), imageArn: z.string() }),
  z.object({ kind: z.literal('person'), id: z.string(), reason: z.optional(z.string()) }),
  /** Causes that came while another release of the image ran, merged into one follow-up. */
  z.object({ kind: z.literal('merged'), id: z.string(), causes: z.array(z.string()) }),
]);
export type Cause = z.infer<typeof Cause>;

/** All that must come back when a fleet goes back: the group's launch configuration as it was. */
export const FleetSpecification = z.object({
  /** Label of the image version, or the AMI id where Kiln did not bake it. */
  version: z.string(),
  imageId: z.string(),
  launchTemplateId: z.string(),
  launchTemplateVersion: z.string().check(z.regex(/^\d+$/)),
  /** The group's whole mixed instances policy as Auto Scaling returned it (JSON text), where it has one. */
  mixedInstancesPolicy: z.optional(z.string()),
});
export type FleetSpecification = z.infer<typeof FleetSpecification>;

/** `FLEET#<fleet> | STATE`: what the fleet runs. */
export const FleetState = z.object({
  fleet: z.string(),
  current: FleetSpecification,
  /** What it ran before, newest first, at most 10. */
  history: z.array(FleetSpecification),
  releaseId: z.string(),
  recordedAt: instant,
});
export type FleetState = z.infer<typeof FleetState>;

/**
 * `FLEET#<fleet> | LOCK` and `IMAGE#<image> | CLAIM`: who may act. The item stays when the lock is let go (no
 * `executionArn`), so that the generation only ever rises.
 */
export const Lock = z.object({
  executionArn: z.optional(z.string()),
  /** The release execution that will see to this fleet when its rollout dies. */
  parentExecutionArn: z.optional(z.string()),
  releaseId: z.optional(z.string()),
  generation: z.int().check(z.minimum(0)),
  acquiredAt: z.optional(instant),
  /** Executions that died holding it, since it was last free: their parked tokens may still be there. */
  deadOwners: z.optional(z.array(z.string())),
});
export type Lock = z.infer<typeof Lock>;

/** `FLEET#<fleet> | BLOCK`: the fleet needs a person; only a person clears it. */
export const Block = z.object({
  fleet: z.string(),
  reason: z.string(),
  whatToDo: z.string(),
  releaseId: z.string(),
  since: instant,
});
export type Block = z.infer<typeof Block>;

export const Hold = z.object({
  checkpointPercent: z.int(),
  /** When the look saw the checkpoint reached. */
  since: instant,
  /** False when a person had suspended the process before: then Kiln never lifts it. */
  ours: z.boolean(),
});
export type Hold = z.infer<typeof Hold>;

/** Which instances a canary gate compares: ids, at most 50 of each side. */
export const Comparison = z.object({
  baseline: z.array(z.string()),
  canary: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;

/** `FLEET#<fleet> | ROLLOUT`: the rollout under way. Written before the first act, deleted with the lock. */
export const RolloutRecord = z.object({
  fleet: z.string(),
  releaseId: z.string(),
  executionArn: z.string(),
  /** `back` from the moment it is decided, and never `forward` again. */
  direction: z.enum(['forward', 'back']),
  startedAt: instant,
  /** The fleet's whole specification before anything moved: where the way back leads. */
  from: FleetSpecification,
  /** Where a forward rollout leads. `launchTemplateVersion` is absent until it is made. */
  to: z.optional(
    z.object({
      version: z.string(),
      imageId: z.string(),
      launchTemplateId: z.string(),
      launchTemplateVersion: z.optional(z.string()),
      /** Set before the version is asked for: one may exist from here on. */
      requestedAt: z.optional(instant),
    }),
  ),
  /** True once a forward refresh may have been asked for: an instance may have moved. */
  moved: z.boolean(),
  /** When the forward refresh was first asked for; it may not be visible at once. */
  refreshRequestedAt: z.optional(instant),
  /** Highest checkpoint that was held, judged green and resumed from; 0 before the first. */
  judgedPercent: z.int(),
  /** Present while the `InstanceRefresh` process is suspended by Kiln. */
  hold: z.optional(Hold),
  /** Since when reading the gates has failed without a success between. */
  unreadableSince: z.optional(instant),
  /** Present from when both versions were first in service, where a gate compares them. */
  comparison: z.optional(Comparison),
  wayBack: z.optional(
    z.object({
      since: instant,
      reason: z.string(),
      /** Nobody answered: earlier waves do not go back with this fleet. */
      keepsProven: z.optional(z.boolean()),
      /** Refreshes started on the way back, so far. */
      attempts: z.int(),
      lastAttemptAt: z.optional(instant),
      /** The fleet was blocked before: what is under way is brought to its end, and no refresh is started. */
      endsOnly: z.optional(z.boolean()),
      /** Instances on the wanted version at the last look that saw more of them, and when that was. */
      progress: z.optional(z.object({ instances: z.int(), since: instant })),
    }),
  ),
});
export type RolloutRecord = z.infer<typeof RolloutRecord>;

export const FleetOutcome = z.enum(['rolled-out', 'rolled-back', 'untouched', 'needs-a-person']);
export type FleetOutcome = z.infer<typeof FleetOutcome>;

/** `RELEASE#<id> | FLEET#<fleet>`: how the fleet fared; rewritten when it goes back later. */
export const ReleaseFleet = z.object({
  fleet: z.string(),
  from: z.string(),
  to: z.string(),
  endedOn: z.string(),
  outcome: FleetOutcome,
  reason: z.string(),
  endedAt: instant,
  /** It went back because nobody answered, and earlier waves are to stay. */
  keepsProven: z.optional(z.boolean()),
});
export type ReleaseFleet = z.infer<typeof ReleaseFleet>;

const together = z.enum(['green', 'red', 'inconclusive', 'unreadable']);
const judged = z.object({
  gate: z.string(),
  mode: z.string(),
  verdict: z.string(),
  reason: z.string(),
  /** JSON text: the numbers that it was made from, where the reason does not hold them all. */
  evidence: z.optional(z.string()),
});

/** `RELEASE#<id> | VERDICT#<fleet>#<checkpoint>`: what the gates said when a rollout went on or turned back there. */
export const FleetVerdict = z.object({
  fleet: z.string(),
  /** 100 is the soak. */
  checkpointPercent: z.int(),
  at: instant,
  decision: z.enum(['resume', 'roll-back', 'complete']),
  /** Of the enforced gates together. */
  verdict: together,
  /** Why it was decided so. */
  reason: z.string(),
  /** Every gate of the policy, those that only observe too. */
  gates: z.array(judged),
});
export type FleetVerdict = z.infer<typeof FleetVerdict>;

/** `RELEASE#<id> | VERDICT#wave/<wave>`: what the gates said when the soak of a wave ended. */
export const WaveVerdict = z.object({
  wave: z.string(),
  at: instant,
  decision: z.enum(['complete', 'roll-back', 'keep-proven']),
  /** Of all that decided, together. */
  verdict: together,
  reason: z.string(),
  /** The gates of the wave itself. */
  gates: z.array(judged),
  /** What the gates of its fleets said together that can be asked at rest: the worst first, at most a hundred. */
  fleets: z.array(z.object({ fleet: z.string(), verdict: z.string(), reason: z.string() })),
});
export type WaveVerdict = z.infer<typeof WaveVerdict>;

const question = z.object({
  askedAt: instant,
  expiresSeconds: z.int(),
  /** Since when a refresh is held for it. */
  heldSince: z.optional(instant),
  /** Absent until somebody has answered. */
  decision: z.optional(z.enum(['approve', 'reject'])),
  by: z.optional(z.string()),
  why: z.optional(z.string()),
  answeredAt: z.optional(instant),
  /** Where people are sent a link to answer by. */
  link: z.optional(
    z.object({
      /** What links to this question carry; without their signature it opens nothing. */
      nonce: z.string(),
      /** The execution that waits for the answer. */
      executionArn: z.string(),
      /** What is asked about, as people know it: `web-prod at checkpoint 10 %`. */
      subject: z.string(),
      /** Why it is asked: what the gates saw. */
      asked: z.string(),
      /** What happens when nobody answers. */
      otherwise: z.string(),
    }),
  ),
});

/** `RELEASE#<id> | APPROVAL#<fleet>#<checkpoint>`: a question to a person, and the one answer to it. */
export const Approval = z.object({
  fleet: z.string(),
  checkpointPercent: z.int(),
  ...question.shape,
});
export type Approval = z.infer<typeof Approval>;

/** `RELEASE#<id> | APPROVAL#wave/<wave>`: the same about a wave, after its soak. */
export const WaveApproval = z.object({ wave: z.string(), ...question.shape });
export type WaveApproval = z.infer<typeof WaveApproval>;

export const VersionStatus = z.enum([
  'baking',
  'baked',
  'inspected',
  'promoted',
  'quarantined',
  'failed',
]);
export type VersionStatus = z.infer<typeof VersionStatus>;

/** `IMAGE#<image> | VERSION#<label>`. */
export const ImageVersion = z.object({
  image: z.string(),
  label: z.string(),
  status: VersionStatus,
  reason: z.string(),
  releaseId: z.string(),
  claimedAt: instant,
  /** Set before the bake is asked for: a bake may exist from here on. */
  bakeRequestedAt: z.optional(instant),
  buildVersionArn: z.optional(z.string()),
  /** When a look first saw the image available: its scan is waited for from then on. */
  availableSince: z.optional(instant),
  imageId: z.optional(z.string()),
});
export type ImageVersion = z.infer<typeof ImageVersion>;

export const ReleaseOutcome = z.enum([
  'promoted',
  'rolled-back',
  'failed',
  'duplicate',
  'merged',
  'needs-a-person',
]);
export type ReleaseOutcome = z.infer<typeof ReleaseOutcome>;

/** `RELEASE#<id> | META`. The id is the name of the Release execution. */
export const Release = z.object({
  id: z.string(),
  image: z.string(),
  /** Absent for a rollback by hand and for a release that was merged or a duplicate. */
  version: z.optional(z.string()),
  direction: z.enum(['forward', 'back']),
  cause: Cause,
  executionArn: z.string(),
  catalogueDigest: z.string(),
  startedAt: instant,
  /** Waves begun so far; the wave under way is `waves[wavesOpened - 1]`. */
  wavesOpened: z.int(),
  /** The wave under way was soaked and judged green. */
  wavesSoaked: z.int(),
  /** Since when reading the enforced gates of the wave under way has failed, in any of its fleets, while it is soaked. */
  waveUnreadableSince: z.optional(instant),
  /** Set the moment it is decided that the fleets go back, with the reason. */
  wayBackReason: z.optional(z.string()),
  /** Set when nobody has answered and the policy keeps what is proven: the first `wavesSoaked` waves stay as they are. */
  keptReason: z.optional(z.string()),
  /** How often the moved fleets were sent back so far; absent before the first time. */
  wayBackRounds: z.optional(z.int()),
  /**
   * The step that was chosen last and for which entering of the state: a retry of the same entering gets the same
   * step, because choosing one opens a wave.
   */
  lastStep: z.optional(z.object({ enteredAt: instant, step: z.string() })),
  endedAt: z.optional(instant),
  outcome: z.optional(ReleaseOutcome),
  reason: z.optional(z.string()),
});
export type Release = z.infer<typeof Release>;

/** `EXECUTION#<arn> | PARKED`: a task that waits, and all that is needed to look again for it. */
export const Parked = z.object({
  executionArn: z.string(),
  token: z.string(),
  /** Which supervising function looks for it. */
  supervisor: z.enum(['bake', 'rollout', 'wave']),
  /** That function's whole input, as JSON text. */
  input: z.string(),
  /** Only a later (state entered, redrive count, retry count) may replace it. */
  stateEnteredAt: instant,
  redriveCount: z.int(),
  retryCount: z.int(),
  deadline: instant,
  lookAgainAt: z.optional(instant),
  /** What is awaited, in an operator's words, and what happens at the deadline. */
  awaiting: z.optional(z.string()),
});
export type Parked = z.infer<typeof Parked>;

/** `CATALOGUES | DIGEST#<digest>`: a catalogue that something may have begun by. The sweep looks at all that they name. */
export const SweptCatalogue = z.object({
  digest: z.string(),
  /** Since when a sweep finds another one deployed; absent for the one that is. */
  supersededAt: z.optional(instant),
});
export type SweptCatalogue = z.infer<typeof SweptCatalogue>;
