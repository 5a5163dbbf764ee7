import { vi } from 'vitest';
import { main } from '../../bin/cli/main.ts';

// Commands synthesize and simulate: seconds, and many of them on a crowded machine.
vi.setConfig({ testTimeout: 300_000 });

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as if its output were no terminal. */
export async function kiln(...args: readonly string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await main(args, { out: output('out'), err: output('err'), environment: {} });
  return { code, ...written };
}
