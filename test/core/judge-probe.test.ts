import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enforcedUnreadable, judgeGates } from '../../lambdas/core/judge-gates.ts';
import { judgeProbe, probedFleet, probedInstances } from '../../lambdas/core/judge-probe.ts';
import { type ProbeAttempt, standing, tally } from '../../lambdas/core/probe/attempt.ts';
import { attemptsMs, type ProbeGate } from '../../lambdas/core/probe/policy.ts';
import { aGroup, aMix, anInstance, GREEN, NEW, OLD } from '../builders.ts';

const gate: ProbeGate = {
  ...{ kind: 'probe', mode: 'enforce' },
  target: { url: 'https://shop.example.com/up' },
  asked: {
    ...{ method: 'GET', headers: {}, attempts: 5, passes: 3, timeoutSeconds: 2 },
    latencyMsMax: 500,
  },
};
const perInstance: ProbeGate = {
  ...gate,
  target: { scheme: 'http', port: 8080, path: '/up', instancesMax: 2 },
};

const good: ProbeAttempt = { kind: 'answered', status: 200, latencyMs: 500 };
const bad: ProbeAttempt = { kind: 'unanswered', error: 'no answer within 2000 ms' };
const unmade: ProbeAttempt = { kind: 'not-made', error: 'it could not be resolved (EAI_AGAIN)' };

const judged = (...attempts: readonly ProbeAttempt[]) =>
  judgeProbe(gate, {
    kind: 'answered',
    targets: [tally('https://shop.example.com/up', attempts, gate.asked)],
    inService: 4,
  });

describe('a probe of three passes in five attempts', () => {
  const name = 'probe GET https://shop.example.com/up';
  const rows: readonly [string, readonly ProbeAttempt[], string, string][] = [
    [
      'is green at three passes',
      [good, bad, bad, good, good],
      'green',
      `${name}: 3 of 5 must pass and did, slowest 500 ms`,
    ],
    [
      'is red as soon as three can no longer pass',
      [good, good, bad, bad, bad],
      'red',
      `${name}: 2 passed, 3 failed, last: no answer within 2000 ms (3 of 5 must pass)`,
    ],
    [
      'is unreadable when requests were not made, which is no evidence',
      [good, good, bad, bad, unmade],
      'unreadable',
      `${name}: 2 passed, 2 failed, 1 not made, last: no answer within 2000 ms (3 of 5 must pass)`,
    ],
    [
      'is unreadable when none was',
      [unmade, unmade, unmade, unmade, unmade],
      'unreadable',
      `${name}: 0 passed, 0 failed, 5 not made, last: it could not be resolved (EAI_AGAIN) (3 of 5 must pass)`,
    ],
  ];
  it.each(rows)('%s', (_, attempts, kind, reason) => {
    expect(judged(...attempts)).toMatchObject({ kind, reason });
  });

  const answers: readonly [
    Partial<Extract<ProbeAttempt, { kind: 'answered' }>>,
    string | undefined,
  ][] = [
    [{}, undefined],
    [{ status: 299 }, undefined],
    [{ status: 300 }, 'status 300 is not 200 to 299'],
    [{ status: 199 }, 'status 199 is not 200 to 299'],
    [
      { status: 301, location: 'https://elsewhere.example' },
      'status 301 is not 200 to 299 (redirects are not followed, this one leads to https://elsewhere.example)',
    ],
    [{ latencyMs: 501 }, '501 ms > latencyMs 500'],
    [{ latencyMs: Number.NaN }, 'NaN ms > latencyMs 500'],
    [{ misfit: 'no "ok" in 3 bytes of body' }, 'no "ok" in 3 bytes of body'],
  ];
  it.each(answers)('an answer of %j', (changed, failure) => {
    const one = { ...good, ...changed } as ProbeAttempt;
    const verdict = judged(one, one, one);
    expect(verdict.kind).toBe(failure === undefined ? 'green' : 'red');
    if (failure !== undefined) expect(verdict.reason).toContain(`last: ${failure} (`);
  });

  it('never mends by a failure', () => {
    const attempt = fc.constantFrom(good, bad, unmade);
    const order = ['red', 'unreadable', 'green'];
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 4 }), (attempts) => {
        const rank = (last: ProbeAttempt) => order.indexOf(judged(...attempts, last).kind);
        expect(rank(bad)).toBeLessThanOrEqual(rank(unmade));
        expect(rank(unmade)).toBeLessThanOrEqual(rank(good));
      }),
    );
  });

  it('is decided for good once it is decided', () => {
    const attempt = fc.constantFrom(good, bad, unmade);
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 1, maxLength: 5 }), (attempts) => {
        const so = attempts.map((_, index) =>
          standing(tally('it', attempts.slice(0, index + 1), gate.asked), gate.asked),
        );
        const first = so.find((one) => one !== 'open') ?? 'open';
        expect(so.at(-1)).toBe(first);
      }),
    );
  });
});

