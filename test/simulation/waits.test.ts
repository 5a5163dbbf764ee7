import { expect, it } from 'vitest';
import { countEvents, EVENTS_MAX, longWaits } from '../bench/waits.ts';

// A week of virtual time; on a crowded machine, and where the app has to be synthesized first, many seconds.
const SLOW_MS = 300_000;

it.each(longWaits)(
  'while $name no history takes more than a tenth of its quota',
  async (wait) => {
    const counts = await countEvents(wait);
    expect([...counts.keys()].sort()).toEqual(['release', 'rollout']);
    expect(Math.max(...counts.values())).toBeLessThan(EVENTS_MAX);
    // It did wait: a look each half hour at the least.
    expect(Math.max(...counts.values())).toBeGreaterThan((48 * 2 - 20) * 4);
  },
  SLOW_MS,
);
