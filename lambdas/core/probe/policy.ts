import * as z from 'zod/mini';

/** A `probe` gate as the workflows obey it: requests that Kiln makes itself, and what their answers must be. */

/** Nothing longer is sent to the prober or kept: of the body so much is read, and the match is looked for in that. */
export const BODY_BYTES_MAX = 65_536;
export const PATTERN_CHARACTERS_MAX = 100;
export const INSTANCES_MAX = 25;
export const ATTEMPTS_MAX = 10;
/** All attempts of one target together: a look has a minute, in which targets are asked side by side. */
export const ATTEMPTS_SECONDS_MAX = 20;

/** What is asked of one target, whatever it is. */
export const ProbeRequirements = z.object({
  method: z.enum(['GET', 'POST']),
  headers: z.record(z.string(), z.string()),
  body: z.optional(z.string()),
  /** Those that pass; absent: 200 to 299. */
  statuses: z.optional(z.array(z.int()).check(z.minLength(1))),
  /** From the beginning of the attempt to the last byte that was read. */
  latencyMsMax: z.optional(z.int().check(z.minimum(1))),
  contains: z.optional(z.string()),
  /** As `pattern.ts` takes it. */
  matches: z.optional(z.string().check(z.maxLength(PATTERN_CHARACTERS_MAX))),
  /** At most so many, of which so many must pass. */
  attempts: z.int().check(z.minimum(1), z.maximum(ATTEMPTS_MAX)),
  passes: z.int().check(z.minimum(1), z.maximum(ATTEMPTS_MAX)),
  /** Of one attempt, from looking the name up to the end of the body. */
  timeoutSeconds: z.int().check(z.minimum(1), z.maximum(ATTEMPTS_SECONDS_MAX)),
});
export type ProbeRequirements = z.infer<typeof ProbeRequirements>;

/** Where the prober stands; sorted, so that the same place is written alike. */
const ProbeVpc = z.object({
  subnetIds: z.array(z.string()).check(z.minLength(1)),
  securityGroupIds: z.array(z.string()).check(z.minLength(1)),
});
export type ProbeVpc = z.infer<typeof ProbeVpc>;

/** New instances by their private addresses. */
const PerInstance = z.object({
  scheme: z.enum(['http', 'https']),
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  path: z.string(),
  /** What the request asks for (`Host`), and with https whom the certificate must be of. */
  host: z.optional(z.string()),
  instancesMax: z.int().check(z.minimum(1), z.maximum(INSTANCES_MAX)),
  /** Younger ones are left out: they start. Absent: the grace period of the group's health checks. */
  settleSeconds: z.optional(z.int().check(z.minimum(0))),
});

export const ProbeGate = z.object({
  kind: z.literal('probe'),
  mode: z.enum(['enforce', 'observe']),
  target: z.union([z.object({ url: z.string() }), PerInstance]),
  asked: ProbeRequirements,
  vpc: z.optional(ProbeVpc),
});
/** Requests of Kiln's own to a name, or to each of some new instances, must be answered as asked. */
export type ProbeGate = z.infer<typeof ProbeGate>;

/** Between two attempts at a target. */
export const PAUSE_MS = 500;

/** How long all attempts take at the longest; targets are asked side by side. */
export const attemptsMs = ({ attempts, timeoutSeconds }: ProbeRequirements): number =>
  attempts * timeoutSeconds * 1000 + (attempts - 1) * PAUSE_MS;

/** By what the prober of a place is found among those that are deployed. */
export const placeKey = (vpc: ProbeVpc | undefined): string =>
  vpc === undefined ? 'internet' : `${vpc.subnetIds.join(',')}/${vpc.securityGroupIds.join(',')}`;
