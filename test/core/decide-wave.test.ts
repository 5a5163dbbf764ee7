import { describe, expect, it } from 'vitest';
import { decideWave } from '../../lambdas/core/decide-wave.ts';
import type { WaveDecision } from '../../lambdas/core/decision.ts';
import type { GatePolicy } from '../../lambdas/core/gate-policy.ts';
import type { GateReading, WaveFleetObservation } from '../../lambdas/core/observation.ts';
import {
  aCanaryGate,
  aFleetPolicy,
  aMix,
  at,
  aWave,
  GREEN,
  INCONCLUSIVE,
  LOCK,
  LOOK,
  NEW,
  OWNER,
  RED,
  UNREADABLE,
} from '../builders.ts';

const POLICIES = { a: aFleetPolicy({ name: 'a' }), b: aFleetPolicy({ name: 'b' }) };
const seen = (
  fleet: string,
  gates: GateReading,
  unreadableSince?: number,
): WaveFleetObservation => ({
  fleet,
  group: aMix(6),
  gates,
  launchTemplateVersion: NEW,
  unreadableSinceMs: unreadableSince === undefined ? undefined : at(unreadableSince),
});
const decide = (
  fleets: readonly WaveFleetObservation[],
  seconds: number,
  claim = LOCK,
): WaveDecision =>
  decideWave(
    { fleets, claim },
    aWave('rest', ['a', 'b']),
    POLICIES,
    LOOK,
    OWNER,
    at(0),
    at(seconds),
  );

const green =
  '1 of 1 alarms OK; group web-prod-group: of 6 instances of version 7 6 healthy, 0 unhealthy, 0 undecided; healthyPercentMin 100';
const mute = '1 of 1 alarms tell nothing: web-5xx INSUFFICIENT_DATA';
const all = [seen('a', GREEN), seen('b', GREEN)];

describe('the soak of a wave', () => {
  const rows: readonly [
    string,
    readonly WaveFleetObservation[],
    number,
    WaveDecision['kind'],
    string,
  ][] = [
    [
      'lasts its whole time',
      all,
      599,
      'wait',
      'wave rest soaked for 9 min 59 s (soakSeconds 600); 0 of 2 fleets not green',
    ],
    [
      'completes when all fleets are green at its end',
      all,
      600,
      'complete',
      `wave rest soaked for 10 min (soakSeconds 600); fleet a is green: ${green}; fleet b is green: ${green}`,
    ],
    [
      'ends at once when any fleet is red, naming it and its gate',
      [seen('a', GREEN), seen('b', RED)],
      1,
      'roll-back',
      'wave rest soaked for 1 s (soakSeconds 600); fleet b is red: 1 of 1 alarms in ALARM: web-5xx (7 > 5)',
    ],
    [
      'waits on while a fleet is inconclusive',
      [seen('a', GREEN), seen('b', INCONCLUSIVE)],
      1_799,
      'wait',
      `wave rest soaked for 29 min 59 s (soakSeconds 600); 1 of 2 fleets not green: fleet b is inconclusive: ${mute}`,
    ],
    [
      'goes back when it was inconclusive for as long as the limit',
      [seen('a', GREEN), seen('b', INCONCLUSIVE)],
      1_800,
      'roll-back',
      `wave rest soaked for 30 min (soakSeconds 600); fleet b is inconclusive: ${mute} (20 min past the soak >= inconclusiveSeconds 1200)`,
    ],
    [
      'bears unreadable gates for a while',
      [seen('a', UNREADABLE, 10), seen('b', GREEN)],
      609,
      'wait',
      'wave rest soaked for 10 min 9 s (soakSeconds 600); 1 of 2 fleets not green: fleet a is unreadable: alarms could not be read: throttled',
    ],
    [
      'goes back when they were unreadable for as long as the limit',
      [seen('a', UNREADABLE, 10), seen('b', GREEN)],
      610,
      'roll-back',
      'wave rest soaked for 10 min 10 s (soakSeconds 600); fleet a is unreadable: alarms could not be read: throttled (for 10 min >= unreadableSeconds 600)',
    ],
    [
      'does not complete with a fleet that nobody looked at',
      [seen('a', GREEN)],
      600,
      'roll-back',
      'wave rest soaked for 10 min (soakSeconds 600); fleet b is inconclusive: not observed: 0 gates judged (the soak is over)',
    ],
  ];
  it.each(rows)('%s', (_, fleets, seconds, kind, reason) => {
    const decision = decide(fleets, seconds);
    expect({ kind: decision.kind, reason: decision.reason }).toEqual({ kind, reason });
  });

  it('goes back in the middle of the soak when gates were unreadable for as long as the limit', () => {
    const blind = [seen('a', UNREADABLE, -300), seen('b', GREEN)];
    expect(decide(blind, 299).kind).toBe('wait');
    expect(decide(blind, 300).kind).toBe('roll-back');
  });
  it('counts unreadable gates that nobody has noted from the look on, or from its end', () => {
    const blind = [seen('a', UNREADABLE), seen('b', GREEN)];
    expect(decide(blind, 400)).toMatchObject({ kind: 'wait', lookAgainAtMs: at(600) });
    expect(decide(blind, 1_199).kind).toBe('wait');
    expect(decide(blind, 1_200).kind).toBe('roll-back');
  });
  it.each([
    ['roll-back', RED],
    ['complete', GREEN],
    ['wait', INCONCLUSIVE],
  ] as const)('of a thousand fleets says %s in a few words', (kind, gates) => {
    const names = Array.from({ length: 1_000 }, (_, index) => `fleet-${index}`);
    const decision = decideWave(
      { fleets: names.map((name) => seen(name, gates)), claim: LOCK },
      aWave('rest', names),
      Object.fromEntries(names.map((name) => [name, aFleetPolicy({ name })])),
      LOOK,
      OWNER,
      at(0),
      at(600),
    );
    expect(decision.kind).toBe(kind);
    expect(JSON.stringify(decision).length).toBeLessThan(3_000);
    expect(decision.reason).toContain('and 995 more');
  });

  it('looks again by the safety net, at its end, and at each limit', () => {
    expect(decide(all, 100)).toMatchObject({ lookAgainAtMs: at(400) });
    expect(decide(all, 400)).toMatchObject({ lookAgainAtMs: at(600) });
    expect(decide([seen('a', INCONCLUSIVE), seen('b', GREEN)], 1_700)).toMatchObject({
      lookAgainAtMs: at(1_800),
    });
    expect(decide([seen('a', UNREADABLE, -400), seen('b', GREEN)], 100)).toMatchObject({
      lookAgainAtMs: at(200),
    });
  });
  it('is left to whoever claimed the image', () => {
    expect(decide(all, 600, { ...LOCK, generation: 5 }).kind).toBe('refuse');
  });
});

