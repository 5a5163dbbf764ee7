import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CACHE = join(ROOT, 'dist', 'rehearsals');

/** All that a template is made of, beside the catalogue and the bundles. */
const SOURCES = ['lib', 'lambdas/core', 'cdk.json', 'package-lock.json', 'tsconfig.json'] as const;

/** Assemblies that are kept; older ones are removed, when nobody can be using them any more. */
const KEPT = 8;
const IN_USE_MS = 60 * 60 * 1000;

/**
 * The cloud assembly of the real app for this catalogue, as `cdk synth` would write it; its directory. One that was made of
 * the very same content is used again.
 */
export async function synthesize(catalogue: CheckedCatalogue): Promise<string> {
  // Both are slow to load, and seldom needed.
  const { bundle, bundlesDirectory } = await import('../../lib/bundle.ts');
  await bundle();
  const digest = await digestOf(catalogue, join(bundlesDirectory, 'manifest.json'));
  const outdir = join(CACHE, digest);
  if (existsSync(join(outdir, 'manifest.json'))) return outdir;
  const { kilnApp } = await import('../../lib/app.ts');
  // Put in place whole: another run may look for it at the same time.
  const unfinished = join(CACHE, `.${digest}.${process.pid}.${threadId}`);
  await mkdir(unfinished, { recursive: true });
  try {
    kilnApp({ catalogue, outdir: unfinished }).synth();
    await rename(unfinished, outdir).catch(async (error: unknown) => {
      if (!existsSync(join(outdir, 'manifest.json'))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  await forgetOthers(digest);
  return outdir;
}

async function digestOf(catalogue: CheckedCatalogue, bundles: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(catalogue));
  const files = (await Promise.all(SOURCES.map(filesBelow))).flat();
  const contents = await Promise.all([...files, bundles].map((file) => readFile(file)));
  for (const [index, content] of contents.entries()) {
    hash.update(`\n${files[index] ?? 'bundles'} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const absolute = join(ROOT, path);
  if (/\.[a-z]+$/.test(path)) return [absolute];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The oldest go first. Other runs, and other threads of this one, may be reading theirs. */
async function forgetOthers(digest: string): Promise<void> {
  const others = (await readdir(CACHE)).filter((name) => name !== digest && !name.startsWith('.'));
  const aged = await Promise.all(
    others.map(async (name) => ({ name, madeMs: (await stat(join(CACHE, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.madeMs - a.madeMs);
  for (const { name, madeMs } of aged.slice(KEPT - 1)) {
    if (Date.now() - madeMs < IN_USE_MS) continue;
    await rm(join(CACHE, name), { recursive: true, force: true });
  }
}
