import { describe, expect, it } from 'vitest';
import { type ApprovalView, waveApprovalView } from '../../lambdas/core/approval-view.ts';
import { decideWave } from '../../lambdas/core/decide-wave.ts';
import type { ApprovalGate, GatePolicy } from '../../lambdas/core/gate-policy.ts';
import type { WaveApproval } from '../../lambdas/core/ledger.ts';
import type { GateReading, WaveObservation } from '../../lambdas/core/observation.ts';
import { waveRequest } from '../../lambdas/core/wave-request.ts';
import { waveVerdictOf } from '../../lambdas/core/wave-verdict.ts';
import {
  aFleetPolicy,
  aMix,
  at,
  aWave,
  FROM,
  GREEN,
  INCONCLUSIVE,
  isoAt,
  LOCK,
  NEW,
  OWNER,
  RED,
  UNREADABLE,
} from '../builders.ts';

const DAY = 86_400;
const POLICIES = { a: aFleetPolicy({ name: 'a' }), b: aFleetPolicy({ name: 'b' }) };
const LOOK = { refreshSeconds: 300, bakeSeconds: 900, waitingSeconds: 1800 };
const ALARMS: GatePolicy = { kind: 'alarms', mode: 'enforce', alarms: ['web-5xx'] };
const FUNCTION: GatePolicy = {
  ...{ kind: 'function', mode: 'enforce', functionName: 'orders', timeoutSeconds: 10 },
};
const PROBE: GatePolicy = {
  ...{ kind: 'probe', mode: 'enforce', target: { url: 'https://shop.example.com/up' } },
  asked: { method: 'GET', headers: {}, attempts: 2, passes: 1, timeoutSeconds: 3 },
};
const ASKS: ApprovalGate = {
  ...{ kind: 'approval', mode: 'enforce', checkpoints: [], expiresSeconds: 7 * DAY },
};
const WAVE = {
  ...aWave('rest', ['a', 'b']),
  limits: { inconclusiveSeconds: 1_200, unreadableSeconds: 900 },
};
const NOTHING: GateReading = { alarms: [], targets: [], unreadable: [] };

interface Case {
  readonly gates: readonly GatePolicy[];
  readonly own?: GateReading;
  readonly fleet?: GateReading;
  readonly unreadableSince?: number;
}

function seenIn({ own = NOTHING, fleet = GREEN, unreadableSince }: Case): WaveObservation {
  return {
    claim: LOCK,
    fleets: ['a', 'b'].map((name) => ({
      ...{ fleet: name, group: aMix(6), gates: fleet, launchTemplateVersion: NEW },
    })),
    gates: own,
    ...(unreadableSince === undefined ? {} : { unreadableSinceMs: at(unreadableSince) }),
  };
}

const decide = (one: Case, seconds: number) =>
  decideWave(
    seenIn(one),
    { ...WAVE, gates: [...one.gates] },
    POLICIES,
    LOOK,
    OWNER,
    at(0),
    at(seconds),
  );

const answers = (verdict: 'green' | 'red' | 'inconclusive'): GateReading => ({
  ...NOTHING,
  functions: [{ gate: 0, outcome: { kind: 'answered', payload: { verdict, reason: '20 of 20' } } }],
});
/** The second of the gates is probed. */
const probed = (passed: number, failed: number, notMade = 0): GateReading => ({
  ...answers('green'),
  probes: [
    {
      gate: 1,
      outcome: {
        ...{ kind: 'answered', inService: 12 },
        targets: [{ target: 'https://shop.example.com/up', passed, failed, notMade, slowestMs: 9 }],
      },
    },
  ],
});
const throws: GateReading = {
  ...NOTHING,
  functions: [{ gate: 0, outcome: { kind: 'failed', error: 'closed' } }],
};

