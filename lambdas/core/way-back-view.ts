import type { Escalate, LiftHold, Wait } from './decision.ts';
import { earliest, instantMs, showInstant, showSince } from './durations.ts';
import { countInstances, showVersions, type VersionCounts } from './instances.ts';
import type { RolloutRecord } from './ledger.ts';
import type { FleetObservation } from './observation.ts';
import { secondsUntil } from './park.ts';
import type { FleetPolicy, HealthyPercents, LookPolicy } from './policy.ts';
import { isActive, newestRefreshTo, showRefresh, suspension } from './refreshes.ts';
import { savedTemplate } from './saved-template.ts';
import { wayBackLadder } from './way-back-ladder.ts';

/** All that the steps of a decision on the way back ask. It holds no gates: going back never asks them. */
export interface WayBackView {
  readonly observation: Omit<FleetObservation, 'gates'>;
  readonly policy: FleetPolicy;
  readonly look: LookPolicy;
  readonly nowMs: number;
  /** Of the version that the fleet came from. */
  readonly counts: VersionCounts;
  readonly savedVersion: string | undefined;
  readonly ladder: readonly HealthyPercents[];
  readonly attempts: number;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  /** The fleet is blocked: what is under way is brought to its end, and nothing begun. */
  readonly endsOnly: boolean;
}

export const NOTHING_BEGUN = 'the fleet is blocked, so that nothing more is begun';

type WayBackProgress = NonNullable<NonNullable<RolloutRecord['wayBack']>['progress']>;

export function wayBackView(
  { group, refreshes, rollout, lock }: Omit<FleetObservation, 'gates'>,
  policy: FleetPolicy,
  look: LookPolicy,
  nowMs: number,
): WayBackView {
  const sinceMs = rollout.wayBack === undefined ? nowMs : instantMs(rollout.wayBack.since);
  return {
    observation: { group, refreshes, rollout, lock },
    policy,
    look,
    nowMs,
    counts: countInstances(group, rollout.from.launchTemplateVersion),
    savedVersion: savedTemplate(group)?.version,
    ladder: wayBackLadder(policy),
    attempts: rollout.wayBack?.attempts ?? 0,
    sinceMs,
    deadlineMs: sinceMs + policy.limits.wayBackSeconds * 1000,
    endsOnly: rollout.wayBack?.endsOnly === true,
  };
}

/**
 * What the caller writes to `rollout.wayBack.progress` after a look: the most healthy instances on the wanted
 * version that were ever seen, and since when. Undefined when there is nothing new to write.
 */
export function nextProgress(
  observation: Omit<FleetObservation, 'gates'>,
  nowIso: string,
): WayBackProgress | undefined {
  const { group, rollout } = observation;
  const instances = countInstances(group, rollout.from.launchTemplateVersion).healthy;
  const before = rollout.wayBack?.progress;
  return before === undefined || instances > before.instances
    ? { instances, since: nowIso }
    : undefined;
}

/** The processes without which no refresh moves on. */
const NEEDED_PROCESSES = ['InstanceRefresh', 'Launch', 'Terminate'] as const;

/** A needed process that somebody else suspended: such a suspension is never lifted by Kiln. */
export function personsSuspension({ observation }: WayBackView): string | undefined {
  if (observation.rollout.hold !== undefined) return undefined;
  const found = NEEDED_PROCESSES.flatMap((name) => suspension(observation.group, name) ?? []);
  if (found.length === 0) return undefined;
  const names = found.map((one) => `${one.name} (${one.reason})`).join(', ');
  return `suspended, and not by Kiln: ${names}`;
}

/** A wait until the earliest of the given instant, the safety net and the deadline of the way back. */
export function waitOnTheWay(
  view: WayBackView,
  reason: string,
  awaited: string,
  otherwise = 'a person is called',
  untilMs?: number,
): Wait {
  const limitMs = earliest(view.deadlineMs, untilMs);
  const then = limitMs === untilMs ? otherwise : 'a person is called';
  return {
    kind: 'wait',
    reason,
    lookAgainAtMs: earliest(limitMs, view.nowMs + view.look.refreshSeconds * 1000),
    awaiting: `${awaited}; at ${showInstant(limitMs)} at the latest ${then}`,
  };
}

/** How long the next park may last; past the deadline the next look is due at once. */
export const nextPark = (view: WayBackView): number =>
  secondsUntil(earliest(view.deadlineMs, view.nowMs + view.look.refreshSeconds * 1000), view.nowMs);

export const tooLong = (view: WayBackView): string =>
  `on the way back for ${showSince(view.sinceMs, view.nowMs)} >= wayBackSeconds ${view.policy.limits.wayBackSeconds}`;

/**
 * What comes before all waiting: past the deadline a person, else the end of a hold that is recorded. A hold that cannot
 * be lifted ends with a person too; the machine tries once more before it blocks the fleet.
 */
export function overdueOrHeld(view: WayBackView, found: string): Escalate | LiftHold | undefined {
  const { hold } = view.observation.rollout;
  const held =
    hold === undefined
      ? ''
      : `; Kiln's hold at checkpoint ${hold.checkpointPercent} % is still recorded`;
  if (view.nowMs >= view.deadlineMs) return escalate(view, `${tooLong(view)}; ${found}${held}`);
  return hold === undefined
    ? undefined
    : { kind: 'lift-hold', reason: `${found}${held}`, parkSeconds: nextPark(view) };
}

/** The end that a person must see to, with all that they need to look at. */
export function escalate(view: WayBackView, why: string): Escalate {
  const { group, refreshes, rollout } = view.observation;
  const { version, launchTemplateVersion, launchTemplateId } = rollout.from;
  const newest = refreshes[0];
  const back = newestRefreshTo(refreshes, launchTemplateVersion, view.sinceMs);
  const suspended = group.suspendedProcesses.map((one) => `${one.name} (${one.reason})`);
  const active = refreshes.find(isActive);
  const facts = [
    `Auto Scaling group ${group.name} should run image version ${version} (launch template ${launchTemplateId} version ${launchTemplateVersion}) and nothing else`,
    `now: ${showVersions(group)}, ${view.counts.healthy} healthy of ${group.desiredCapacity} desired; saved launch template version ${view.savedVersion ?? 'unreadable'}`,
    newest === undefined ? 'no refresh is recorded' : `newest: ${showRefresh(newest)}`,
    ...(back !== undefined && back !== newest
      ? [`last to the way back: ${showRefresh(back)}`]
      : []),
    `suspended processes: ${suspended.length === 0 ? 'none' : suspended.join(', ')}`,
    ...(active === undefined
      ? []
      : [
          `Refresh ${active.instanceRefreshId} is still under way, and Kiln watches it no longer: let it end, or cancel it, first`,
        ]),
  ];
  return {
    kind: 'escalate',
    reason: `${why}; ${showVersions(group)}`,
    whatToDo: `${facts.join('. ')}. Look at the group's activity history for why instances do not launch or end, mend that, start an instance refresh to version ${launchTemplateVersion} if it is not of one version by then, and when it is start Rollout with ${JSON.stringify({ fleet: rollout.fleet, unblock: true, reason: '…' })}.`,
    parkSeconds: view.look.refreshSeconds,
  };
}
