import type { TraceLine } from '../world.ts';
import type { AuditedParked } from './ledger-view.ts';
import { fleetOf, type Invariant, isRunning, textMember, type Witness } from './witness.ts';

/** A task that timed out is parked anew after a second, by a function that may start cold and be retried. */
const PARK_SLACK_MS = 3 * 60_000;
/** From an event at its target to the look that it asked for: two cold starts and the calls of both functions. */
export const LOOK_BOUND_MS = 120_000;

/**
 * 6. An execution never sleeps past its deadline, and what a wake announced is looked at within a stated bound (two
 * minutes from its delivery).
 */
export const nobodyOversleeps: Invariant = (witness, broke) => {
  const owed: { kind: AuditedParked['supervisor']; what: string; arn: string; dueMs: number }[] =
    [];

  const settle = (): void => {
    const nowMs = witness.nowMs();
    for (const debt of owed.filter(({ dueMs }) => dueMs < nowMs)) {
      owed.splice(owed.indexOf(debt), 1);
      if (isRunning(witness.execution(debt.arn))) {
        broke(`${debt.arn} was not looked at within ${LOOK_BOUND_MS / 1000} s of ${debt.what}`);
      }
    }
  };
  const oversleepers = (): void => {
    for (const { executionArn, deadline, supervisor } of witness.ledger().parked) {
      const lateMs = witness.nowMs() - Date.parse(deadline);
      if (lateMs <= PARK_SLACK_MS || !isRunning(witness.execution(executionArn))) continue;
      broke(`${executionArn} sleeps (${supervisor}) past its deadline ${deadline}`);
    }
  };
  return {
    line: (line) => {
      if (line.kind === 'invocation' && line.phase === 'started') {
        const kind = /Supervise-?(Bake|Rollout|Wave)/i.exec(line.functionName)?.[1]?.toLowerCase();
        const paid = owed.filter((debt) => debt.kind === kind);
        for (const debt of paid) owed.splice(owed.indexOf(debt), 1);
      }
      if (line.kind === 'event' && line.delivered.some((arn) => isWake(arn))) {
        for (const parked of concerned(witness, line)) {
          owed.push({
            kind: parked.supervisor,
            what: `${line.detailType} at ${line.at}`,
            arn: parked.executionArn,
            dueMs: witness.nowMs() + LOOK_BOUND_MS,
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
  const { parked } = witness.ledger();
  const groupName = textMember(line.event, 'detail', 'AutoScalingGroupName');
  const alarm = textMember(line.event, 'detail', 'alarmName');
  const fleets = Object.values(witness.catalogue.fleets).filter(
    (fleet) =>
      fleet.autoScalingGroupName === groupName ||
      fleet.gates.some((gate) => gate.kind === 'alarms' && gate.alarms.includes(alarm ?? '')),
  );
  return parked.filter(({ supervisor, executionArn }) => {
    if (supervisor !== 'rollout') return false;
    const execution = witness.execution(executionArn);
    const fleet = execution === undefined ? undefined : fleetOf(execution);
    return isRunning(execution) && fleets.some(({ name }) => name === fleet);
  });
}
