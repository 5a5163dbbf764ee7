import { expect, test } from 'vitest';
import type { Readings } from '../../../simulator/contract.ts';
import { defaultReadings } from '../../../simulator/readings.ts';
import { playScenario, troubles } from './playing.ts';

/**
 * Where a fact of AWS is not confirmed, scenarios end the same under the other reading of it. Each switch is flipped
 * alone, in the scenarios in which what it is about comes about.
 */
const matters: Readonly<Record<keyof Readings, readonly string[]>> = {
  suspendFreezesCancel: ['stopped-mid-canary', 'second-wave-fails'],
  autoRollbackCheckedAtStart: ['unpinned-group', 'sick-canary'],
  pipelineRefusesSecondStart: ['duplicate-and-lost-events'],
  bakeTokenRemembered: ['good-image'],
  templateTokenRemembered: ['back-by-hand'],
  scanBeforeAvailable: ['good-image', 'inspect-blocks'],
  maxHealthyExceedsMaxSize: ['sick-after-completion', 'small-group'],
  percentRoundsUp: ['good-image', 'instances-never-healthy', 'small-group', 'warm-pool'],
  suspendStopsStallClock: ['stopped-mid-canary'],
  partialRefreshSaves: ['second-wave-fails'],
  refreshSeesChecks: ['good-image', 'sick-canary', 'small-group'],
  percentLeavesOutWarmPool: ['warm-pool'],
};
const usual: Readonly<Record<string, boolean | undefined>> = { ...defaultReadings };

const cases = Object.entries(matters).flatMap(([reading, scenarios]) =>
  scenarios.map((scenario) => {
    // Readings that the table of the usual ones leaves out are true.
    const flipped = !(usual[reading] ?? true);
    return { reading, flipped, scenario };
  }),
);

test.each(cases)(
  '$scenario ends as expected with $reading $flipped',
  async ({ reading, flipped, scenario }) => {
    const played = await playScenario(scenario, { readings: { [reading]: flipped } });
    expect(troubles(played)).toEqual([]);
  },
);

/** At its maximum, and large enough for nine tenths to be one fewer. */
const full = { instances: 10, max: 10 };

test.each([true, false])(
  'a full group that may lose an instance is released to and back (maxHealthyExceedsMaxSize: %s)',
  async (maxHealthyExceedsMaxSize) => {
    const world = { 'web-staging': full, 'web-prod': full };
    const readings = { maxHealthyExceedsMaxSize };
    const played = await playScenario(['good-image', 'sick-canary'], { world, readings });
    expect(troubles(played)).toEqual([]);
  },
);

test('a full group that may lose none is refused before anything moves, with what to change', async () => {
  const world = { 'web-staging': { max: 6 }, 'web-prod': { max: 6 } };
  const played = await playScenario('good-image', { world });
  expect(played.breaches).toEqual([]);
  expect(played.releases[0]?.outcome).toBe('failed');
  expect(played.releases[0]?.reason).toContain(
    'group web-staging of fleet web-staging has no room: its desired capacity 6 is its MaxSize',
  );
  const started = played.trace.filter(
    (line) => line.kind === 'call' && line.operation === 'StartInstanceRefresh',
  );
  expect(started).toEqual([]);
});
