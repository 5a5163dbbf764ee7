import * as z from 'zod/mini';
import { Cause } from './ledger.ts';

/** `IMAGE#<image> | PENDING`: causes that came while a release of the image ran, for one follow-up. */
export const Pending = z.object({
  causes: z.array(Cause).check(z.minLength(1)),
  /** Rises with every cause that is added, so that what was read is what is taken away. */
  revision: z.int(),
});
export type Pending = z.infer<typeof Pending>;

/** `IMAGE#<image> | CAUSE#<id>`: a cause that is known, and the release that saw to it. No end: a bad version stays bad. */
export const KnownCause = z.object({
  id: z.string(),
  releaseId: z.string(),
  /** The event that told it; a second delivery of the same event is no second cause. */
  eventId: z.optional(z.string()),
  since: z.iso.datetime(),
  /** The cause itself, where Kiln started the release: it is asked for again when that one died before it opened. */
  cause: z.optional(Cause),
  /** When a release of it opened, or it was merged into another. */
  openedAt: z.optional(z.iso.datetime()),
});
export type KnownCause = z.infer<typeof KnownCause>;

/** `IMAGE#<image> | CURRENT`: what was promoted last. */
export const CurrentVersion = z.object({
  version: z.string(),
  releaseId: z.string(),
  at: z.iso.datetime(),
  previous: z.optional(z.string()),
  /** What was promoted before that, newest first. */
  earlier: z.optional(z.array(z.string())),
});
export type CurrentVersion = z.infer<typeof CurrentVersion>;

/** `IMAGE#<image> | BASE`: the base image as it was seen last. */
export const SeenBase = z.object({
  parameter: z.string(),
  value: z.string(),
  seenAt: z.iso.datetime(),
});
export type SeenBase = z.infer<typeof SeenBase>;
