import { describe, expect, it } from 'vitest';
import {
  byLink,
  isLinked,
  type LinkedQuestion,
  oneLine,
  Question,
  requestAbout,
  standingOf,
} from '../../lambdas/core/question.ts';

const askedAtMs = Date.parse('2026-11-23T10:00:00Z');
const untilMs = askedAtMs + 3_600_000;
const question: LinkedQuestion = {
  fleet: 'web-prod',
  askedAt: '2026-11-23T10:00:00.000Z',
  expiresSeconds: 3600,
  link: {
    nonce: 'n',
    executionArn: 'arn:rollout',
    subject: 'web-prod at checkpoint 10 %',
    asked: 'green',
    otherwise: 'the fleet goes back',
  },
};
const answer = { decision: 'approve', by: 'Ann', why: 'fine', atMs: askedAtMs + 1 } as const;

describe('where a question stands for who opens its link', () => {
  it.each<[string, Parameters<typeof standingOf>, object]>([
    [
      'open until the instant at which it expires',
      [question, untilMs, undefined, undefined, untilMs - 1],
      { kind: 'open', untilMs },
    ],
    [
      'expired from that instant on',
      [question, untilMs, undefined, undefined, untilMs],
      { kind: 'expired', untilMs },
    ],
    [
      'expired when the link has',
      [question, untilMs - 5, undefined, undefined, untilMs - 5],
      { kind: 'expired', untilMs: untilMs - 5 },
    ],
    [
      'expired when the question has, whatever the link says',
      [question, untilMs + 5, undefined, undefined, untilMs],
      { kind: 'expired', untilMs },
    ],
    [
      'over when nobody waits',
      [question, untilMs, undefined, 'gone', askedAtMs],
      { kind: 'over', reason: 'gone' },
    ],
    [
      'decided before all else',
      [question, untilMs, answer, 'gone', untilMs + 1],
      { kind: 'decided', answer },
    ],
  ])('%s', (_, args, expected) => {
    expect(standingOf(...args)).toEqual(expected);
  });

  it('is bounded by the hold that it was asked in', () => {
    const heldSince = '2026-11-21T10:30:00.000Z';
    const request = requestAbout({ ...question, heldSince });
    expect(request).toMatchObject({
      subject: 'web-prod at checkpoint 10 %',
      heldSinceMs: Date.parse(heldSince),
    });
    const endMs = Date.parse('2026-11-23T10:30:00Z');
    expect(standingOf({ ...question, heldSince }, untilMs, undefined, undefined, endMs)).toEqual({
      kind: 'expired',
      untilMs: endMs,
    });
  });
});

it('a question is whatever has the fields of one: of a fleet, or of anything else', () => {
  const { fleet: _, ...ofNoFleet } = question;
  for (const one of [question, ofNoFleet]) {
    const parsed = Question.parse({ ...one, colour: 'red' });
    expect(isLinked(parsed)).toBe(true);
    expect(parsed).toEqual(one);
  }
  expect(isLinked({ ...question, link: undefined })).toBe(false);
});

it.each([
  ['  Ann  ', 'Ann'],
  ['Ann\r\nBob\t!', 'Ann Bob !'],
  ['a\u202eb\u2066c\u0000d\u2028e', 'a b c d e'],
  ['Zoë 👩‍🚀 李', 'Zoë 👩‍🚀 李'],
  [' \n ', ''],
])('%j is kept on one line, as %j', (typed, kept) => {
  expect(oneLine(typed)).toBe(kept);
});

it('who answers by link is nobody whose name was checked', () => {
  expect(byLink('Ann')).toBe('Ann (by link, name not verified)');
});
