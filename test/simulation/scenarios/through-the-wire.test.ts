import { expect, test } from 'vitest';
import type { TraceLine } from '../../../simulator/index.ts';
import { playScenario } from './playing.ts';

/** A token that the SDK makes up for a write is of a random stream from which it draws for each request on the wire. */
const told = (line: TraceLine | undefined): string =>
  JSON.stringify(line)?.replace(/"ClientRequestToken":"[-0-9a-f]{36}",?/g, '') ?? '';

/** Every scenario but one plays with calls that are handed over: these say that it makes no difference. */
test.each([
  ['sick-canary', 'examples/web/kiln.yaml'],
  ['stopped-mid-canary', 'examples/web/kiln.yaml'],
  ['duplicate-and-lost-events inspect-blocks', 'examples/web/kiln.yaml'],
  ['mixed-instances', 'examples/web/kiln.yaml'],
  ['slow-canary', 'examples/gates/kiln.yaml'],
  ['gate-function-throws', 'examples/gates/kiln.yaml'],
])(
  'the trace is the same whether functions ask over the wire or hand their calls over: %s',
  async (names, catalogueFile) => {
    const scenarios = names.split(' ');
    const wire = await playScenario(scenarios, { catalogueFile, throughWire: true });
    const handed = await playScenario(scenarios, { catalogueFile, throughWire: false });
    expect(wire.trace.length).toBeGreaterThan(300);
    expect(handed.trace.length).toBe(wire.trace.length);
    const differing = wire.trace.findIndex((line, at) => told(line) !== told(handed.trace[at]));
    expect(wire.trace[differing]).toBeUndefined();
  },
);
