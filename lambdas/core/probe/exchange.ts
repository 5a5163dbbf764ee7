import * as z from 'zod/mini';
import { INSTANCES_MAX, type ProbeGate, ProbeRequirements } from './policy.ts';

/** What `probe-targets` and `locate-instances` are asked, and what they answer: both sides check it. */

const ProbeTarget = z.strictObject({
  /** What reasons call it. */
  target: z.string().check(z.minLength(1)),
  scheme: z.enum(['http', 'https']),
  /** To look up, or an address. */
  connectTo: z.string().check(z.minLength(1)),
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  /** With the query. */
  path: z.string().check(z.startsWith('/')),
  /** The header of this name; with https also whom the certificate must be of. */
  host: z.string().check(z.minLength(1)),
});
export type ProbeTarget = z.infer<typeof ProbeTarget>;

export const ProbeRequest = z.strictObject({
  version: z.literal(1),
  targets: z.array(ProbeTarget).check(z.minLength(1), z.maxLength(INSTANCES_MAX)),
  asked: ProbeRequirements,
});
export type ProbeRequest = z.infer<typeof ProbeRequest>;

const count = z.int().check(z.minimum(0));

export const ProbeAnswer = z.strictObject({
  targets: z.array(
    z.strictObject({
      target: z.string(),
      passed: count,
      failed: count,
      notMade: count,
      slowestMs: z.optional(count),
      reason: z.optional(z.string()),
    }),
  ),
});
export type ProbeAnswer = z.infer<typeof ProbeAnswer>;

export const LocateRequest = z.strictObject({
  version: z.literal(1),
  instanceIds: z.array(z.string()).check(z.minLength(1), z.maxLength(INSTANCES_MAX)),
});
export type LocateRequest = z.infer<typeof LocateRequest>;

/** Those that run, by id; no others are in it. */
export const LocateAnswer = z.strictObject({
  instances: z.record(
    z.string(),
    /** Its private address, and when it was started last. */
    z.strictObject({ address: z.string(), startedAt: z.iso.datetime() }),
  ),
});
export type LocateAnswer = z.infer<typeof LocateAnswer>;

/** The one target of a URL. The catalogue has checked that it is one of https, with a name. */
export function targetOfUrl(url: string): ProbeTarget {
  const { hostname, port, pathname, search, host } = new URL(url);
  return {
    ...{ target: url, scheme: 'https', connectTo: hostname, host },
    port: port === '' ? 443 : Number(port),
    path: `${pathname}${search}`,
  };
}

type PerInstance = Exclude<ProbeGate['target'], { url: string }>;

export const targetOfInstance = (
  instanceId: string,
  address: string,
  { scheme, port, path, host }: PerInstance,
): ProbeTarget => ({
  ...{ target: instanceId, scheme, connectTo: address, port, path },
  host: host ?? `${address.includes(':') ? `[${address}]` : address}:${port}`,
});
