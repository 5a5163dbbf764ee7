import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promotedVersion, withoutVersion } from '../../lambdas/core/current-version.ts';
import { CurrentVersion } from '../../lambdas/core/pending.ts';
import { isoAt } from '../builders.ts';

const occasion = (seconds: number) => ({ releaseId: `r${seconds}`, at: isoAt(seconds) });
const promoted = (...versions: readonly string[]) =>
  versions.reduce<CurrentVersion | undefined>(
    (before, version, index) => promotedVersion(before, version, occasion(index)),
    undefined,
  );

describe('what was promoted last', () => {
  it('is known with all that was promoted before', () => {
    expect(promoted('v1')).toEqual({ version: 'v1', ...occasion(0) });
    expect(promoted('v1', 'v2')).toEqual({ version: 'v2', previous: 'v1', ...occasion(1) });
    expect(promoted('v1', 'v2', 'v3', 'v4')).toEqual({
      version: 'v4',
      previous: 'v3',
      earlier: ['v2', 'v1'],
      ...occasion(3),
    });
  });
  it('names each version once', () => {
    expect(promoted('v1', 'v2', 'v2')).toMatchObject({ version: 'v2', previous: 'v1' });
    expect(promoted('v1', 'v2', 'v1')).toEqual({ version: 'v1', previous: 'v2', ...occasion(2) });
  });
  it('goes back step by step: a second rollback finds its way as the first did', () => {
    const first = withoutVersion(promoted('v1', 'v2', 'v3'), 'v3', occasion(10));
    expect(first).toEqual({ version: 'v2', previous: 'v1', ...occasion(10) });
    const second = withoutVersion(first, 'v2', occasion(11));
    expect(second).toEqual({ version: 'v1', ...occasion(11) });
    expect(withoutVersion(second, 'v1', occasion(12))).toBeUndefined();
  });
  it('never comes back to a version that was quarantined meanwhile', () => {
    const without = withoutVersion(promoted('v1', 'v2', 'v3'), 'v2', occasion(10));
    expect(without).toEqual({ version: 'v3', previous: 'v1', ...occasion(2) });
    expect(withoutVersion(without, 'v9', occasion(11))).toBeUndefined();
    expect(withoutVersion(undefined, 'v1', occasion(11))).toBeUndefined();
  });
  it('is read from what an earlier release of Kiln wrote', () => {
    const old = CurrentVersion.parse({ version: 'v2', previous: 'v1', ...occasion(0) });
    expect(promotedVersion(old, 'v3', occasion(1))).toMatchObject({
      previous: 'v2',
      earlier: ['v1'],
    });
  });
  it('remembers ten versions before it and no more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'abcdefghijklmnop'), { minLength: 1 }),
        (versions) => {
          const current = promoted(...versions);
          const { previous, earlier = [] } = CurrentVersion.parse(current);
          expect(earlier.length).toBeLessThanOrEqual(9);
          const all = [current?.version, ...(previous ? [previous] : []), ...earlier];
          expect(new Set(all).size).toBe(all.length);
        },
      ),
    );
  });
});
