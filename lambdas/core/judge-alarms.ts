import type { Verdict } from './decision.ts';
import type { AlarmReading } from './observation.ts';
import { quoteAws } from './refreshes.ts';

/** What an alarm that has not seen enough data tells, metric alarm or composite. */
export type InsufficientData = Verdict['kind'];

const ALARM_REASON_CHARACTERS = 200;

/**
 * Judges alarms, metric and composite ones alike. Where the policy takes INSUFFICIENT_DATA for green, one alarm at least
 * must be OK: silence of all of them is no evidence. An alarm that is missing is never taken for anything.
 */
export function judgeAlarms(
  names: readonly string[],
  readings: readonly AlarmReading[],
  insufficientData: InsufficientData = 'inconclusive',
): Verdict {
  const seen = names.map(
    (name): AlarmReading =>
      readings.find((one) => one.name === name) ?? { name, state: 'MISSING', reason: '' },
  );
  const inState = (state: AlarmReading['state']) => seen.filter((one) => one.state === state);
  const [alarming, silent, healthy] = [
    inState('ALARM'),
    inState('INSUFFICIENT_DATA'),
    inState('OK'),
  ];
  if (alarming.length > 0) {
    const which = alarming.map(
      (one) => `${one.name} (${quoteAws(one.reason, ALARM_REASON_CHARACTERS)})`,
    );
    return {
      kind: 'red',
      reason: `${alarming.length} of ${seen.length} alarms in ALARM: ${which.join(', ')}`,
    };
  }
  if (insufficientData === 'red' && silent.length > 0) {
    const which = silent.map((one) => one.name).join(', ');
    return {
      kind: 'red',
      reason: `${silent.length} of ${seen.length} alarms INSUFFICIENT_DATA, which is red by policy: ${which}`,
    };
  }
  const mute = seen.filter(
    ({ state }) =>
      state === 'MISSING' || (state === 'INSUFFICIENT_DATA' && insufficientData !== 'green'),
  );
  if (mute.length > 0 || healthy.length === 0) {
    const telling = mute.length > 0 ? mute : silent;
    const which = telling.map((one) => `${one.name} ${one.state}`);
    return {
      kind: 'inconclusive',
      reason: `${telling.length} of ${seen.length} alarms tell nothing: ${which.join(', ')}`,
    };
  }
  const taken = silent.length === 0 ? '' : `, ${silent.length} INSUFFICIENT_DATA taken for it`;
  return { kind: 'green', reason: `${healthy.length} of ${seen.length} alarms OK${taken}` };
}
