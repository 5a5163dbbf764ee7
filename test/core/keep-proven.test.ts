import { describe, expect, it } from 'vitest';
import { decideNextStep, type NextStep } from '../../lambdas/core/decide-release.ts';
import type { Release, ReleaseFleet } from '../../lambdas/core/ledger.ts';
import { anImagePolicy, anImageVersion, aRelease, aReleaseFleet, aWave } from '../builders.ts';

const WAVES = [aWave('one', ['a']), aWave('two', ['b', 'c']), aWave('three', ['d'])];
const next = (
  release: Partial<Release>,
  fleets: readonly ReleaseFleet[],
  version = anImageVersion(),
): NextStep =>
  decideNextStep(
    aRelease({ version: '2026.11.23-1', ...release }),
    fleets,
    version,
    anImagePolicy({}),
    WAVES,
  );

const [a, b, c] = [aReleaseFleet('a'), aReleaseFleet('b'), aReleaseFleet('c')];
const back = (fleet: string, keepsProven?: true): ReleaseFleet => ({
  ...aReleaseFleet(fleet, 'rolled-back'),
  ...(keepsProven === undefined ? {} : { keepsProven }),
});
const toGoOn = `to go on, start Release with {"image":"web","version":"2026.11.23-1"}`;
const two = { wavesOpened: 2, wavesSoaked: 1 };

describe('when nobody has answered after a wave that holds on to what is proven', () => {
  it('the release ends for a person, with what runs where, and the version stays good', () => {
    expect(next({ wavesOpened: 2, wavesSoaked: 2, keptReason: 'nobody' }, [a, b, c])).toEqual({
      step: 'end',
      outcome: 'needs-a-person',
      keepsVersion: true,
      reason: `waves one, two keep version 2026.11.23-1, wave three does not run it; ${toGoOn}: nobody`,
    });
  });
  it('also after the last one', () => {
    const all = { wavesOpened: 3, wavesSoaked: 3, keptReason: 'nobody' };
    expect(next(all, [a, b, c, aReleaseFleet('d')])).toMatchObject({
      outcome: 'needs-a-person',
      reason: `waves one, two, three keep version 2026.11.23-1, which are all; it is not promoted; ${toGoOn}: nobody`,
    });
  });
  it('all go back when something worse is known', () => {
    const worse = { wavesOpened: 2, wavesSoaked: 2, keptReason: 'nobody', wayBackReason: 'red' };
    const step = next(worse, [a, b, c]);
    expect(step).toMatchObject({ step: 'go-back', fleets: ['c', 'b', 'a'] });
    expect(step).not.toHaveProperty('keepsProven');
  });
});

describe('when nobody has answered at a checkpoint of a fleet that holds on to what is proven', () => {
  it('the others of its wave go back, earlier waves do not', () => {
    expect(next(two, [a, back('b', true), c])).toMatchObject({
      ...{ step: 'go-back', fleets: ['c'], keepsProven: true },
      why: 'b in wave two is rolled-back: because',
    });
  });
  it('then the release ends for a person', () => {
    const then = { ...two, keptReason: 'nobody', wayBackRounds: 1 };
    expect(next(then, [a, back('b', true), back('c')])).toMatchObject({
      ...{ step: 'end', outcome: 'needs-a-person', keepsVersion: true },
      reason: `wave one keeps version 2026.11.23-1, waves two, three do not run it; ${toGoOn}: nobody`,
    });
  });
  it('it is rolled back where no wave is proven, and the version stays good', () => {
    expect(next({ wavesOpened: 1, wavesSoaked: 0 }, [back('a', true)])).toMatchObject({
      ...{ step: 'end', outcome: 'rolled-back', keepsVersion: true },
    });
  });
  it('all go back when another fleet failed for another reason', () => {
    const step = next(two, [a, back('b', true), back('c')]);
    expect(step).toMatchObject({ step: 'go-back', fleets: ['a'] });
    expect(step).not.toHaveProperty('keepsProven');
  });
  it('all go back when another rollout died', () => {
    expect(next(two, [a, back('b', true)])).toMatchObject({ fleets: ['c', 'a'] });
  });
  it('all go back when the version turns out to be bad', () => {
    const bad = anImageVersion({ status: 'quarantined' });
    expect(next(two, [a, back('b', true), c], bad)).toMatchObject({ fleets: ['c', 'a'] });
  });
  it('a fleet that is blocked on its way back is what the release ends with', () => {
    const stuck = aReleaseFleet('c', 'needs-a-person');
    const then = { ...two, keptReason: 'nobody', wayBackRounds: 1 };
    expect(next(then, [a, back('b', true), stuck])).toMatchObject({
      ...{ outcome: 'needs-a-person', keepsVersion: true },
      reason: '1 of 2 fleets need a person (c): nobody',
    });
  });
});

it('a wave of one fleet without a soak is looked at where it has gates', () => {
  const waves = [{ ...aWave('one', ['a'], 0), gates: [] }];
  const step = decideNextStep(
    aRelease({ wavesOpened: 1 }),
    [a],
    anImageVersion(),
    anImagePolicy({}),
    waves,
  );
  expect(step).toMatchObject({ step: 'soak', seconds: 0 });
});
