import { expect, it } from 'vitest';
import type { GatePolicy } from '../../lambdas/core/gate-policy.ts';
import { enforcedUnreadable } from '../../lambdas/core/judge-gates.ts';

const alarms = (mode: GatePolicy['mode']): GatePolicy => ({ kind: 'alarms', mode, alarms: ['a'] });
const targets = (mode: GatePolicy['mode']): GatePolicy => ({
  kind: 'target-health',
  mode,
  healthyPercentMin: 100,
});
const group: GatePolicy = { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 };
const noTargets = [{ source: 'target-health', error: 'throttled' }] as const;
const noAlarms = [{ source: 'alarms', error: 'throttled' }] as const;

it.each([
  ['an enforced gate', [alarms('enforce'), targets('enforce')], noTargets, true],
  ['an observed gate alone', [alarms('enforce'), targets('observe')], noTargets, false],
  ['an observed and an enforced gate', [alarms('observe'), alarms('enforce')], noAlarms, true],
  ['no gate', [alarms('enforce'), group], noTargets, false],
  ['an observed gate, while all else', [alarms('observe'), group], noAlarms, false],
  ['anything, but nothing failed,', [alarms('enforce'), targets('enforce')], [], false],
] as const)(
  'a source that %s needs counts as unreadable as it should',
  (_, gates, unreadable, counts) => {
    expect(enforcedUnreadable(gates, { unreadable })).toBe(counts);
  },
);
