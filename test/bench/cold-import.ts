import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Bundle, bundle } from '../../lib/bundle.ts';
import { bundleLimits } from './bundle-limits.ts';

export interface ColdImport {
  readonly name: string;
  /** 1 KB is 1000 bytes. */
  readonly kb: number;
  readonly msMedian: number;
}

const run = promisify(execFile);

/** Times nothing but the import: neither the start of the process nor a call. */
const PROBE = `
const begun = performance.now();
const loaded = require(process.argv[1]);
const ended = performance.now();
if (typeof loaded.handler !== 'function') throw new Error('expected a function named handler');
process.stdout.write(String(ended - begun));
`;

/** What Lambda always sets. Nothing of this process: its NODE_OPTIONS or compile cache would be measured as well. */
const ENVIRONMENT = { AWS_REGION: 'eu-west-1' };

async function importOnce(path: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['-e', PROBE, path], { env: ENVIRONMENT });
  return Number(stdout);
}

/**
 * Imports every bundle in fresh processes, one at a time, `runs` times over all of them, so that a busy moment of the
 * machine spreads over the functions. Bundles first where something has changed.
 */
export async function measureColdImports(runs = 9): Promise<readonly ColdImport[]> {
  // Away from our package.json, as on Lambda: within a package of ES modules the file would be read as one.
  const directory = await mkdtemp(join(tmpdir(), 'kiln-cold-import-'));
  try {
    return await measure(await bundle(), directory, runs);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(
  bundles: readonly Bundle[],
  directory: string,
  runs: number,
): Promise<readonly ColdImport[]> {
  const measured = bundles.map(({ name, path, bytes }) => ({
    name,
    kb: bytes / 1000,
    from: dirname(path),
    copy: join(directory, name),
    times: [] as number[],
  }));
  for (const { from, copy } of measured) await cp(from, copy, { recursive: true });
  // The first import of each reads the file from disk, and does not count.
  for (const { copy } of measured) await importOnce(copy);
  for (let round = 0; round < runs; round += 1) {
    for (const { copy, times } of measured) times.push(await importOnce(copy));
  }
  return measured.map(({ name, kb, times }) => ({ name, kb, msMedian: median(times) }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

async function main(): Promise<void> {
  for (const { name, kb, msMedian } of await measureColdImports()) {
    const limits = bundleLimits(name);
    const size = `${kb.toFixed(0).padStart(4)} of ${limits.kb} KB`;
    console.log(
      `${name.padEnd(24)} ${size}  ${msMedian.toFixed(1).padStart(6)} of ${limits.coldImportMs} ms`,
    );
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main();
}
