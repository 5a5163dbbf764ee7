import { defaultBakePlan, type TraceLine } from '../../simulator/index.ts';
import { textMember } from '../../simulator/invariants/witness.ts';
import { sickImage } from '../../simulator/scenarios/behaviours.ts';
import { type Measurement, median } from './measurement.ts';
import { ALARM, deployed, oneFleet, release, type Subject, settle, subjectOf } from './subject.ts';

const SEEDS = 20;

/** A look interval and the slack that invariant 8 allows: 5 and 2 minutes. */
const SECONDS_MAX = 420;

export interface WayBack {
  /** Virtual, from the alarm's change to ALARM until the first call that takes the fleet back. */
  readonly seconds: number;
  readonly call: string;
}

/** Calls of ours that take a fleet back by themselves. */
const ACTS: ReadonlySet<string> = new Set(['CancelInstanceRefresh', 'StartInstanceRefresh']);

/**
 * A canary whose image answers wrongly from its first minute. With Auto Scaling's rollback on, that one is already under
 * way and is adopted: the way back starts then with the ledger's being told.
 */
export async function timeWayBack(subject: Subject, seed: number): Promise<WayBack> {
  const adopts = Object.values(subject.catalogue.fleets).some(({ autoRollback }) => autoRollback);
  let alarmedMs: number | undefined;
  let first: { readonly atMs: number; readonly call: string } | undefined;
  const trace = (line: TraceLine): void => {
    if (isRed(line)) alarmedMs ??= Date.parse(line.at);
    if (alarmedMs === undefined || first !== undefined) return;
    if (line.kind !== 'call' || line.role === '' || line.error !== undefined) return;
    const adoption = adopts && line.operation === 'UpdateItem' && /TurnBack/.test(line.caller);
    if (adoption || ACTS.has(line.operation)) {
      first = { atMs: Date.parse(line.at), call: adoption ? 'adoption' : line.operation };
    }
  };
  const simulation = deployed(subject, { seed, trace });
  const { imageBuilder } = simulation.account;
  imageBuilder.setBakePlan((bake) => ({ ...defaultBakePlan(bake), behaviour: sickImage }));
  await settle(simulation);
  await release(simulation, subject, 'FAILED');
  if (alarmedMs === undefined || first === undefined) {
    throw new Error(`seed ${seed}: expected an alarm and a way back, one of them did not come`);
  }
  return { seconds: (first.atMs - alarmedMs) / 1000, call: first.call };
}

const isRed = (line: TraceLine): boolean =>
  line.kind === 'event' &&
  line.detailType === 'CloudWatch Alarm State Change' &&
  textMember(line.event, 'detail', 'alarmName') === ALARM &&
  textMember(line.event, 'detail', 'state', 'value') === 'ALARM';

export async function measureWayBack(): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const autoRollback of [false, true]) {
    const subject = await subjectOf(oneFleet({ autoRollback }));
    const ways: WayBack[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) ways.push(await timeWayBack(subject, seed));
    const seconds = ways.map((way) => way.seconds);
    const backstop = autoRollback ? 'on' : 'off';
    const calls = [...new Set(ways.map(({ call }) => call))].join(', ');
    measurements.push(
      {
        name: `alarm to way back, backstop ${backstop}, median`,
        value: median(seconds),
        unit: 's',
        detail: `virtual seconds of ${SEEDS} seeds, until ${calls}`,
      },
      {
        name: `alarm to way back, backstop ${backstop}, longest`,
        value: Math.max(...seconds),
        unit: 's',
        limit: { atMost: SECONDS_MAX },
      },
    );
  }
  return measurements;
}
