import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  it('never asks for a timeout of nothing, nor of parts of a second', () => {
    expect(secondsUntil(at(0), at(5))).toBe(1);
    expect(secondsUntil(at(1.2), at(0))).toBe(2);
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
