import type { RollBack, Wait } from './decision.ts';
import { earliest, instantMs, showInstant } from './durations.ts';
import { countInstances, type VersionCounts } from './instances.ts';
import { type GatesReport, judgeGates } from './judge-gates.ts';
import { lookSeconds } from './look-interval.ts';
import type { FleetObservation, RefreshObservation } from './observation.ts';
import { secondsUntil } from './park.ts';
import type { FleetPolicy, LookPolicy } from './policy.ts';
import { newestRefreshTo } from './refreshes.ts';

/** All that the steps of a forward decision ask, worked out once per look. */
export interface ForwardView {
  readonly observation: FleetObservation;
  readonly policy: FleetPolicy;
  readonly look: LookPolicy;
  readonly nowMs: number;
  /** Our own refresh, as far as it is visible. */
  readonly refresh: RefreshObservation | undefined;
  readonly counts: VersionCounts;
  readonly gates: GatesReport;
  readonly deadlineMs: number;
  /** When the enforced gates have been unreadable for too long; undefined while they can be read. */
  readonly unreadableUntilMs: number | undefined;
}

/** What stands for a launch template version that is not made yet: no instance can run it. */
const NOT_MADE = 'not made';

/** Our own forward refresh, as far as it is visible. */
export const ourRefresh = ({
  rollout,
  refreshes,
}: Pick<FleetObservation, 'rollout' | 'refreshes'>): RefreshObservation | undefined =>
  newestRefreshTo(refreshes, rollout.to?.launchTemplateVersion, instantMs(rollout.startedAt));

export function forwardView(
  observation: FleetObservation,
  policy: FleetPolicy,
  look: LookPolicy,
  nowMs: number,
): ForwardView {
  const { rollout, group } = observation;
  const startedAtMs = instantMs(rollout.startedAt);
  const version = rollout.to?.launchTemplateVersion;
  const gates = judgeGates(policy.gates, observation.gates, group, version ?? NOT_MADE);
  const unreadableSinceMs =
    rollout.unreadableSince === undefined ? nowMs : instantMs(rollout.unreadableSince);
  return {
    observation,
    policy,
    look,
    nowMs,
    refresh: ourRefresh(observation),
    counts: countInstances(group, version ?? NOT_MADE),
    gates,
    deadlineMs: startedAtMs + policy.limits.rolloutSeconds * 1000,
    unreadableUntilMs:
      gates.combined.kind === 'unreadable'
        ? unreadableSinceMs + policy.limits.unreadableSeconds * 1000
        : undefined,
  };
}

export const rollBack = (view: ForwardView, reason: string): RollBack => ({
  kind: 'roll-back',
  reason,
  parkSeconds: view.look.refreshSeconds,
});

/**
 * A wait until the earliest of: the given instant, the safety net, the limit of unreadable gates and the deadline of
 * the rollout. `untilMs` is when this wait becomes wrong, and `otherwise` what happens then. `quietSinceMs`: since when
 * only a clock or a person is waited for; such a wait is looked at ever less often, unless gates are unreadable.
 */
export function waitFor(
  view: ForwardView,
  reason: string,
  awaited: string,
  otherwise: string,
  untilMs?: number,
  quietSinceMs?: number,
): Wait {
  const limitMs = earliest(view.deadlineMs, untilMs, view.unreadableUntilMs);
  const unreadable = view.unreadableUntilMs === undefined ? '' : `; ${view.gates.combined.reason}`;
  const then = limitMs === untilMs ? otherwise : 'the fleet goes back';
  return {
    kind: 'wait',
    reason: `${reason}${unreadable}`,
    lookAgainAtMs: earliest(
      limitMs,
      safetyNetMs(view, view.unreadableUntilMs === undefined ? quietSinceMs : undefined),
    ),
    awaiting: `${awaited}; at ${showInstant(limitMs)} at the latest ${then}`,
  };
}

/** How long the next park may last: to the given instant, the deadline, or the safety net, whichever comes first. */
export const nextPark = (view: ForwardView, untilMs?: number): number =>
  secondsUntil(earliest(view.deadlineMs, untilMs, safetyNetMs(view)), view.nowMs);

const safetyNetMs = ({ look, nowMs }: ForwardView, quietSinceMs = nowMs): number =>
  nowMs + lookSeconds(look, (nowMs - quietSinceMs) / 1000) * 1000;
