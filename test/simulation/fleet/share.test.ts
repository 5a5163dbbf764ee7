import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkpointCount,
  checkpointsReached,
  healthyBounds,
  nextMoves,
} from '../../../simulator/aws/auto-scaling-refresh-share.ts';

describe('the bounds of a refresh', () => {
  const up = { roundsUp: true, maxSize: undefined };
  it.each([
    { desired: 10, min: 90, max: 100, least: 9, most: 10 },
    { desired: 10, min: 100, max: 100, least: 10, most: 11 },
    { desired: 10, min: 90, max: 120, least: 9, most: 12 },
    { desired: 10, min: 0, max: 100, least: 0, most: 10 },
    { desired: 100, min: 90, max: 120, least: 90, most: 120 },
    { desired: 6, min: 90, max: 110, least: 6, most: 7 },
    { desired: 2, min: 90, max: 100, least: 1, most: 2 },
    { desired: 1, min: 90, max: 100, least: 0, most: 1 },
    { desired: 1, min: 100, max: 100, least: 1, most: 2 },
    { desired: 0, min: 90, max: 100, least: 0, most: 0 },
  ])('of $desired at $min/$max are $least and $most', ({ desired, least, most, ...percents }) => {
    expect(healthyBounds(desired, percents, up)).toEqual({ least, most });
  });

  it('round down to at least one under the other reading', () => {
    const down = { roundsUp: false, maxSize: undefined };
    expect(healthyBounds(6, { min: 90, max: 120 }, down)).toEqual({ least: 5, most: 7 });
    expect(healthyBounds(1, { min: 50, max: 150 }, down)).toEqual({ least: 0, most: 1 });
  });

  it('end at the maximum size where that reading holds, but not below what is desired', () => {
    const capped = (maxSize: number) =>
      healthyBounds(6, { min: 100, max: 150 }, { roundsUp: true, maxSize }).most;
    expect([capped(20), capped(7), capped(6), capped(5)]).toEqual([9, 7, 6, 6]);
  });
});

describe('checkpoints', () => {
  it.each([
    [10, 10, 1],
    [10, 15, 2],
    [4, 20, 1],
    [2, 10, 1],
    [2, 51, 2],
    [1, 1, 1],
    [7, 100, 7],
  ])('of %i instances at %i percent need %i', (desired, percent, count) => {
    expect(checkpointCount(desired, percent)).toBe(count);
  });

  it.each([
    [0, 2, 0],
    [1, 2, 2],
    [2, 2, 3],
    [1, 10, 1],
    [3, 10, 1],
    [4, 10, 2],
    [0, 0, 0],
  ])('%i updated of %i have reached %i of 10, 40, 100', (updated, desired, reached) => {
    expect(checkpointsReached([10, 40, 100], updated, desired)).toBe(reached);
  });
});

describe('the next moves', () => {
  const count = fc
    .record({
      desired: fc.integer({ min: 1, max: 50 }),
      updated: fc.nat(50),
      old: fc.nat(50),
      notReady: fc.nat(50),
      limitPercent: fc.integer({ min: 1, max: 100 }),
      min: fc.integer({ min: 0, max: 100 }),
      ahead: fc.integer({ min: 0, max: 100 }),
    })
    .map(({ desired, updated, old, notReady, limitPercent, min, ahead }) => {
      const oldNotReady = Math.min(notReady, old);
      return {
        count: {
          desired,
          live: updated + old,
          ready: updated + old - oldNotReady,
          updated,
          replaceable: old,
          replaceableNotReady: oldNotReady,
          kept: 0,
          limit: checkpointCount(desired, limitPercent),
        },
        bounds: healthyBounds(
          desired,
          { min, max: Math.max(100, Math.min(200, min + ahead)) },
          { roundsUp: true, maxSize: undefined },
        ),
      };
    });

  it('never take the ready ones below their least, nor the live ones above their most', () => {
    fc.assert(
      fc.property(count, ({ count: before, bounds }) => {
        const { terminate, launch } = nextMoves(before, bounds);
        const readyGone = Math.max(0, terminate - before.replaceableNotReady);
        const readyAfter = before.ready - readyGone;
        const liveAfter = before.live - terminate + launch;
        expect(terminate).toBeLessThanOrEqual(before.replaceable);
        if (readyGone > 0) expect(readyAfter).toBeGreaterThanOrEqual(bounds.least);
        if (launch > 0) expect(liveAfter).toBeLessThanOrEqual(bounds.most);
        expect(liveAfter).toBeGreaterThanOrEqual(before.desired);
      }),
    );
  });

  it('never stand still while something is to be replaced and all is ready', () => {
    fc.assert(
      fc.property(count, ({ count: before, bounds }) => {
        const idle = {
          ...before,
          replaceableNotReady: 0,
          live: before.desired,
          ready: before.desired,
        };
        const updated = Math.min(before.updated, idle.limit, idle.desired - 1);
        const full = { ...idle, updated, replaceable: idle.desired - updated };
        const { terminate, launch } = nextMoves(full, bounds);
        expect(terminate + launch > 0).toBe(updated < full.limit);
      }),
    );
  });
});
