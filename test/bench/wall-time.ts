import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './measurement.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const SECONDS_MAX = 60;

/** What a person waits for: the command line from Enter to prompt. */
export async function measureSynth(): Promise<readonly Measurement[]> {
  const output = await mkdtemp(join(tmpdir(), 'kiln-bench-synth-'));
  try {
    return [await timed('npx', ['cdk', 'synth', '--quiet', '--output', output])];
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

/** Takes as long as it measures. */
export async function measureTests(): Promise<readonly Measurement[]> {
  return [await timed('npm', ['test'])];
}

/** A command that fails has no time: its value is then no number, which no limit lets pass. */
async function timed(command: string, args: readonly string[]): Promise<Measurement> {
  const begunMs = performance.now();
  const code = await exitCode(command, args);
  const seconds = (performance.now() - begunMs) / 1000;
  const shown = [command, ...args.filter((arg) => !arg.startsWith('/') && arg !== '--output')];
  return {
    name: shown.join(' '),
    value: code === 0 ? seconds : Number.NaN,
    unit: 's',
    limit: { atMost: SECONDS_MAX },
    ...(code === 0 ? {} : { detail: `ended with ${code}` }),
  };
}

function exitCode(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
