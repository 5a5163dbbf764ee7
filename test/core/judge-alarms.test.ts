import { describe, expect, it } from 'vitest';
import { judgeAlarms } from '../../lambdas/core/judge-alarms.ts';
import type { AlarmReading } from '../../lambdas/core/observation.ts';

const NAMES = ['a', 'b'];
const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA', 'MISSING'] as const;
const read = (...states: readonly AlarmReading['state'][]): readonly AlarmReading[] =>
  states.map((state, at) => ({ name: NAMES[at] ?? '', state, reason: '' }));

describe('an alarm with insufficient data', () => {
  it.each([
    [undefined, 'inconclusive', '1 of 2 alarms tell nothing: b INSUFFICIENT_DATA'],
    ['inconclusive', 'inconclusive', '1 of 2 alarms tell nothing: b INSUFFICIENT_DATA'],
    ['green', 'green', '1 of 2 alarms OK, 1 INSUFFICIENT_DATA taken for it'],
    ['red', 'red', '1 of 2 alarms INSUFFICIENT_DATA, which is red by policy: b'],
  ] as const)('is by the policy %s %s', (policy, kind, reason) => {
    const judged = judgeAlarms(NAMES, read('OK', 'INSUFFICIENT_DATA'), policy);
    expect(judged).toEqual({ kind, reason });
  });

  it('is no evidence when there is no other, whatever the policy takes it for', () => {
    const silent = read('INSUFFICIENT_DATA', 'INSUFFICIENT_DATA');
    expect(judgeAlarms(NAMES, silent, 'green')).toEqual({
      kind: 'inconclusive',
      reason: '2 of 2 alarms tell nothing: a INSUFFICIENT_DATA, b INSUFFICIENT_DATA',
    });
  });

  it('never excuses one that is missing, nor hides one in ALARM', () => {
    expect(judgeAlarms(NAMES, read('OK', 'MISSING'), 'green').kind).toBe('inconclusive');
    expect(judgeAlarms(NAMES, read('OK'), 'green').reason).toContain('b MISSING');
    for (const policy of ['green', 'red', 'inconclusive'] as const) {
      expect(judgeAlarms(NAMES, read('INSUFFICIENT_DATA', 'ALARM'), policy)).toMatchObject({
        kind: 'red',
        reason: '1 of 2 alarms in ALARM: b (no reason given)',
      });
    }
  });

  it('green always has an alarm that is OK and none that is in ALARM or missing', () => {
    for (const policy of ['green', 'red', 'inconclusive'] as const) {
      for (const one of STATES) {
        for (const other of STATES) {
          const { kind } = judgeAlarms(NAMES, read(one, other), policy);
          const states: readonly string[] = [one, other];
          const mayBeGreen =
            states.includes('OK') && !states.includes('ALARM') && !states.includes('MISSING');
          if (kind === 'green') expect(mayBeGreen).toBe(true);
          if (states.includes('ALARM')) expect(kind).toBe('red');
        }
      }
    }
  });
});
