import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Judgement } from '../../lambdas/core/decision.ts';
import { enforcedAlarms, type GatePolicy } from '../../lambdas/core/gate-policy.ts';
import { judgeGate, judgeGates, worst } from '../../lambdas/core/judge-gates.ts';
import type { AlarmReading, TargetReading } from '../../lambdas/core/observation.ts';
import {
  aGroup,
  anInstance,
  GREEN,
  INCONCLUSIVE,
  instances,
  NEW,
  OLD,
  RED,
  UNREADABLE,
} from '../builders.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef';
const alarms: GatePolicy = { kind: 'alarms', mode: 'enforce', alarms: ['a', 'b'] };
const reading = (...all: readonly AlarmReading[]) => ({ ...GREEN, alarms: all });
const alarm = (name: string, state: AlarmReading['state'], reason = '') => ({
  name,
  state,
  reason,
});

describe('an alarms gate', () => {
  const rows: readonly [string, readonly AlarmReading[], string, string][] = [
    ['is green when all are OK', [alarm('a', 'OK'), alarm('b', 'OK')], 'green', '2 of 2 alarms OK'],
    [
      'is red when one is in ALARM, with its reason',
      [alarm('a', 'OK'), alarm('b', 'ALARM', '7 > 5')],
      'red',
      '1 of 2 alarms in ALARM: b (7 > 5)',
    ],
    [
      'is red before inconclusive',
      [alarm('a', 'INSUFFICIENT_DATA'), alarm('b', 'ALARM')],
      'red',
      '1 of 2 alarms in ALARM: b (no reason given)',
    ],
    [
      'is inconclusive without data',
      [alarm('a', 'OK'), alarm('b', 'INSUFFICIENT_DATA')],
      'inconclusive',
      '1 of 2 alarms tell nothing: b INSUFFICIENT_DATA',
    ],
    [
      'is inconclusive when an alarm is gone or not read at all',
      [alarm('a', 'MISSING')],
      'inconclusive',
      '2 of 2 alarms tell nothing: a MISSING, b MISSING',
    ],
    [
      'does not mind other alarms',
      [alarm('a', 'OK'), alarm('b', 'OK'), alarm('c', 'ALARM')],
      'green',
      '2 of 2 alarms OK',
    ],
  ];
  it.each(rows)('%s', (_, all, kind, reason) => {
    expect(judgeGate(alarms, reading(...all), aGroup(), NEW)).toEqual({ kind, reason });
  });

  it('cuts what AWS says to a length that fits', () => {
    const judged = judgeGate(
      alarms,
      reading(alarm('a', 'ALARM', 'x'.repeat(5_000))),
      aGroup(),
      NEW,
    );
    expect(judged.reason).toHaveLength('1 of 2 alarms in ALARM: a ()'.length + 200);
  });

  it('is unreadable, never a verdict, when alarms could not be read', () => {
    const reason = 'alarms could not be read: throttled';
    expect(judgeGate(alarms, UNREADABLE, aGroup(), NEW)).toEqual({ kind: 'unreadable', reason });
  });
});

