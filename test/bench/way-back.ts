import type { TraceLine } from '../../simulator/index.ts';
import { member, textMember } from '../../simulator/invariants/witness.ts';
import { sickImage } from '../../simulator/scenarios/behaviours.ts';
import { defaultBakePlan } from '../../simulator/index.ts';
import { type Measurement, median } from './measurement.ts';
import { ALARM, deployed, oneFleet, release, type Subject, settle, subjectOf } from './subject.ts';

const SEEDS = 20;

/** What the release answers when a canary is sick, and who was first. */
export interface WayBack {
  /** From the alarm's change to ALARM until the first call that takes the fleet back; virtual. */
  readonly seconds: number;
  readonly call: string;
}

/**
 * A canary whose image answers wrongly from its first minute. The way back starts with our CancelInstanceRefresh; where
 * Auto Scaling was first, with what the function says that takes its rollback over.
 */
export async function timeWayBack(subject: Subject, seed: number): Promise<WayBack> {
  let alarmedMs: number | undefined;
  let turnedBack = false;
  let first: { readonly atMs: number; readonly call: string } | undefined;
  const trace = (line: TraceLine): void => {
    if (alarmedMs === undefined) {
      if (isRed(line)) alarmedMs = Date.parse(line.at);
      return;
    }
    if (line.kind === 'state' && line.state === 'Turn back') turnedBack = true;
    if (first !== undefined || line.kind !== 'call' || line.error !== undefined) return;
    const cancels = line.operation === 'CancelInstanceRefresh' && line.role !== '';
    const adopts = turnedBack && adoptsRollback(line);
    if (cancels || adopts) first = { atMs: Date.parse(line.at), call: line.operation };
  };
  const simulation = deployed(subject, { seed, trace });
  const { imageBuilder } = simulation.account;
  imageBuilder.setBakePlan((bake) => ({ ...defaultBakePlan(bake), behaviour: sickImage }));
  await settle(simulation);
  await release(simulation, subject, 'FAILED');
  if (alarmedMs === undefined || first === undefined) {
    throw new Error(`seed ${seed}: the alarm or the way back did not come`);
  }
  return { seconds: (first.atMs - alarmedMs) / 1000, call: first.call };
}

const isRed = (line: TraceLine): boolean =>
  line.kind === 'event' &&
  line.detailType === 'CloudWatch Alarm State Change' &&
  textMember(line.event, 'detail', 'alarmName') === ALARM &&
  textMember(line.event, 'detail', 'state', 'value') === 'ALARM';