it('what compares versions is not asked again when only one is left', () => {
  const gates = [...aFleetPolicy().gates, aCanaryGate()];
  const policies = { a: aFleetPolicy({ name: 'a', gates }) };
  const wave = aWave('rest', ['a']);
  const observation = { fleets: [seen('a', GREEN)], claim: LOCK };
  const decided = decideWave(observation, wave, policies, LOOK, OWNER, at(0), at(600));
  expect(decided.kind).toBe('complete');
});

describe('a fleet that has a probe', () => {
  const probe: GatePolicy = {
    ...{ kind: 'probe', mode: 'enforce', target: { url: 'https://shop.example.com/up' } },
    asked: { method: 'GET', headers: {}, attempts: 2, passes: 1, timeoutSeconds: 3 },
  };
  // The canary is left out in the soak of a wave: what is read of probes is numbered without it.
  const policies = {
    a: aFleetPolicy({ name: 'a', gates: [aCanaryGate(), ...POLICIES.a.gates, probe] }),
    b: POLICIES.b,
  };
  const counts = { target: 'it', notMade: 0 };
  const probed = (passed: number, failed: number): GateReading => ({
    ...GREEN,
    probes: [
      {
        gate: POLICIES.a.gates.length,
        outcome: { kind: 'answered', targets: [{ ...counts, passed, failed }], inService: 6 },
      },
    ],
  });
  const decided = (reading: GateReading) =>
    decideWave(
      { fleets: [seen('a', reading), seen('b', GREEN)], claim: LOCK },
      aWave('rest', ['a', 'b']),
      policies,
      LOOK,
      OWNER,
      at(0),
      at(3_600),
    );

  it('is asked in the soak of its wave as well', () => {
    expect(decided(probed(1, 0)).kind).toBe('complete');
    expect(decided(probed(0, 2))).toMatchObject({
      kind: 'roll-back',
      reason: expect.stringContaining('probe GET https://shop.example.com/up: 0 passed, 2 failed'),
    });
    expect(decided(GREEN).kind).not.toBe('complete');
  });
});