describe('a target-health gate', () => {
  const judge = (
    states: readonly (string | undefined)[],
    healthyPercentMin = 75,
    more: readonly string[] = [],
  ) => {
    const group = aGroup({
      instances: [
        ...instances(states.length, NEW),
        ...instances(2, OLD),
        anInstance({ launchTemplateVersion: NEW, lifecycleState: 'Pending' }),
      ],
      targetGroupArns: [ARN, ...more],
    });
    const targets = group.instances.flatMap((one, index): TargetReading[] => {
      const state = index < states.length ? states[index] : 'unhealthy';
      return state === undefined
        ? []
        : [{ targetGroupArn: ARN, instanceId: one.instanceId, state }];
    });
    return judgeGate(
      { kind: 'target-health', mode: 'enforce', healthyPercentMin },
      { ...GREEN, targets },
      group,
      NEW,
    );
  };
  const [h, u] = ['healthy', 'unhealthy'];
  const rows: readonly [string, readonly (string | undefined)[], string, string][] = [
    [
      'green at exactly the share',
      [h, h, h, u],
      'green',
      'of 4 instances of version 7 3 healthy, 1 unhealthy, 0 undecided',
    ],
    [
      'red one past it',
      [h, h, u, u],
      'red',
      'of 4 instances of version 7 2 healthy, 2 unhealthy, 0 undecided',
    ],
    [
      'inconclusive when the undecided could decide it',
      [h, h, u, 'initial'],
      'inconclusive',
      'of 4 instances of version 7 2 healthy, 1 unhealthy, 1 undecided',
    ],
    [
      'green when the undecided cannot',
      [h, h, h, 'initial'],
      'green',
      'of 4 instances of version 7 3 healthy, 0 unhealthy, 1 undecided',
    ],
    [
      'inconclusive when one is not registered',
      [h, h, u, undefined],
      'inconclusive',
      'of 4 instances of version 7 2 healthy, 1 unhealthy, 1 undecided',
    ],
    [
      'inconclusive for unavailable and unused',
      ['unavailable', 'unused'],
      'inconclusive',
      'of 2 instances of version 7 0 healthy, 0 unhealthy, 2 undecided',
    ],
    [
      'blind for draining ones',
      [h, h, 'draining', 'draining'],
      'green',
      'of 2 instances of version 7 2 healthy, 0 unhealthy, 0 undecided',
    ],
    [
      'red for unhealthy ones that drain',
      [h, 'unhealthy.draining'],
      'red',
      'of 2 instances of version 7 1 healthy, 1 unhealthy, 0 undecided',
    ],
  ];
  it.each(rows)('is %s', (_, states, kind, numbers) => {
    expect(judge(states)).toEqual({
      kind,
      reason: `target group web: ${numbers}; healthyPercentMin 75`,
    });
  });

  it('is inconclusive without a new instance in service, whatever the old ones say', () => {
    expect(judge([])).toEqual({
      kind: 'inconclusive',
      reason: 'target group web: 0 instances of version 7 in service',
    });
  });
  it('is inconclusive with undecided ones only, even where nobody need be healthy', () => {
    expect(judge(['initial'], 0).kind).toBe('inconclusive');
  });
  it('asks every target group', () => {
    expect(judge([h, h], 75, ['arn:x:targetgroup/other/1'])).toEqual({
      kind: 'inconclusive',
      reason:
        'target group other: of 2 instances of version 7 0 healthy, 0 unhealthy, 2 undecided; healthyPercentMin 75',
    });
  });
  it('is inconclusive with a hint when the group has no target group', () => {
    const gate: GatePolicy = { kind: 'target-health', mode: 'enforce', healthyPercentMin: 100 };
    expect(judgeGate(gate, GREEN, aGroup({ instances: instances(6, NEW) }), NEW)).toEqual({
      kind: 'inconclusive',
      reason:
        'group web-prod-group has 0 target groups: attach one, or use an instance-health gate instead',
    });
  });
});

describe('an instance-health gate', () => {
  const gate: GatePolicy = { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 50 };
  const rows: readonly [string, number, number, number, Judgement['kind']][] = [
    ['green at exactly the share', 2, 2, 0, 'green'],
    ['red one past it', 1, 2, 0, 'red'],
    ['red when those that die outnumber those that live', 2, 0, 3, 'red'],
    ['red when all die before they are met in service', 0, 0, 1, 'red'],
    ['inconclusive without one', 0, 0, 0, 'inconclusive'],
  ];
  it.each(rows)('is %s', (_, healthy, sick, dying, kind) => {
    const group = aGroup({
      instances: [
        ...instances(healthy, NEW),
        ...instances(sick, NEW, { healthy: false }),
        ...instances(dying, NEW, { healthy: false, lifecycleState: 'Terminating:Wait' }),
        ...instances(3, NEW, { lifecycleState: 'Terminating' }),
        ...instances(3, OLD, { healthy: false, lifecycleState: 'Terminating' }),
        ...instances(3, NEW, { healthy: false, warmPool: true, lifecycleState: 'Warmed:Stopped' }),
        ...instances(3, OLD, { healthy: false }),
      ],
    });
    expect(judgeGate(gate, GREEN, group, NEW).kind).toBe(kind);
  });
});

