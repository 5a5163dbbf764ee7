import { type RehearsedWave, settingsOf } from '../scenarios/catalogue.ts';
import type { TraceLine } from '../world.ts';
import type { AuditedParked } from './ledger-view.ts';
import {
  fleetOf,
  type Invariant,
  isRunning,
  member,
  textMember,
  type Witness,
  type WitnessedExecution,
} from './witness.ts';

/** A task that timed out is parked anew after a second, by a function that may start cold and be retried. */
const PARK_SLACK_MS = 3 * 60_000;
/** From an event at its target to the look that it asked for: two cold starts and the calls of both functions. */
export const LOOK_BOUND_MS = 120_000;

/** A look that an event has asked for. */
interface Debt {
  readonly kind: AuditedParked['supervisor'];
  readonly what: string;
  readonly arn: string;
  readonly sinceMs: number;
}

/**
 * 6. An execution never sleeps past its deadline, and what a wake announced is looked at within a stated bound (two
 * minutes from its delivery).
 */
export const nobodyOversleeps: Invariant = (witness, broke) => {
  const owed: Debt[] = [];
  const pay = (isPaid: (debt: Debt) => boolean): void => {
    for (const debt of owed.filter(isPaid)) owed.splice(owed.indexOf(debt), 1);
  };

  /** When each execution entered a state last. */
  const entered = new Map<string, number>();
  /** An item whose execution has gone on is a leftover of a function that died, and sleeps no more. */
  const hasGoneOn = ({ executionArn, stateEnteredAt }: AuditedParked): boolean =>
    stateEnteredAt !== undefined && (entered.get(executionArn) ?? 0) > Date.parse(stateEnteredAt);

  const settle = (): void => {
    const overdue = owed.filter(({ sinceMs }) => witness.calmMsSince(sinceMs) > LOOK_BOUND_MS);
    for (const debt of overdue) {
      owed.splice(owed.indexOf(debt), 1);
      if (isRunning(witness.execution(debt.arn))) {
        broke(`${debt.arn} was not looked at within ${LOOK_BOUND_MS / 1000} s of ${debt.what}`);
      }
    }
  };
  const oversleepers = (): void => {
    for (const parked of witness.ledger().parked) {
      const { executionArn, deadline, supervisor } = parked;
      if (hasGoneOn(parked)) continue;
      const lateMs = witness.calmMsSince(Date.parse(deadline));
      if (lateMs <= PARK_SLACK_MS || !isRunning(witness.execution(executionArn))) continue;
      broke(`${executionArn} sleeps (${supervisor}) past its deadline ${deadline}`);
    }
  };
  return {
    line: (line) => {
      if (line.kind === 'state' && line.phase === 'entered') {
        entered.set(line.execution, witness.nowMs());
        // Somebody was looking at it when the event came: it sleeps no more.
        pay((debt) => debt.arn === line.execution);
      }
      if (line.kind === 'invocation' && line.phase === 'started') {
        const kind = /Supervise-?(Bake|Rollout|Wave)/i.exec(line.functionName)?.[1]?.toLowerCase();
        pay((debt) => debt.kind === kind);
      }
      if (line.kind === 'event' && line.delivered.some((arn) => isWake(arn))) {
        for (const parked of concerned(witness, line)) {
          owed.push({
            kind: parked.supervisor,
            what: `${line.detailType} at ${line.at}`,
            arn: parked.executionArn,
            sinceMs: witness.nowMs(),
          });
        }
      }
    },
    minute: () => {
      settle();
      oversleepers();
    },
  };
};

/** CDK writes the name of the construct, `Wake`, into the name of the function. */
const isWake = (arn: string): boolean => /:function:.*Wake/.test(arn);

/** Who is parked at this moment because of what the event is about. */
function concerned(
  witness: Witness,
  line: Extract<TraceLine, { kind: 'event' }>,
): readonly AuditedParked[] {
  const groupName = textMember(line.event, 'detail', 'AutoScalingGroupName');
  const alarm = textMember(line.event, 'detail', 'alarmName');
  const fleets = Object.values(witness.catalogue.fleets).filter(
    (fleet) => fleet.autoScalingGroupName === groupName || names(fleet, alarm),
  );
  const resources = member(line.event, 'resources');
  const [arn] = Array.isArray(resources) ? resources.map(String) : [];
  return witness.ledger().parked.filter((parked) => {
    const execution = witness.execution(parked.executionArn);
    if (execution === undefined || !isRunning(execution)) return false;
    switch (parked.supervisor) {
      case 'rollout':
        return fleets.some(({ name }) => name === fleetOf(execution));
      case 'bake': {
        const image = witness.catalogue.images[textMember(execution.input, 'image') ?? ''];
        return image !== undefined && arn?.includes(`:image/${image.recipeName}/`) === true;
      }
      case 'wave': {
        const wave = waveOf(witness, parked, execution);
        if (wave === undefined) return false;
        return names(wave, alarm) || fleets.some(({ name }) => wave.fleets.includes(name));
      }
      default:
        return parked.supervisor satisfies never;
    }
  });
}

const names = ({ gates = [] }: Pick<RehearsedWave, 'gates'>, alarm: string | undefined) =>
  gates.some((gate) => gate.kind === 'alarms' && gate.alarms.includes(alarm ?? ''));

/** The wave that a parked look is about: its number, from 1, among those of the image. */
function waveOf(
  witness: Witness,
  { input }: AuditedParked,
  execution: WitnessedExecution,
): RehearsedWave | undefined {
  const wave = member(JSON.parse(input), 'wave');
  const image = textMember(execution.input, 'image');
  const setting = settingsOf(witness.catalogue).find((one) => one.image.name === image);
  return typeof wave === 'number' ? setting?.waves[wave - 1] : undefined;
}
