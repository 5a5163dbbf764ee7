import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, bundlesDirectory } from '../../../lib/bundle.ts';

const fixtures = fileURLToPath(new URL('fixtures/functions', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kernel-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('writes one file per function, the biggest below 400 KB', async () => {
  const outdir = join(folder, 'one');
  const bundles = await bundle({ source: fixtures, outdir });
  expect(bundles.map(({ name }) => name)).toEqual(['counter', 'ledger', 'many-clients']);
  for (const { name, path, bytes } of bundles) {
    expect(path).toBe(join(outdir, name, 'index.js'));
    expect((await stat(path)).size).toBe(bytes);
    expect(bytes).toBeLessThan(400_000);
    expect(await readdir(join(outdir, name))).toEqual(['index.js']);
    expect(createRequire(path)(path)).toHaveProperty('handler');
  }
});

test('gives the same bytes at another time, in another folder, also when two write at once', async () => {
  const outdirs = ['two', 'three', 'three'].map((name) => join(folder, name));
  const [first, second] = await Promise.all(
    outdirs.map((outdir) => bundle({ source: fixtures, outdir })),
  );
  for (const [index, { path }] of first!.entries()) {
    expect(await readFile(second![index]!.path, 'utf8')).toBe(await readFile(path, 'utf8'));
  }
});

const CHUNK = /\/\/<chunk ([^>]+)>\n([\s\S]*?)\n\/\/<\/chunk>$/gm;

test('a chunk is of one kind: pure code, or code that may keep something of its function', async () => {
  const texts = new Map<string, Set<string>>();
  for (const { path } of await bundle({ source: fixtures, outdir: join(folder, 'kinds') })) {
    const bundled = await readFile(path, 'utf8');
    for (const [, file = '', text = ''] of bundled.matchAll(CHUNK)) {
      texts.set(file, (texts.get(file) ?? new Set()).add(text));
    }
  }
  const pure = [...texts].filter(([file]) => file.startsWith('pure-'));
  expect(pure.length).toBeGreaterThan(1);
  // Of one name, one text: what was evaluated for one function serves another.
  for (const [, same] of pure) expect(same.size).toBe(1);
  const stateful = [...texts].filter(([file]) => !file.startsWith('pure-'));
  for (const [, [text]] of stateful) expect(text).not.toMatch(/class \w+ extends|AwsJson1|sigv4/);
});

test('bundles again only when an input has changed or a file is gone, and drops what is no function any more', async () => {
  const source = join(folder, 'source');
  const outdir = join(folder, 'four');
  await cp(join(fixtures, 'counter'), join(source, 'counter'), { recursive: true });
  await cp(join(fixtures, 'counter'), join(source, 'core'), { recursive: true });
  await cp(join(fixtures, 'counter'), join(source, 'gone'), { recursive: true });
  const names = async (): Promise<string[]> =>
    (await bundle({ source, outdir })).map(({ name }) => name);
  expect(await names()).toEqual(['counter', 'gone']);
  const path = join(outdir, 'counter', 'index.js');
  const mark = async (): Promise<number> => (await stat(path)).ino;
  const before = await mark();
  await names();
  expect(await mark()).toBe(before);
  await writeFile(join(source, 'counter', 'handler.ts'), 'export const handler = async () => 2;\n');
  await rm(join(source, 'gone'), { recursive: true });
  expect(await names()).toEqual(['counter']);
  expect(await readdir(outdir)).toEqual(['counter', 'manifest.json']);
  expect(await readFile(path, 'utf8')).toContain('2');
  await rm(path);
  await names();
  expect((await stat(path)).size).toBeGreaterThan(0);
});

test('a function that does not bundle leaves what was there', async () => {
  const source = join(folder, 'broken');
  const outdir = join(folder, 'five');
  await cp(join(fixtures, 'counter'), join(source, 'counter'), { recursive: true });
  const [good] = await bundle({ source, outdir });
  await writeFile(join(source, 'counter', 'handler.ts'), 'export const handler = ;\n');
  await expect(bundle({ source, outdir })).rejects.toThrow();
  expect((await stat(good!.path)).size).toBe(good!.bytes);
});

test('finds its folder from the place of the module, whatever the working directory', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  expect(bundlesDirectory).toBe(join(root, 'dist', 'functions'));
});