describe('gates of a wave, beside fleets that are all green,', () => {
  const red = 'wave rest is red: function orders: 20 of 20';
  it.each([
    [
      'let it go on when green at its end',
      [FUNCTION],
      answers('green'),
      600,
      'complete',
      'wave rest is green: function orders: 20 of 20',
    ],
    [
      'are waited for until the soak is over',
      [FUNCTION],
      answers('green'),
      599,
      'wait',
      '0 of 3 fleets and gates not green',
    ],
    ['end it at once when red', [FUNCTION], answers('red'), 1, 'roll-back', red],
    [
      'alarms as well',
      [ALARMS],
      RED,
      1,
      'roll-back',
      'wave rest is red: 1 of 1 alarms in ALARM: web-5xx (7 > 5)',
    ],
    [
      'never decide where they only observe',
      [{ ...FUNCTION, mode: 'observe' }],
      answers('red'),
      600,
      'complete',
      'fleet b is green',
    ],
    [
      'are waited for while inconclusive, within their limit',
      [FUNCTION],
      answers('inconclusive'),
      1_799,
      'wait',
      '1 of 3 fleets and gates not green: wave rest is inconclusive',
    ],
    [
      'lead back past it',
      [FUNCTION],
      answers('inconclusive'),
      1_800,
      'roll-back',
      '(20 min past the soak >= inconclusiveSeconds 1200)',
    ],
    [
      'are asked by name as well',
      [FUNCTION, PROBE],
      probed(1, 0),
      600,
      'complete',
      'wave rest is green: function orders: 20 of 20; probe GET https://shop.example.com/up: 1 of 2 must pass and did, slowest 9 ms',
    ],
    [
      'end it at once when a name answers wrongly',
      [FUNCTION, PROBE],
      probed(0, 2),
      1,
      'roll-back',
      'wave rest is red: probe GET https://shop.example.com/up: 0 passed, 2 failed (1 of 2 must pass)',
    ],
    [
      'are not let through by requests that were not made',
      [FUNCTION, PROBE],
      probed(0, 0, 2),
      600,
      'wait',
      'wave rest is unreadable: probe GET https://shop.example.com/up: 0 passed, 0 failed, 2 not made',
    ],
    [
      'are no verdict when nobody asked',
      [FUNCTION],
      NOTHING,
      1_800,
      'roll-back',
      'function orders is not asked before',
    ],
    [
      'of health are asked of each fleet',
      [{ kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 }],
      NOTHING,
      600,
      'complete',
      'wave rest is green: fleet a: group web-prod-group: of 6',
    ],
  ] as const)('%s', (_, gates, own, seconds, kind, reason) => {
    const decision = decide({ gates: gates as readonly GatePolicy[], own }, seconds);
    expect(decision.kind).toBe(kind);
    expect(decision.reason).toContain(reason);
  });

  it.each([
    [1_299, 'wait'],
    [1_300, 'roll-back'],
  ])('that cannot be read since 400 s have 900 s: at %i s %s', (seconds, kind) => {
    const one = { gates: [FUNCTION], own: throws, unreadableSince: 400 };
    expect(decide(one, seconds).kind).toBe(kind);
  });
});

const ASKED: WaveApproval = { wave: 'rest', askedAt: isoAt(600), expiresSeconds: 7 * DAY };
const answered = (decision: 'approve' | 'reject', seconds: number): WaveApproval => ({
  ...ASKED,
  ...{ decision, by: 'Ann', why: 'because', answeredAt: isoAt(seconds) },
});
const asks = (asked: WaveApproval | undefined, seconds: number, gate = ASKS): GateReading => ({
  ...NOTHING,
  approval: waveApprovalView(gate, asked, at(seconds)) satisfies ApprovalView,
});
const HOLDS: ApprovalGate = { ...ASKS, onExpiry: 'hold' };
const about = (asked: WaveApproval | undefined, seconds: number, gate = ASKS, fleet = GREEN) =>
  decide({ gates: [gate], own: asks(asked, seconds, gate), fleet }, seconds);

