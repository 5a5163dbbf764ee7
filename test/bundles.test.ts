import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundle } from '../lib/bundle.ts';
import { functionNames } from '../lib/functions.ts';
import { probeFunctionNames } from '../lib/probe-functions.ts';
import { bundleLimits } from './bench/bundle-limits.ts';

it('every function has a bundle, and none is above its limit', async () => {
  const bundles = await bundle();
  const names = [...functionNames, ...probeFunctionNames];
  expect(bundles.map(({ name }) => name).sort()).toEqual(names.sort());
  const tooLarge = bundles
    .map(({ name, bytes }) => ({ name, kb: bytes / 1000, limit: bundleLimits(name).kb }))
    .filter(({ kb, limit }) => kb > limit)
    .map(({ name, kb, limit }) => `${name}: expected at most ${limit} KB, got ${kb} KB`);
  expect(tooLarge).toEqual([]);
});

it('functions take zod in its small build: one import of the large one costs every bundle 70 KB', () => {
  const root = join(import.meta.dirname, '..', 'lambdas');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const large = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /from 'zod(\/v4)?'/.test(readFileSync(join(root, file), 'utf8')));
  expect(large).toEqual([]);
});
