import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeProbe, type ProbeAttempt, type ProbePolicy } from '../../lambdas/core/judge-probe.ts';

const POLICY: ProbePolicy = {
  ...{ attempts: 5, passes: 3, statusMin: 200, statusMax: 299 },
  latencyMsMax: 500,
};
const good: ProbeAttempt = { kind: 'answered', status: 200, latencyMs: 500, bodyMatches: true };
const bad: ProbeAttempt = { kind: 'unanswered', error: 'no answer in 2 s' };
const unmade: ProbeAttempt = { kind: 'not-made', error: 'throttled' };
const judged = (...attempts: readonly ProbeAttempt[]) =>
  judgeProbe([{ target: 'i-1', attempts }], POLICY);

describe('a probe of three passes in five attempts', () => {
  const rows: readonly [string, readonly ProbeAttempt[], string, string][] = [
    ['is green at three passes', [good, good, good], 'green', '1 of 1 targets passed 3 of 5'],
    [
      'is inconclusive one before',
      [good, good, bad, bad],
      'inconclusive',
      '1 of 1 targets are undecided (3 of 5 must pass): i-1 (2 passed, 2 failed, 0 not made, last: no answer in 2 s)',
    ],
    [
      'is red as soon as three can no longer pass',
      [good, good, bad, bad, bad],
      'red',
      '1 of 1 targets fail (3 of 5 must pass): i-1 (2 passed, 3 failed, 0 not made, last: no answer in 2 s)',
    ],
    ['forgets what is older than its attempts', [bad, bad, good, good, good, bad], 'green', ''],
    ['and what was good once', [good, good, good, bad, bad, bad], 'red', ''],
    [
      'takes requests that were not made for neither',
      [unmade, unmade, unmade, unmade, unmade],
      'inconclusive',
      'i-1 (0 passed, 0 failed, 5 not made, last: throttled)',
    ],
    ['is inconclusive before the first attempt', [], 'inconclusive', 'i-1 (0 passed, 0 failed'],
  ];
  it.each(rows)('%s', (_, attempts, kind, reason) => {
    const verdict = judged(...attempts);
    expect(verdict.kind).toBe(kind);
    expect(verdict.reason).toContain(reason);
  });

  const answers: readonly [
    Partial<Extract<ProbeAttempt, { kind: 'answered' }>>,
    string | undefined,
  ][] = [
    [{}, undefined],
    [{ status: 299 }, undefined],
    [{ status: 300 }, 'status 300 is not 200 to 299'],
    [{ status: 199 }, 'status 199 is not 200 to 299'],
    [{ status: Number.NaN }, 'status NaN is not 200 to 299'],
    [{ latencyMs: 501 }, '501 ms > latencyMsMax 500'],
    [{ latencyMs: Number.NaN }, 'NaN ms > latencyMsMax 500'],
    [{ bodyMatches: false }, 'the body does not match'],
    [{ bodyMatches: undefined }, undefined],
  ];
  it.each(answers)('an answer of %j', (changed, failure) => {
    const one = { ...good, ...changed } as ProbeAttempt;
    const verdict = judged(one, one, one);
    expect(verdict.kind).toBe(failure === undefined ? 'green' : 'red');
    if (failure !== undefined) expect(verdict.reason).toContain(`last: ${failure})`);
  });

  it('is of every target: one bad one is enough', () => {
    const targets = (count: number, attempts: readonly ProbeAttempt[]) =>
      Array.from({ length: count }, (_, at) => ({ target: `i-${at}`, attempts }));
    const passing = targets(9, [good, good, good]);
    const failing = { target: 'i-9', attempts: [bad, bad, bad] };
    expect(judgeProbe(passing, POLICY).kind).toBe('green');
    expect(judgeProbe([...passing, failing], POLICY).kind).toBe('red');
    expect(judgeProbe([...passing, { target: 'i-9', attempts: [] }], POLICY).kind).toBe(
      'inconclusive',
    );
    expect(judgeProbe([], POLICY)).toEqual({ kind: 'inconclusive', reason: 'probe: 0 targets' });
    expect(judgeProbe(targets(5, [bad, bad, bad]), POLICY).reason).toMatch(/, and 2 more$/);
  });

  it('never mends by a failure, and no order of targets decides', () => {
    const attempt = fc.constantFrom(good, bad, unmade);
    const target = fc.array(attempt, { maxLength: 4 });
    const order = ['red', 'inconclusive', 'green'];
    fc.assert(
      fc.property(target, target, (one, other) => {
        const judge = (first: readonly ProbeAttempt[]) =>
          judgeProbe(
            [
              { target: 'a', attempts: first },
              { target: 'b', attempts: other },
            ],
            POLICY,
          );
        expect(order.indexOf(judge([...one, bad]).kind)).toBeLessThanOrEqual(
          order.indexOf(judge([...one, good]).kind),
        );
        const turned = judgeProbe(
          [
            { target: 'b', attempts: other },
            { target: 'a', attempts: one },
          ],
          POLICY,
        );
        expect(turned.kind).toBe(judge(one).kind);
      }),
    );
  });
});
