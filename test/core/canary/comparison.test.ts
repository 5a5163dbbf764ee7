import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askedWindow,
  COMPARED_MAX,
  nextComparison,
} from '../../../lambdas/core/canary/comparison.ts';
import { aGroup, anInstance, at, NEW, OLD } from '../../builders.ts';

const group = (
  newIds: readonly string[],
  oldIds: readonly string[],
  lifecycleState = 'InService',
) =>
  aGroup({
    instances: [
      ...newIds.map((instanceId) =>
        anInstance({ instanceId, launchTemplateVersion: NEW, lifecycleState }),
      ),
      ...oldIds.map((instanceId) => anInstance({ instanceId, launchTemplateVersion: OLD })),
    ],
  });

describe('who is compared', () => {
  it('is nobody before both versions are in service', () => {
    expect(nextComparison(undefined, group([], ['a']), NEW)).toBeUndefined();
    expect(nextComparison(undefined, group(['n'], []), NEW)).toBeUndefined();
    expect(nextComparison(undefined, group(['n'], ['a'], 'Pending'), NEW)).toBeUndefined();
    expect(nextComparison(undefined, group(['n'], ['b', 'a']), NEW)).toEqual({
      canary: ['n'],
      baseline: ['a', 'b'],
    });
  });

  it('keeps who has left, and adds who has come', () => {
    const before = { canary: ['n'], baseline: ['a', 'b'] };
    expect(nextComparison(before, group(['m', 'n'], ['b']), NEW)).toEqual({
      canary: ['n', 'm'],
      baseline: ['a', 'b'],
    });
    expect(nextComparison(before, group(['m', 'n'], []), NEW)?.baseline).toEqual(['a', 'b']);
  });

  it('answers the very same object when nothing has changed, so that nothing is written', () => {
    const before = { canary: ['n'], baseline: ['a', 'b'] };
    expect(nextComparison(before, group(['n'], ['b', 'a']), NEW)).toBe(before);
    expect(nextComparison(before, group(['n'], ['a']), NEW)).toBe(before);
  });

  it('lets those that have left make room, and nobody else', () => {
    const ids = Array.from(
      { length: COMPARED_MAX + 10 },
      (_, n) => `i-${String(n).padStart(3, '0')}`,
    );
    const first = nextComparison(undefined, group(['n'], ids), NEW);
    expect(first?.baseline).toEqual(ids.slice(0, COMPARED_MAX));
    const later = nextComparison(first, group(['n'], ids.slice(5)), NEW);
    expect(later?.baseline).toEqual(ids.slice(5, 5 + COMPARED_MAX));
    // With too few present, who has left stays.
    const last = nextComparison(later, group(['n'], ids.slice(-2)), NEW);
    expect(last?.baseline).toHaveLength(COMPARED_MAX);
    expect(last?.baseline).toEqual(expect.arrayContaining(ids.slice(-2)));
  });

  it('never names an instance twice nor more than the limit, whatever comes and goes', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 120 }).map(String), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1, maxLength: 5 }), (looks) => {
        const end = looks.reduce<ReturnType<typeof nextComparison>>(
          (before, present) => nextComparison(before, group(['n'], present), NEW),
          undefined,
        );
        const baseline = end?.baseline ?? [];
        expect(new Set(baseline).size).toBe(baseline.length);
        expect(baseline.length).toBeLessThanOrEqual(COMPARED_MAX);
        const here = looks.at(-1) ?? [];
        const kept = here.filter((id) => baseline.includes(id)).length;
        expect(kept).toBe(Math.min(here.length, COMPARED_MAX));
      }),
      { numRuns: 50 },
    );
  });
});

describe('what CloudWatch is asked for', () => {
  const policy = { periodSeconds: 60, windowSeconds: 3600 };
  const asked = (requested: number, now: number, ended?: number, changed: object = {}) => {
    const refresh = {
      requestedAtMs: at(requested),
      endedAtMs: ended === undefined ? undefined : at(ended),
    };
    const window = askedWindow(refresh, { ...policy, ...changed }, at(now));
    return window && [(window.fromMs - at(0)) / 1000, (window.toMs - at(0)) / 1000];
  };
  it.each([
    ['is nothing before a period is a minute old', asked(0, 119), undefined],
    ['is the first period when it is', asked(0, 120), [0, 60]],
    ['is whole periods', asked(90, 400), [60, 300]],
    ['ends with the refresh', asked(0, 4000, 610), [0, 600]],
    ['is not from before the values can be there', asked(0, 620, 610), [0, 540]],
    ['is the newest of a long refresh', asked(0, 10_000), [6300, 9900]],
    ['is aligned to long periods', asked(0, 2000, undefined, { periodSeconds: 300 }), [0, 1800]],
    ['is one period at least', asked(0, 700, undefined, { windowSeconds: 30 }), [540, 600]],
  ])('%s', (_, got, expected) => expect(got).toEqual(expected));
});
