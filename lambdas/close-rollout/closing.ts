import type { Write } from '../adapters/table.ts';
import { fleetKeys, releaseKeys } from '../core/keys.ts';
import type {
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
  const current = state?.current.version ?? '';
  const fared: ReleaseFleet = {
    fleet: mandate.fleet,
    from: rollout?.from.version ?? current,
    to: rollout?.to?.version ?? current,
    endedOn: ended?.version ?? current,
    outcome: ending.outcome,
    reason: ending.reason,
    endedAt: at,
  };
  const outcome: Write = { put: releaseKeys(mandate.releaseId).fleet(mandate.fleet), item: fared };
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
      ? []
      : [{ put: keys.state, item: nextState(mandate, ended, present, at) }];
  return { writes: [outcome, ...done, ...recorded], fared };
}

function endedOn(ending: Ending, { rollout }: Present): FleetSpecification | undefined {
  if (rollout === undefined) return undefined;
  const { from, to } = rollout;
  if (ending.outcome !== 'rolled-out' || to?.launchTemplateVersion === undefined) return from;
  const { version, imageId, launchTemplateVersion } = to;
  return { ...from, version, imageId, launchTemplateVersion };
}

/** Forward pushes what the fleet ran onto its history, back takes it off again. */
function nextState(
  mandate: RolloutMandate,
  current: FleetSpecification,
  { rollout, state }: Present,
  at: string,
): FleetState {
  const history = state?.history ?? [];
  const forward = current.launchTemplateVersion !== rollout?.from.launchTemplateVersion;
  const past =
    forward && rollout !== undefined
      ? [rollout.from, ...history].slice(0, HISTORY)
      : history.filter((one) => one.launchTemplateVersion !== current.launchTemplateVersion);
  return {
    fleet: mandate.fleet,
    current,
    history: past,
    releaseId: mandate.releaseId,
    recordedAt: at,
  };
}
