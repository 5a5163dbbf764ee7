import { readdirSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { implemented } from '../../../simulator/models/generate.ts';
import { modelOf } from '../../../simulator/models/models.ts';
import { patternOf } from '../../../simulator/models/patterns.ts';

const folder = new URL('../../../simulator/models/data/', import.meta.url);
const BYTES_MAX = 300_000;

describe('the compact data of the service models', () => {
  test('covers exactly the operations that the simulator implements', () => {
    for (const { client, names } of implemented()) {
      expect(Object.keys(modelOf(client).operations).sort(), client).toEqual(names);
    }
    const files = implemented().map(({ client }) => `${client}.generated.json`);
    expect(readdirSync(folder).sort()).toEqual(files);
  });

  test('names its origin and licence', () => {
    for (const { client } of implemented()) {
      expect(modelOf(client).origin, client).toMatch(/botocore 1\.43\.11|@aws-sdk\//);
      expect(modelOf(client).origin, client).toContain('Apache License 2.0');
    }
  });

  test('stays small', () => {
    const sizes = readdirSync(folder).map((file) => statSync(new URL(file, folder)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BYTES_MAX);
  });

  test('has no shape twice', () => {
    for (const { client } of implemented()) {
      const shapes = modelOf(client).shapes.map((shape) => JSON.stringify(shape));
      expect(new Set(shapes).size, client).toBe(shapes.length);
    }
  });

  test('gives a reason for whatever differs from the model', () => {
    for (const { client } of implemented()) {
      for (const { shape, what, reason } of modelOf(client).amendments ?? [])
        expect(reason.length, `${client} ${shape} ${what}`).toBeGreaterThan(20);
    }
  });
});

describe('patterns', () => {
  test('of all services are understood', () => {
    for (const { client } of implemented()) {
      for (const shape of modelOf(client).shapes) {
        if (shape.t === 'text' && shape.pattern !== undefined) patternOf(shape.pattern);
      }
    }
  });

  test.each([
    ['the whole text must match', '[a-z]+', 'web', 'not installed'],
    ['alternatives without brackets', 'a|b', 'b', 'ab'],
    [
      'characters beyond the basic plane',
      '[\\u0020-\\uD7FF\\uD800\\uDC00-\\uDBFF\\uDFFF]*',
      'a😀',
      '\u0001',
    ],
    ['kinds of characters', '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$', 'größe 1', 'a#b'],
    ['escapes that need none', '[A-Za-z0-9\\-_\\/]+', 'a-b/c', 'a b'],
    ['needless escapes beside kinds', '^[\\p{L}\\_\\.]+$', 'a_.', 'a-'],
  ])('%s', (_, java, good, bad) => {
    expect(patternOf(java).test(good)).toBe(true);
    expect(patternOf(java).test(bad)).toBe(false);
  });
});