describe('the approval of a wave', () => {
  it('is not asked before the soak is over', () => {
    expect(about(undefined, 599).kind).toBe('wait');
  });
  it('is asked when all else is green', () => {
    expect(about(undefined, 600)).toMatchObject({
      ...{ kind: 'ask', wave: 'rest', expiresSeconds: 7 * DAY, expiresAt: isoAt(600 + 7 * DAY) },
      otherwise: 'the release goes back',
    });
    expect(about(undefined, 600, HOLDS)).toMatchObject({
      otherwise: 'the waves so far keep the new version and the release ends',
    });
  });
  it('is not asked while anything is not', () => {
    expect(about(undefined, 600, ASKS, INCONCLUSIVE).kind).toBe('wait');
    expect(about(undefined, 600 + 1_800, ASKS, INCONCLUSIVE).kind).toBe('roll-back');
  });
  it('is waited for until it expires, calmly', () => {
    const decision = about(ASKED, DAY);
    expect(decision).toMatchObject({ kind: 'wait', lookAgainAtMs: at(DAY + 1_800) });
    expect(decision.kind === 'wait' && decision.awaiting).toBe(
      'a person answers (wave rest: asked at 2026-11-23T10:10:00Z, nobody has answered for 23 h 50 min); at 2026-11-30T10:10:00Z at the latest the release goes back',
    );
    expect(about(ASKED, 600 + 7 * DAY - 1)).toMatchObject({
      ...{ kind: 'wait', lookAgainAtMs: at(600 + 7 * DAY) },
    });
  });
  it('once given lets the release go on', () => {
    expect(about(answered('approve', 700), 701)).toMatchObject({ kind: 'complete' });
    expect(about(answered('approve', 700), 701).reason).toContain('approved by Ann');
  });
  it('once refused brings it back at once', () => {
    const decision = about(answered('reject', 700), 701);
    expect(decision.kind).toBe('roll-back');
    expect(decision.reason).toContain('wave rest is red: wave rest rejected by Ann');
  });
  it('is not waited for when a gate turns red', () => {
    expect(about(ASKED, DAY, ASKS, RED).kind).toBe('roll-back');
  });
  it('gives inconclusive gates their limit again from the answer on', () => {
    expect(about(ASKED, DAY, ASKS, INCONCLUSIVE).kind).toBe('wait');
    const yes = answered('approve', DAY);
    expect(about(yes, DAY + 1_199, ASKS, INCONCLUSIVE).kind).toBe('wait');
    expect(about(yes, DAY + 1_200, ASKS, INCONCLUSIVE).kind).toBe('roll-back');
  });
  it('is no excuse for gates that cannot be read', () => {
    const one = { gates: [ASKS], own: asks(ASKED, DAY), fleet: UNREADABLE };
    const seen = seenIn(one);
    const fleets = seen.fleets.map((fleet) => ({ ...fleet, unreadableSinceMs: at(DAY - 900) }));
    const wave = { ...WAVE, gates: [ASKS] };
    const decision = decideWave({ ...seen, fleets }, wave, POLICIES, LOOK, OWNER, at(0), at(DAY));
    expect(decision.kind).toBe('roll-back');
  });

  const end = 600 + 7 * DAY;
  it('that nobody gives leads back', () => {
    const decision = about(ASKED, end);
    expect(decision.kind).toBe('roll-back');
    expect(decision.reason).toContain('nobody had answered by 2026-11-30T10:10:00Z');
  });
  it('that nobody gives keeps what is proven where the policy says so', () => {
    expect(about(ASKED, end, HOLDS)).toMatchObject({ kind: 'keep-proven' });
    expect(about(ASKED, end - 1, HOLDS).kind).toBe('wait');
  });
  it('keeps nothing that is not proven: gates that are inconclusive then have their limit', () => {
    expect(about(ASKED, end + 1_199, HOLDS, INCONCLUSIVE).kind).toBe('wait');
    expect(about(ASKED, end + 1_200, HOLDS, INCONCLUSIVE).kind).toBe('roll-back');
    expect(about(ASKED, end, HOLDS, RED).kind).toBe('roll-back');
  });
});

describe('the verdict of a wave', () => {
  const verdict = (one: Case, seconds: number) =>
    waveVerdictOf(
      seenIn(one),
      { ...WAVE, gates: [...one.gates] },
      POLICIES,
      at(0),
      at(seconds),
      decide(one, seconds),
    );
  it('holds what its gates and its fleets said when it went on or back', () => {
    expect(verdict({ gates: [FUNCTION], own: answers('green') }, 600)).toMatchObject({
      ...{ wave: 'rest', at: isoAt(600), decision: 'complete', verdict: 'green' },
      gates: [
        {
          gate: 'function',
          mode: 'enforce',
          verdict: 'green',
          reason: 'function orders: 20 of 20',
        },
      ],
      fleets: [
        { fleet: 'a', verdict: 'green' },
        { fleet: 'b', verdict: 'green' },
      ],
    });
    const back = verdict({ gates: [FUNCTION], own: answers('red') }, 10);
    expect(back).toMatchObject({ decision: 'roll-back', verdict: 'red' });
  });
  it('holds what a probe was made from', () => {
    const kept = verdict({ gates: [FUNCTION, PROBE], own: probed(0, 2) }, 10);
    expect(kept?.gates.map(({ gate, verdict: said }) => [gate, said])).toEqual([
      ['function', 'green'],
      ['probe', 'red'],
    ]);
    expect(kept?.gates[0]).not.toHaveProperty('evidence');
    expect(JSON.parse(kept?.gates[1]?.evidence ?? '')).toMatchObject({
      inService: 12,
      targets: [{ failed: 2 }],
    });
  });
  it('is none while it waits or asks', () => {
    expect(verdict({ gates: [ASKS], own: asks(undefined, 600) }, 600)).toBeUndefined();
    expect(verdict({ gates: [FUNCTION], own: answers('green') }, 10)).toBeUndefined();
  });
});

it('a function is told of every fleet of the wave, and of a hundred instances', () => {
  const group = aMix(60);
  const big = { group, current: { ...FROM, launchTemplateVersion: NEW } };
  const about = { wave: 'rest', image: 'web', releaseId: 'web-1', startedAt: isoAt(0) };
  const fleets = ['a', 'b'].map((fleet) => ({ fleet, ...big }));
  const request = waveRequest(about, fleets, at(60));
  expect(request).toMatchObject({
    ...{ version: 1, wave: 'rest', image: 'web', releaseId: 'web-1' },
    ...{ startedAt: isoAt(0), askedAt: isoAt(60) },
    instances: { newCount: 120 },
  });
  expect(request.instances.new).toHaveLength(100);
  expect(request.fleets.map(({ fleet, newCount }) => [fleet, newCount])).toEqual([
    ['a', 60],
    ['b', 60],
  ]);
});
