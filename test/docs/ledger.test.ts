import { describe, expect, it } from 'vitest';
import * as keys from '../../lambdas/core/keys.ts';
import * as ledger from '../../lambdas/core/ledger.ts';
import * as pending from '../../lambdas/core/pending.ts';
import { codeOf, page } from './pages.ts';

const code = new Set(codeOf(page('docs/ledger.md')));

/** The names of an object schema's fields, those of objects within included. */
function fieldsOf(schema: unknown): readonly string[] {
  const def = (schema as { readonly def?: Readonly<Record<string, unknown>> }).def;
  if (def === undefined) return [];
  const shape = (def['shape'] ?? {}) as Readonly<Record<string, unknown>>;
  const inner = [def['innerType'], ...Object.values(shape)];
  return [...Object.keys(shape), ...inner.flatMap((one) => (one ? fieldsOf(one) : []))];
}

const items = Object.entries({ ...ledger, ...pending }).filter(
  ([name]) => name !== 'Cause' && name !== 'default',
);

describe('the page of the ledger', () => {
  it.each(items)('names every field of %s', (_, schema) => {
    expect(fieldsOf(schema).filter((field) => !code.has(field))).toEqual([]);
  });

  it('names every status and outcome', () => {
    const words = [ledger.VersionStatus, ledger.FleetOutcome, ledger.ReleaseOutcome].flatMap(
      ({ options }) => options,
    );
    expect(words.filter((word) => !code.has(word))).toEqual([]);
  });

  it('shows every key', () => {
    const { text } = page('docs/ledger.md');
    const shown = [
      ...Object.values(keys.imageKeys('web')).map((key) =>
        typeof key === 'function' ? (key as (...parts: string[]) => keys.Key)('', '') : key,
      ),
      ...Object.values(keys.fleetKeys('web-prod')),
      keys.releaseKeys('<id>').meta,
      keys.releaseKeys('<id>').fleet('web-prod'),
      keys.parkedKey('<arn>'),
      keys.catalogueChunkKey('<digest>', 0),
    ];
    for (const { pk, sk } of shown) {
      expect(text).toContain(`| \`${pk}\` | \`${sk.replace(/#+$/, '#')}`);
    }
  });
});
