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
  maxHealthyExceedsMaxSize: ['sick-after-completion'],
  percentRoundsUp: ['good-image', 'instances-never-healthy'],
  suspendStopsStallClock: ['stopped-mid-canary'],
  partialRefreshSaves: ['second-wave-fails'],
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

test('a group without room above its size is released to and back as well', async () => {
  const world = { 'web-staging': { max: 6 }, 'web-prod': { max: 6 } };
  const played = await playScenario(['good-image', 'sick-canary'], { world });
  expect(troubles(played)).toEqual([]);
});