describe('all gates together', () => {
  const kinds = ['green', 'red', 'inconclusive', 'unreadable'] as const;
  const order = ['red', 'unreadable', 'inconclusive', 'green'];
  it('are as bad as the worst, for every pair', () => {
    for (const a of kinds) {
      for (const b of kinds) {
        const judged = worst([
          { kind: a, reason: 'a' },
          { kind: b, reason: 'b' },
        ]);
        expect(judged.kind).toBe(order.find((kind) => kind === a || kind === b));
        expect(judged.reason).toBe(a === b ? 'a; b' : judged.kind === a ? 'a' : 'b');
      }
    }
  });
  it('are inconclusive when none is enforced', () => {
    const observed: GatePolicy = { kind: 'alarms', mode: 'observe', alarms: ['web-5xx'] };
    const report = judgeGates([observed], RED, aGroup(), NEW);
    expect(report.gates[0]).toMatchObject({
      gate: 'alarms',
      mode: 'observe',
      judgement: { kind: 'red' },
    });
    expect(report.combined).toEqual({
      kind: 'inconclusive',
      reason: 'no enforced gate: 0 judgements',
    });
  });
  it('never let an observed gate decide', () => {
    const gates: GatePolicy[] = [
      { kind: 'alarms', mode: 'observe', alarms: ['web-5xx'] },
      { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 },
    ];
    for (const seen of [RED, INCONCLUSIVE, UNREADABLE]) {
      expect(
        judgeGates(gates, seen, aGroup({ instances: instances(1, NEW) }), NEW).combined.kind,
      ).toBe('green');
    }
  });

  it('never turn from red to green by more harm', () => {
    const rank = (kind: Judgement['kind']) =>
      ['green', 'inconclusive', 'unreadable', 'red'].indexOf(kind);
    const one = fc.record({
      healthy: fc.boolean(),
      state: fc.constantFrom('healthy', 'unhealthy', 'initial', 'draining'),
    });
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.integer({ min: 1, max: 100 }),
        (all, pick, min) => {
          const ones = instances(all.length, NEW);
          const gates: GatePolicy[] = [
            { kind: 'target-health', mode: 'enforce', healthyPercentMin: min },
            { kind: 'instance-health', mode: 'enforce', healthyPercentMin: min },
          ];
          const judge = (worse: number | undefined) => {
            const group = aGroup({
              targetGroupArns: [ARN],
              instances: ones.map((instance, index) => ({
                ...instance,
                healthy: index !== worse && (all[index]?.healthy ?? false),
              })),
            });
            const targets = ones.map((instance, index) => ({
              targetGroupArn: ARN,
              instanceId: instance.instanceId,
              state:
                index === worse && all[index]?.state !== 'draining'
                  ? 'unhealthy'
                  : (all[index]?.state ?? ''),
            }));
            return judgeGates(gates, { ...GREEN, targets }, group, NEW).gates.map((gate) =>
              rank(gate.judgement.kind),
            );
          };
          const before = judge(undefined);
          judge(pick % all.length).forEach((after, index) => {
            expect(after).toBeGreaterThanOrEqual(before[index] ?? 0);
          });
        },
      ),
    );
  });
});

describe('alarms of enforced gates', () => {
  it('go along with the refresh unless their silence counts as green in every gate', () => {
    const gates: readonly GatePolicy[] = [
      { kind: 'alarms', mode: 'enforce', alarms: ['a', 'b'] },
      { kind: 'alarms', mode: 'enforce', alarms: ['b', 'c'], insufficientData: 'green' },
      { kind: 'alarms', mode: 'observe', alarms: ['d'] },
      { kind: 'alarms', mode: 'enforce', alarms: ['e'], insufficientData: 'red' },
    ];
    expect(enforcedAlarms(gates)).toEqual({ all: ['a', 'b', 'c', 'e'], mustTell: ['a', 'b', 'e'] });
  });

  it('are judged by what the gate says of silence', () => {
    const silent = reading(alarm('a', 'OK'), alarm('b', 'INSUFFICIENT_DATA'));
    const verdict = (insufficientData?: 'green' | 'red') =>
      judgeGate({ ...alarms, insufficientData }, silent, aGroup(), NEW).kind;
    expect([verdict(), verdict('green'), verdict('red')]).toEqual(['inconclusive', 'green', 'red']);
  });
});
