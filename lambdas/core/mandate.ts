import * as z from 'zod/mini';

/**
 * Who acts, for what: handed from state to state. With it a function finds all else in the ledger, and every write
 * and act is refused once the lock has another owner or generation.
 */

export const RolloutMandate = z.object({
  fleet: z.string(),
  releaseId: z.string(),
  executionArn: z.string(),
  generation: z.int(),
  catalogueDigest: z.string(),
});
export type RolloutMandate = z.infer<typeof RolloutMandate>;

export const ReleaseMandate = z.object({
  image: z.string(),
  releaseId: z.string(),
  executionArn: z.string(),
  generation: z.int(),
  catalogueDigest: z.string(),
  /** Absent for a rollback by hand. */
  version: z.nullish(z.string()),
});
export type ReleaseMandate = z.infer<typeof ReleaseMandate>;

/** What a failed state left behind: see `FAILURE` in lib/workflows/tasks.ts. */
export const Failure = z.object({ step: z.string(), error: z.string(), cause: z.string() });
export type Failure = z.infer<typeof Failure>;

export const showFailure = (failure: Failure): string =>
  failure.error === '' ? failure.cause : `${failure.step}: ${failure.error}: ${failure.cause}`;
