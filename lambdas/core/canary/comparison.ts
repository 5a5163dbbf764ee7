import { inServiceOf, isInService } from '../instances.ts';
import type { Comparison } from '../ledger.ts';
import type { GroupObservation } from '../observation.ts';

/**
 * The most instances of one side that are compared. It bounds what a look reads and pays for; past some dozens more instances
 * change an interval less than a few more minutes do.
 */
export const COMPARED_MAX = 50;

/**
 * Who is compared with whom, after a look at the group: begins when instances of both versions are in service for the first
 * time. Those that have left stay for as long as there is room, because what they published counts for its time. Answers
 * the same object when nothing has changed, and nothing before it begins.
 */
export function nextComparison(
  before: Comparison | undefined,
  group: GroupObservation,
  version: string,
): Comparison | undefined {
  const canary = idsOf(inServiceOf(group, version));
  const baseline = idsOf(
    group.instances.filter((one) => isInService(one) && one.launchTemplateVersion !== version),
  );
  if (before === undefined) {
    if (canary.length === 0 || baseline.length === 0) return undefined;
    return { canary: joined([], canary), baseline: joined([], baseline) };
  }
  const next = {
    canary: joined(before.canary, canary),
    baseline: joined(before.baseline, baseline),
  };
  const same = (one: readonly string[], other: readonly string[]) => one.join() === other.join();
  const unchanged = same(next.canary, before.canary) && same(next.baseline, before.baseline);
  return unchanged ? before : next;
}

const idsOf = (instances: readonly { readonly instanceId: string }[]): readonly string[] =>
  instances.map(({ instanceId }) => instanceId).sort();

/** Who is known comes first, so that the same instances are compared from look to look. */
function joined(known: readonly string[], present: readonly string[]): string[] {
  const before = new Set(known);
  const all = [...known, ...present.filter((id) => !before.has(id))];
  if (all.length <= COMPARED_MAX) return all;
  const here = new Set(present);
  const [staying, left] = [all.filter((id) => here.has(id)), all.filter((id) => !here.has(id))];
  return [...staying, ...left].slice(0, COMPARED_MAX);
}

/** What CloudWatch is asked for: whole periods, the end exclusive. */
export interface AskedWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How long CloudWatch is given to have the values of a period. */
export const METRIC_LAG_SECONDS = 60;

/**
 * The newest `windowSeconds` of the refresh: to its end, after which no old instance is left, or to now. Undefined while not
 * one whole period is over.
 */
export function askedWindow(
  refresh: { readonly requestedAtMs: number; readonly endedAtMs?: number | undefined },
  policy: { readonly periodSeconds: number; readonly windowSeconds: number },
  nowMs: number,
): AskedWindow | undefined {
  const periodMs = policy.periodSeconds * 1000;
  const whole = (ms: number) => Math.floor(ms / periodMs) * periodMs;
  const knownToMs = nowMs - METRIC_LAG_SECONDS * 1000;
  const toMs = whole(Math.min(knownToMs, refresh.endedAtMs ?? knownToMs));
  const widest = toMs - Math.max(periodMs, policy.windowSeconds * 1000);
  const fromMs = Math.max(whole(refresh.requestedAtMs), whole(widest));
  return toMs > fromMs ? { fromMs, toMs } : undefined;
}
