import { describe, expect, it } from 'vitest';
import {
  type ApprovalAnswer,
  type ApprovalRequest,
  admitAnswer,
  approvalExpiresAtMs,
  decideApproval,
  HOLD_SECONDS_MAX,
} from '../../lambdas/core/decide-approval.ts';
import { at } from '../builders.ts';

const request: ApprovalRequest = {
  ...{ subject: 'web-prod at checkpoint 10 %', askedAtMs: at(0) },
  ...{ expiresSeconds: 3_600 },
};
const yes: ApprovalAnswer = { decision: 'approve', by: 'Ann', why: 'looks fine', atMs: at(60) };
const no: ApprovalAnswer = { decision: 'reject', by: 'Ben', why: 'slow pages', atMs: at(90) };

describe('an approval', () => {
  it('waits until it expires', () => {
    expect(decideApproval(request, undefined, at(3_599))).toEqual({
      ...{ kind: 'waiting', untilMs: at(3_600) },
      reason:
        'web-prod at checkpoint 10 %: asked at 2026-11-23T10:00:00Z, nobody has answered for 59 min 59 s',
    });
  });

  it('expires', () => {
    expect(decideApproval(request, undefined, at(3_600))).toEqual({
      kind: 'expired',
      untilMs: at(3_600),
      reason: `web-prod at checkpoint 10 %: asked at 2026-11-23T10:00:00Z, nobody had answered by 2026-11-23T11:00:00Z`,
    });
  });

  it.each([
    [yes, 'approved', 'approved by Ann at 2026-11-23T10:01:00Z: looks fine'],
    [no, 'rejected', 'rejected by Ben at 2026-11-23T10:01:30Z: slow pages'],
  ])('is what was answered, who, when and why, also long after', (answer, kind, told) => {
    for (const nowMs of [at(120), at(1e6)]) {
      expect(decideApproval(request, answer, nowMs)).toEqual({
        kind,
        reason: `web-prod at checkpoint 10 % ${told}`,
      });
    }
  });

  it('does not know an answer that came too late', () => {
    const late = (seconds: number) =>
      decideApproval(request, { ...yes, atMs: at(seconds) }, at(9_999));
    expect(late(3_599).kind).toBe('approved');
    expect(late(3_600).kind).toBe('expired');
  });

  it('never leaves a refresh held for longer than Auto Scaling waits at a checkpoint', () => {
    const long = { ...request, expiresSeconds: 30 * 86_400 };
    expect(approvalExpiresAtMs(long)).toBe(at(30 * 86_400));
    expect(approvalExpiresAtMs({ ...long, heldSinceMs: at(-600) })).toBe(
      at(HOLD_SECONDS_MAX - 600),
    );
    expect(approvalExpiresAtMs({ ...request, heldSinceMs: at(-600) })).toBe(at(3_600));
  });
});

describe('an answer', () => {
  const offered = { decision: 'approve', by: ' Ann ', why: ' looks fine\n' } as const;

  it('is recorded with who, why and when', () => {
    expect(admitAnswer(request, undefined, offered, at(60))).toEqual({
      kind: 'accepted',
      answer: yes,
    });
  });

  it('is refused when it is the second, and says who decided first', () => {
    expect(admitAnswer(request, no, offered, at(120))).toEqual({
      kind: 'refused',
      reason: 'web-prod at checkpoint 10 % was rejected by Ben at 2026-11-23T10:01:30Z: slow pages',
    });
  });

  it('is refused from the instant at which the question expires', () => {
    expect(admitAnswer(request, undefined, offered, at(3_599)).kind).toBe('accepted');
    expect(admitAnswer(request, undefined, offered, at(3_600))).toEqual({
      kind: 'refused',
      reason: 'web-prod at checkpoint 10 %: the question expired at 2026-11-23T11:00:00Z',
    });
  });

  it.each([
    [{ by: '  ' }, 'by: expected 1 to 200 characters, got 0'],
    [{ by: 'x'.repeat(201) }, 'by: expected 1 to 200 characters, got 201'],
    [{ why: '' }, 'why: expected 1 to 500 characters, got 0'],
    [{ why: 'x'.repeat(501) }, 'why: expected 1 to 500 characters, got 501'],
  ])('is refused without who and why: %#', (changed, reason) => {
    const admitted = admitAnswer(request, undefined, { ...offered, ...changed }, at(60));
    expect(admitted).toEqual({ kind: 'refused', reason });
  });

  it('that was accepted is one that is decided by', () => {
    for (const seconds of [0, 1, 1_800, 3_599]) {
      const admitted = admitAnswer(request, undefined, offered, at(seconds));
      expect(admitted.kind).toBe('accepted');
      if (admitted.kind !== 'accepted') continue;
      expect(decideApproval(request, admitted.answer, at(5_000)).kind).toBe('approved');
    }
  });
});
