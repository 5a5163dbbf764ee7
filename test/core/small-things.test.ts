import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brief, firstFew } from '../../lambdas/core/brief.ts';
import {
  earliest,
  instantMs,
  isoInstant,
  showInstant,
  showSeconds,
} from '../../lambdas/core/durations.ts';
import { isLeaving, shareOf } from '../../lambdas/core/instances.ts';
import { parkOrWait, secondsUntil } from '../../lambdas/core/park.ts';
import { editDistance, nearest } from '../../lambdas/core/suggest.ts';
import { anInstance, at } from '../builders.ts';

describe('durations and instants', () => {
  it.each([
    [0, '0 s'],
    [0.9, '0 s'],
    [-5, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [3_600, '1 h'],
    [3_601, '1 h'],
    [5_400, '1 h 30 min'],
    [90_061, '1 d 1 h'],
  ])('%d seconds are read as %s', (seconds, text) => {
    expect(showSeconds(seconds)).toBe(text);
  });
  it('survive the ledger', () => {
    expect(instantMs(isoInstant(at(1.234)))).toBe(at(1.234));
    expect(showInstant(at(1.234))).toBe('2026-11-23T10:00:01Z');
  });
  it('that are not known do not count', () => {
    expect(earliest(3, undefined, 2, 5)).toBe(2);
  });
});

describe('parking', () => {
  const wait = { kind: 'wait', reason: 'r', awaiting: 'x', lookAgainAtMs: at(100) } as const;
  it('goes on when the parked deadline comes no later than the next look', () => {
    expect(parkOrWait(wait, at(100), at(0))).toBe(wait);
    expect(parkOrWait(wait, at(50), at(0))).toBe(wait);
  });
  it('goes on when it would outlast the next look by no more than the slack', () => {
    expect(parkOrWait(wait, at(120), at(0))).toBe(wait);
  });
  it('begins anew when it would outlast the next look', () => {
    expect(parkOrWait(wait, at(121), at(0))).toEqual({
      kind: 'park-until',
      reason: 'r; look again at 2026-11-23T10:01:40Z, parked until 2026-11-23T10:02:01Z',
      parkSeconds: 100,
    });
  });
  it('is left by the look that it begins with for one that is a quarter longer, and by no other', () => {
    // Parked for 60 s, of which the look has taken 5.
    expect(parkOrWait({ ...wait, lookAgainAtMs: at(80) }, at(60), at(5), 60)).toMatchObject({
      kind: 'park-until',
      parkSeconds: 75,
    });
    const shorter = { ...wait, lookAgainAtMs: at(79.9) };
    expect(parkOrWait(shorter, at(60), at(5), 60)).toBe(shorter);
    expect(parkOrWait(wait, at(60), at(5))).toBe(wait);
  });
  it('never asks for less than a cold function needs for its look, nor for parts of a second', () => {
    expect(secondsUntil(at(0), at(5))).toBe(30);
    expect(secondsUntil(at(29), at(0))).toBe(30);
    expect(secondsUntil(at(30), at(0))).toBe(30);
    expect(secondsUntil(at(30.2), at(0))).toBe(31);
  });
  it('goes on when the shortest park would end no sooner', () => {
    expect(parkOrWait(wait, at(129), at(99))).toBe(wait);
    expect(parkOrWait(wait, at(130), at(99))).toMatchObject({ parkSeconds: 30 });
    // Of a wait that is over already as well.
    expect(parkOrWait(wait, at(139), at(109))).toBe(wait);
    expect(parkOrWait(wait, at(140), at(109))).toMatchObject({ parkSeconds: 30 });
  });
  it('lets a wait end at most half a minute late, and parks anew at most once for it', () => {
    const times = [fc.nat(400), fc.integer({ min: 30, max: 900 }), fc.nat(25)] as const;
    fc.assert(
      fc.property(...times, (untilEnd, parked, lookTakes) => {
        let [now, deadline, moves] = [0, parked, 0];
        const end = { ...wait, lookAgainAtMs: at(untilEnd) };
        for (;;) {
          const answer = parkOrWait(end, at(deadline), at(now));
          // The safety net looks at the deadline.
          if (answer.kind === 'wait') break;
          moves += 1;
          deadline = now + answer.parkSeconds;
          now += lookTakes;
        }
        expect(moves).toBeLessThanOrEqual(1);
        expect(deadline - untilEnd).toBeLessThanOrEqual(30);
      }),
    );
  });
});

describe('a text that may be long', () => {
  it('stays as it is while it is short enough', () => {
    expect(brief(' a b ', 3)).toBe('a b');
    expect(brief('', 3)).toBe('');
  });
  it('is cut at a word, with an ellipsis', () => {
    expect(brief('one two three', 12)).toBe('one two…');
    expect(brief('one; two three', 8)).toBe('one…');
  });
  it('is cut within a word where no end of one is near', () => {
    expect(brief(`a ${'b'.repeat(100)}`, 50)).toBe(`a ${'b'.repeat(47)}…`);
  });
  it('is never longer than asked, and never ends in half a character', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 120 }), (long, characters) => {
        const short = brief(long, characters);
        expect(short.length).toBeLessThanOrEqual(characters);
        expect(() => encodeURIComponent(short)).not.toThrow();
      }),
    );
  });
  it('names the first five of many', () => {
    expect(firstFew(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, d, e');
    expect(firstFew(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
  });
});

describe('instances', () => {
  it.each([
    'Terminating',
    'Terminating:Wait',
    'Terminated',
    'Detaching',
    'Detached',
    'Warmed:Terminating',
    'Warmed:Terminated',
  ])('that are %s leave', (lifecycleState) => {
    expect(isLeaving(anInstance({ lifecycleState }))).toBe(true);
  });
  it.each([
    'Pending',
    'Pending:Wait',
    'InService',
    'EnteringStandby',
    'Standby',
    'Warmed:Stopped',
    'ReplacingRootVolume',
  ])('that are %s are of the fleet', (lifecycleState) => {
    expect(isLeaving(anInstance({ lifecycleState }))).toBe(false);
  });
  it('make up a share when they are at least so many', () => {
    expect([
      shareOf(6, 10),
      shareOf(6, 50),
      shareOf(10, 70),
      shareOf(3, 34),
      shareOf(6, 0),
    ]).toEqual([1, 3, 7, 2, 0]);
  });
});

describe('what somebody most likely meant', () => {
  it.each([
    ['wbe', 'web'],
    ['WEB', 'web'],
    ['web-prd', 'web-prod'],
    ['x', undefined],
    ['database', undefined],
  ])('by %s is %s', (word, meant) => {
    expect(nearest(word, ['web', 'web-prod', 'worker'])).toBe(meant);
  });
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'xbc', 1],
    ['kitten', 'sitting', 3],
  ])('%s and %s are %d edits apart', (one, two, edits) => {
    expect(editDistance(one, two)).toBe(edits);
  });
  it('is as far one way as the other, and cut at the limit', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 8 }),
        fc.string({ maxLength: 8 }),
        fc.nat(5),
        (one, two, limit) => {
          const edits = editDistance(one, two);
          expect(editDistance(two, one)).toBe(edits);
          expect(edits === 0).toBe(one === two);
          expect(editDistance(one, two, limit)).toBe(Math.min(edits, limit));
        },
      ),
    );
  });
});
