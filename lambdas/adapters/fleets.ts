import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetKeys } from '../core/keys.ts';
import { Block, FleetState, RolloutRecord } from '../core/ledger.ts';
import type { RolloutMandate } from '../core/mandate.ts';
import { assertFleetIsOurs, stillOurs } from './locks.ts';
import { type Condition, read, readMany, type Write, write, writeTogether } from './table.ts';

export const readFleetState = (fleet: string): Promise<FleetState | undefined> =>
  read(fleetKeys(fleet).state, FleetState);
/** Of those that have one, by fleet. */
export async function readFleetStates(
  fleets: readonly string[],
): Promise<ReadonlyMap<string, FleetState>> {
  const found = await readMany(
    fleets.map((fleet) => fleetKeys(fleet).state),
    FleetState,
  );
  return new Map(found.map(({ item }) => [item.fleet, item]));
}
export const readBlock = (fleet: string): Promise<Block | undefined> =>
  read(fleetKeys(fleet).block, Block);
export const findRollout = (fleet: string): Promise<RolloutRecord | undefined> =>
  read(fleetKeys(fleet).rollout, RolloutRecord);

/** The rollout that this execution leads. @throws KilnError Outbid when it is another's or none */
export async function readRollout(mandate: RolloutMandate): Promise<RolloutRecord> {
  const record = await findRollout(mandate.fleet);
  if (record?.executionArn === mandate.executionArn) return record;
  throw new KilnError(
    ErrorName.Outbid,
    `the rollout of fleet ${mandate.fleet} belongs to ${record?.executionArn ?? 'nobody'}, not to ${mandate.executionArn} any more`,
  );
}

/**
 * Writes the record over `before`: nothing, or what a dead execution left there. Only while the lock is ours and the record is
 * as it was read: a survey that was stopped may write minutes later, and a dead execution's act may end as it is taken over.
 *
 * @throws KilnError Outbid when the fleet has another owner by now; Transient when the record has changed
 */
export async function beginRollout(
  mandate: RolloutMandate,
  record: RolloutRecord,
  before: RolloutRecord | undefined,
): Promise<void> {
  const { lock, rollout } = fleetKeys(mandate.fleet);
  const put: Write = { put: rollout, item: record, when: isStill(before) };
  if (await writeTogether([stillOurs(lock, mandate), put])) return;
  await assertFleetIsOurs(mandate);
  // Another attempt of this very survey, whose answer was lost, has written it.
  if ((await findRollout(mandate.fleet))?.executionArn === mandate.executionArn) return;
  throw new KilnError(
    ErrorName.Transient,
    `the rollout on record for fleet ${mandate.fleet} has changed since it was read`,
  );
}

/** That a record has come no further than what was read. */
function isStill(before: RolloutRecord | undefined): Condition {
  if (before === undefined) return { absent: ['pk'] };
  const { executionArn, direction, moved, hold, to, refreshRequestedAt } = before;
  const fields = Object.entries({
    ...{ executionArn, direction, moved, refreshRequestedAt },
    'hold.since': hold?.since,
    'to.requestedAt': to?.requestedAt,
    'to.launchTemplateVersion': to?.launchTemplateVersion,
  });
  return {
    equals: Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
    absent: fields.flatMap(([field, value]) => (value === undefined ? [field] : [])),
  };
}

/** Changes fields of the rollout under way. False when it is not this execution's any more, or `absent` fields are there. */
export const changeRollout = (
  mandate: Pick<RolloutMandate, 'fleet' | 'executionArn'>,
  change: { readonly set?: Readonly<Record<string, unknown>>; readonly remove?: readonly string[] },
  absent: readonly string[] = [],
): Promise<boolean> =>
  write({
    update: fleetKeys(mandate.fleet).rollout,
    ...change,
    when: { equals: { executionArn: mandate.executionArn }, absent },
  });

/** Writes that the launch template version of a rollout is asked for. False when somebody else has since it was read. */
export const askForVersion = (mandate: RolloutMandate, record: RolloutRecord, at: string) => {
  const { executionArn } = mandate;
  const before = record.to?.requestedAt;
  return write({
    update: fleetKeys(mandate.fleet).rollout,
    set: { 'to.requestedAt': at },
    when:
      before === undefined
        ? { equals: { executionArn }, absent: ['to.requestedAt'] }
        : { equals: { executionArn, 'to.requestedAt': before } },
  });
};

/** As `changeRollout`, for changes that must be made. @throws KilnError Outbid */
export async function mustChangeRollout(
  mandate: RolloutMandate,
  change: Parameters<typeof changeRollout>[1],
): Promise<void> {
  if (await changeRollout(mandate, change)) return;
  throw new KilnError(
    ErrorName.Outbid,
    `the rollout of fleet ${mandate.fleet} is not that of ${mandate.executionArn} any more`,
  );
}
