import type { Write } from '../adapters/table.ts';
import { fleetKeys, releaseKeys } from '../core/keys.ts';
import type {
  Block,
  FleetOutcome,
  FleetSpecification,
  FleetState,
  ReleaseFleet,
  RolloutRecord,
} from '../core/ledger.ts';
import type { RolloutMandate } from '../core/mandate.ts';

export interface Ending {
  readonly outcome: FleetOutcome;
  readonly reason: string;
  readonly whatToDo: string;
  /** Marks the fleet as one that needs a person. */
  readonly block?: boolean;
  /** Clears such a mark: the fleet is of one version again, by a way back that a person asked for. */
  readonly clear?: boolean;
  /** What such a mark says from now on; it stays. */
  readonly stays?: Block;
  /** What a fleet runs that was there already, whoever brought it there. */
  readonly found?: FleetSpecification | undefined;
}

export interface Present {
  readonly rollout: RolloutRecord | undefined;
  readonly state: FleetState | undefined;
}

/** How many specifications a fleet can go back through. */
const HISTORY = 10;

/** What an ending writes, beside letting the lock go. */
export function closingWrites(
  mandate: RolloutMandate,
  ending: Ending,
  present: Present,
  at: string,
): { readonly writes: readonly Write[]; readonly fared: ReleaseFleet } {
  const { rollout, state } = present;
  const keys = fleetKeys(mandate.fleet);
  const ended = endedOn(ending, present);
  const current = (ending.found ?? state?.current)?.version ?? '';
  const fared: ReleaseFleet = {
    fleet: mandate.fleet,
    from: rollout?.from.version ?? current,
    to: rollout?.to?.version ?? current,
    endedOn: ended?.version ?? current,
    outcome: ending.outcome,
    reason: ending.reason,
    endedAt: at,
    ...(ending.outcome === 'rolled-back' && rollout?.wayBack?.keepsProven === true
      ? { keepsProven: true }
      : {}),
  };
  const outcome: Write = {
    put: releaseKeys(mandate.releaseId).fleet(mandate.fleet),
    item: fared,
    // Who never had the lock has nothing to say over whoever had.
    ...(mandate.generation === 0 ? { when: { absent: ['outcome'] } } : {}),
  };
  if (ending.block === true) {
    const { fleet, releaseId } = mandate;
    const { reason, whatToDo } = ending;
    // The record stays: it knows where back is, for a person's next try.
    const block: Write = {
      put: keys.block,
      item: { fleet, releaseId, reason, whatToDo, since: at },
    };
    return { writes: [outcome, block], fared };
  }
  const done: readonly Write[] =
    rollout === undefined
      ? []
      : [{ delete: keys.rollout, when: { equals: { executionArn: mandate.executionArn } } }];
  const recorded: readonly Write[] =
    rollout === undefined || ended === undefined
      ? found(mandate, ending.found, state, at)
      : [{ put: keys.state, item: nextState(mandate, ended, present, at) }];
  const cleared: readonly Write[] = ending.clear === true ? [{ delete: keys.block }] : [];
  const stays: readonly Write[] =
    ending.stays === undefined ? [] : [{ put: keys.block, item: ending.stays }];
  return { writes: [outcome, ...done, ...recorded, ...cleared, ...stays], fared };
}

function endedOn(ending: Ending, { rollout }: Present): FleetSpecification | undefined {
  if (rollout === undefined) return undefined;
  const { from, to } = rollout;
  if (ending.outcome !== 'rolled-out' || to?.launchTemplateVersion === undefined) return from;
  const { version, imageId, launchTemplateVersion } = to;
  return { ...from, version, imageId, launchTemplateVersion };
}

/** Whoever brought the fleet there, it was not this release: it has nothing of its own to bring back. */
function found(
  { fleet, releaseId }: RolloutMandate,
  current: FleetSpecification | undefined,
  state: FleetState | undefined,
  recordedAt: string,
): readonly Write[] {
  if (current === undefined) return [];
  const history = (state?.history ?? []).filter((one) => !isSame(one, current));
  const item = { fleet, current, history, releaseId: state?.releaseId ?? releaseId, recordedAt };
  return [{ put: fleetKeys(fleet).state, item }];
}

const isSame = (one: FleetSpecification, other: FleetSpecification): boolean =>
  one.launchTemplateVersion === other.launchTemplateVersion;

/** Forward pushes what the fleet ran onto its history, back takes it off again, with all that came after it. */
function nextState(
  mandate: RolloutMandate,
  current: FleetSpecification,
  { rollout, state }: Present,
  at: string,
): FleetState {
  const history = state?.history ?? [];
  const from = rollout?.from;
  const past =
    from !== undefined && !isSame(current, from)
      ? [from, ...history].slice(0, HISTORY)
      : history
          .slice(history.findIndex((one) => isSame(one, current)) + 1)
          .filter((one) => !isSame(one, current));
  return {
    fleet: mandate.fleet,
    current,
    history: past,
    releaseId: mandate.releaseId,
    recordedAt: at,
  };
}