describe('a probe of each instance', () => {
  const asked = perInstance.asked;
  const targets = (count: number, attempts: readonly ProbeAttempt[], from = 0) =>
    Array.from({ length: count }, (_, at) => tally(`i-${from + at}`, attempts, asked));
  const judge = (...all: readonly ReturnType<typeof targets>[]) =>
    judgeProbe(perInstance, { kind: 'answered', targets: all.flat(), inService: 20 });

  it('is green when all pass, and says how many of how many were asked', () => {
    expect(judge(targets(9, [good, good, good])).reason).toBe(
      'probe GET :8080/up: 9 of 20 new instances answered, 3 of 5 must pass and did, slowest 500 ms',
    );
  });

  it('one bad one is enough, and counts before one that cannot be told', () => {
    const verdict = judge(
      targets(8, [good, good, good]),
      targets(1, [bad, bad, bad], 8),
      targets(1, [unmade], 9),
    );
    expect(verdict).toMatchObject({
      kind: 'red',
      reason:
        'probe GET :8080/up: 1 of 10 instances fail: i-8 (0 passed, 3 failed, last: no answer within 2000 ms) (3 of 5 must pass)',
    });
    expect(verdict.evidence?.targets).toHaveLength(10);
  });

  it('stays a line', () => {
    expect(judge(targets(5, [bad, bad, bad])).reason).toMatch(/, and 2 more \(3 of 5 must pass\)$/);
  });

  it('has no verdict when nobody was there to ask', () => {
    expect(judge([])).toEqual({
      kind: 'inconclusive',
      reason:
        'probe GET :8080/up: of 20 new instances none that was chosen has settled yet, or all of these have left',
    });
  });

  it('asks others each minute, until all were asked', () => {
    const group = aGroup({
      instances: [
        ...['e', 'a', 'd', 'b', 'c'].map((id) =>
          anInstance({ instanceId: id, launchTemplateVersion: NEW }),
        ),
        anInstance({ instanceId: 'old', launchTemplateVersion: OLD }),
        anInstance({ instanceId: 'p', launchTemplateVersion: NEW, lifecycleState: 'Pending' }),
      ],
    });
    const idsOf = (one: typeof group) => probedFleet([perInstance], one, NEW).instanceIds;
    const at = (minute: number) => probedInstances(perInstance, idsOf(group), minute * 60_000);
    expect([0, 1, 2].map(at)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'a'],
    ]);
    expect(idsOf(group)).toEqual(['a', 'b', 'c', 'd', 'e']);
    const few = aGroup({ instances: group.instances.slice(0, 2) });
    expect(probedInstances(perInstance, idsOf(few), 60_000)).toEqual(['a', 'e']);
  });
});

describe('among the gates of a fleet', () => {
  const gates = [
    { kind: 'instance-health', mode: 'enforce', healthyPercentMin: 100 },
    gate,
  ] as const;
  const group = aMix(2);
  const failed = { gate: 1, outcome: { kind: 'failed', error: 'throttled' } } as const;

  it('is not made before a new instance is in service', () => {
    expect(judgeGates(gates, GREEN, group, NEW).combined).toEqual({
      kind: 'inconclusive',
      reason: 'probe GET https://shop.example.com/up: not made before a new instance is in service',
    });
  });

  it('fails closed: what could not be asked counts as not read, by what is enforced alone', () => {
    const reading = { ...GREEN, probes: [failed] };
    expect(judgeGates(gates, reading, group, NEW).combined).toEqual({
      kind: 'unreadable',
      reason: 'probe GET https://shop.example.com/up: nobody probed: throttled',
    });
    expect(enforcedUnreadable(gates, reading)).toBe(true);
    expect(enforcedUnreadable([gates[0], { ...gate, mode: 'observe' }], reading)).toBe(false);
    expect(enforcedUnreadable(gates, GREEN)).toBe(false);
  });
});

it('all attempts of the longest probe take no longer than a look has', () => {
  expect(attemptsMs({ ...gate.asked, attempts: 10, timeoutSeconds: 2 })).toBe(24_500);
});
