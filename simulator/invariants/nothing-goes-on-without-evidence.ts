import type { RehearsedFleet } from '../scenarios/catalogue.ts';
import { fleetOf, type Invariant } from './witness.ts';

/** States of Rollout that follow a judgement that all is well, and nothing else. */
const GOES_ON: ReadonlySet<string> = new Set(['Publish the image of the fleet']);
/** From the look that judged to the state that acts on it, retries of the look's calls included; and from one sample to the next. */
const JUDGED_MS = 3 * 60_000;

/**
 * 12. Nothing goes on without evidence: no fleet is recorded as rolled out while an enforced alarm of its gates has not been
 * OK for minutes. Insufficient data is no evidence, unless the gate says that it is.
 */
export const nothingGoesOnWithoutEvidence: Invariant = (witness, broke) => {
  const notOkSince = new Map<string, number>();
  const fleets = Object.values(witness.catalogue.fleets);

  const sample = (): void => {
    for (const alarm of fleets.flatMap(decidingAlarms)) {
      const state = witness.alarm(alarm)?.state;
      if (state === 'OK') notOkSince.delete(alarm);
      else if (!notOkSince.has(alarm)) notOkSince.set(alarm, witness.nowMs());
    }
  };
  return {
    line: (line) => {
      if (line.kind === 'event' && line.detailType === 'CloudWatch Alarm State Change') sample();
      if (line.kind !== 'state' || line.phase !== 'entered' || !GOES_ON.has(line.state)) return;
      const execution = witness.execution(line.execution);
      const fleet = fleets.find(({ name }) => execution && fleetOf(execution) === name);
      for (const alarm of fleet === undefined ? [] : decidingAlarms(fleet)) {
        const sinceMs = notOkSince.get(alarm);
        if (sinceMs === undefined || witness.calmMsSince(sinceMs) < JUDGED_MS) continue;
        const state = witness.alarm(alarm)?.state ?? 'gone';
        broke(
          `${line.execution} enters "${line.state}" while alarm ${alarm} is ${state}, and not OK since ${new Date(sinceMs).toISOString()}`,
        );
      }
    },
    minute: sample,
  };
};

const decidingAlarms = ({ gates }: RehearsedFleet): readonly string[] =>
  gates.flatMap((gate) => {
    if (gate.kind !== 'alarms' || gate.mode !== 'enforce') return [];
    const lenient = 'insufficientData' in gate && gate.insufficientData === 'green';
    return lenient ? [] : gate.alarms;
  });
