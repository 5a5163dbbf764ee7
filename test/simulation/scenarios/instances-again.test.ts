import { expect, test } from 'vitest';
import type { TraceLine } from '../../../simulator/index.ts';
import { playScenario } from './playing.ts';

/** Where each execution went and how it ended, in order. */
const ways = (trace: readonly TraceLine[]): readonly string[] =>
  trace.flatMap((line) => {
    if (line.kind === 'state') return `${line.execution} ${line.phase} ${line.state}`;
    return line.kind === 'execution' ? `${line.execution} ${line.status}` : [];
  });

/** Traces cannot be the same to the byte: a new instance starts later, and reads the catalogue that others know already. */
test.each(['good-image', 'second-wave-fails', 'stopped-mid-canary'])(
  'every execution goes the same way whether function instances are used again or each call gets a new one: %s',
  async (name) => {
    const again = await playScenario(name, { reuseInstances: true });
    const fresh = await playScenario(name, { reuseInstances: false });
    expect(ways(again.trace).length).toBeGreaterThan(50);
    expect(ways(fresh.trace)).toEqual(ways(again.trace));
    expect(fresh.trace.length).toBeGreaterThan(again.trace.length);
  },
);
