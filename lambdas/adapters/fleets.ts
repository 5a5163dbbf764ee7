import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetKeys } from '../core/keys.ts';
import { Block, FleetState, RolloutRecord } from '../core/ledger.ts';
import type { RolloutMandate } from '../core/mandate.ts';
import { read, readMany, write } from './table.ts';

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

/** Writes the record over whatever a dead execution left there; the lock must be held. */
export async function beginRollout(record: RolloutRecord): Promise<void> {
  await write({ put: fleetKeys(record.fleet).rollout, item: record });
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
