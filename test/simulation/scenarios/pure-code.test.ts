import { expect, test } from 'vitest';
import { playScenario } from './playing.ts';

/** Every wait, retry, crash and way back of these goes through library code, and each meets instances made by the others. */
test.each(['sick-canary', 'duplicate-and-lost-events inspect-blocks'])(
  'the trace is the same to the byte whether pure code is evaluated once or per instance: %s',
  async (names) => {
    const scenarios = names.split(' ');
    const once = await playScenario(scenarios, { throughWire: true });
    const each = await playScenario(scenarios, { sharePureCode: false, throughWire: true });
    expect(once.trace.length).toBeGreaterThan(500);
    expect(each.trace.length).toBe(once.trace.length);
    const differing = once.trace.findIndex(
      (line, index) => JSON.stringify(line) !== JSON.stringify(each.trace[index]),
    );
    expect(once.trace[differing]).toBeUndefined();
  },
);
