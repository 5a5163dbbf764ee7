import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeFunction } from '../../lambdas/core/judge-function.ts';

const answered = (payload: unknown) => judgeFunction('smoke', { kind: 'answered', payload });

describe('a gate function', () => {
  it.each(['green', 'red', 'inconclusive'] as const)('may say %s', (verdict) => {
    expect(answered({ verdict, reason: '7 of 7\n orders' })).toEqual({
      kind: verdict,
      reason: 'function smoke: 7 of 7 orders',
    });
  });

  it('that fails is unreadable, never a verdict', () => {
    expect(judgeFunction('smoke', { kind: 'failed', error: 'timed out after 30 s' })).toEqual({
      kind: 'unreadable',
      reason: 'function smoke failed: timed out after 30 s',
    });
    expect(judgeFunction('smoke', { kind: 'failed', error: '' }).reason).toContain(
      'no reason given',
    );
  });

  it.each([
    [
      { verdict: 'ok', reason: 'x' },
      'verdict: expected "green" or "red" or "inconclusive", got "ok"',
    ],
    [{ verdict: 'green' }, 'reason: expected a string, got nothing'],
    [{ verdict: 'green', reason: '' }, 'reason: expected '],
    [{ verdict: 'green', reason: 'x', extra: 1 }, 'extra: unknown field'],
    [{ statusCode: 200, body: '{}' }, 'statusCode: unknown field'],
    [undefined, 'came nothing'],
    ['green', 'came "green"'],
    [true, 'came true'],
    [null, 'input: expected an object, got'],
  ])('that answers %j is unreadable', (payload, reason) => {
    const judgement = answered(payload);
    expect(judgement.kind).toBe('unreadable');
    expect(judgement.reason).toContain(reason);
  });

  it('is never green by accident, and its reason stays a line', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        const { kind, reason } = answered(payload);
        expect(kind).toBe('unreadable');
        expect(reason.length).toBeLessThanOrEqual(500);
        expect(reason).not.toContain('\n');
      }),
    );
  });
});
