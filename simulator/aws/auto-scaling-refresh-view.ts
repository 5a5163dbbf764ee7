import type { Readings } from '../contract.ts';
import {
  type Group,
  isInService,
  isInWarmPool,
  isLive,
  isStandby,
  launchMark,
  type Member,
  membersOf,
  type Refresh,
} from './auto-scaling-group.ts';
import type { HealthProbes } from './auto-scaling-health.ts';
import type { Specifications } from './auto-scaling-specification.ts';

/** A group as its refresh sees it. */
export interface RefreshView {
  /** Live, and as they shall be. */
  readonly updated: readonly Member[];
  readonly updatedReady: readonly Member[];
  /** In service, of either kind, and able to serve. */
  readonly ready: number;
  /** Live instances to replace now, those that are not ready first, then the oldest. */
  readonly replaceable: readonly Member[];
  readonly replaceableNotReady: number;
  /** Old ones that stay for good. */
  readonly ignored: readonly Member[];
  /** Old ones that a person must release first: standby or protected instances. */
  readonly blocking: readonly Member[];
  readonly standbyToTerminate: readonly Member[];
  readonly warmTotal: number;
  readonly warmToReplace: readonly Member[];
  readonly warmReady: number;
  /** Some new instance is healthy and only has to warm up. */
  readonly warming: boolean;
}

/** Sorts the instances of a group by what a refresh has to do with them. */
export function viewOf(
  group: Group,
  refresh: Refresh,
  parts: {
    specifications: Specifications;
    health: HealthProbes;
    readings: Readings;
    nowMs: number;
  },
): RefreshView {
  const { preferences } = refresh;
  const old = (member: Member) => isOld(group, refresh, member, parts.specifications);
  const { refreshSeesChecks = true } = parts.readings;
  const isReady = (member: Member) =>
    isInService(member) &&
    (refreshSeesChecks ? parts.health.serves(group, member) : member.healthy);
  const live = membersOf(group, isLive);
  const oldLive = live.filter(old);
  const updated = live.filter((member) => !old(member));
  const warmAtMs = (member: Member) => (member.inServiceMs ?? 0) + preferences.warmupSeconds * 1000;
  const serving = updated.filter(isReady);
  const updatedReady = serving.filter((member) => parts.nowMs >= warmAtMs(member));
  const held = (member: Member) => member.protected && preferences.scaleInProtected !== 'Refresh';
  const replaceable = oldLive.filter((member) => !held(member));
  const notReady = replaceable.filter((member) => !isReady(member));
  const byAge = replaceable.filter(isReady).sort((a, b) => a.launchedMs - b.launchedMs);
  const standby = membersOf(group, isStandby).filter(old);
  const heldOld = oldLive.filter(held);
  const ignoreProtected = preferences.scaleInProtected === 'Ignore';
  const warm = membersOf(group, isInWarmPool);
  return {
    updated,
    updatedReady,
    ready: updatedReady.length + oldLive.filter(isReady).length,
    replaceable: [...notReady, ...byAge],
    replaceableNotReady: notReady.length,
    ignored: ignoreProtected ? heldOld : [],
    blocking: [
      ...(ignoreProtected ? [] : heldOld),
      ...(preferences.standby === 'Wait' ? standby : []),
    ],
    standbyToTerminate: preferences.standby === 'Terminate' ? standby : [],
    warmTotal: warm.length,
    warmToReplace: warm.filter(old),
    warmReady: warm.filter(({ state }) => !state.startsWith('Warmed:Pending')).length,
    warming: serving.length > updatedReady.length,
  };
}

/**
 * Forward, everything that this refresh did not launch is old, unless matching ones are skipped. Back, only what it
 * launched is.
 */
function isOld(
  group: Group,
  refresh: Refresh,
  member: Member,
  specifications: Specifications,
): boolean {
  if (refresh.rollback !== undefined) return member.launchedFor === `${refresh.id}/forward`;
  if (refresh.preferences.skipMatching)
    return !specifications.matches(member.launch, refresh.desired ?? group.launch);
  return member.launchedFor !== launchMark(refresh);
}
