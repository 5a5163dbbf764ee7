import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { loadCatalogue } from '../../lib/catalogue/load.ts';
import { catalogueSchema } from '../../lib/catalogue/schema.ts';
import { aComponent } from '../catalogue/builders.ts';
import { fencesOf, page, pages } from './pages.ts';

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

interface Key {
  readonly path: string;
  readonly description: string;
}

/** Every key of the schema as the page writes it: `fleets.<name>.gates[].mode`. */
function keysOf(schema: JsonSchema, path: string): readonly Key[] {
  const below = (key: string, value: JsonSchema): readonly Key[] => {
    const here = path === '' ? key : `${path}.${key}`;
    return [{ path: here, description: value.description ?? '' }, ...keysOf(value, here)];
  };
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, value]) => below(key, value)),
    ...(typeof additionalProperties === 'object'
      ? keysOf(additionalProperties, `${path}.<name>`)
      : []),
    ...(items === undefined ? [] : keysOf(items, `${path}[]`)),
    ...anyOf.flatMap((one) => keysOf(one, path)),
  ];
}

const schema = z.toJSONSchema(catalogueSchema, { io: 'input' }) as JsonSchema;
const keys = [...new Map(keysOf(schema, '').map((key) => [key.path, key])).values()];

const rows = new Map(
  [...page('docs/catalogue.md').text.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(
    ([, path = '', cells = '']) => {
      const [standard = '', takes = '', meaning = ''] = cells.split('|').map((cell) => cell.trim());
      return [path, { standard, takes, meaning }];
    },
  ),
);

describe('the page of the catalogue', () => {
  it('has a row for every key, and for nothing else', () => {
    expect([...rows.keys()].toSorted()).toEqual(keys.map(({ path }) => path).toSorted());
    expect(keys.length).toBeGreaterThan(50);
  });

  it.each(keys.filter(({ description }) => description.includes('Default: ')))(
    '$path: names the default that the schema names',
    ({ path, description }) => {
      const standard = description.split('Default: ')[1]?.replace(/\.$/, '');
      expect(rows.get(path)?.standard).toBe(standard);
    },
  );

  it('says what every key takes and means', () => {
    for (const { takes, meaning } of rows.values()) {
      expect(takes).not.toBe('');
      expect(meaning).not.toBe('');
    }
  });
});

const snippets = pages.flatMap(fencesOf).filter(({ language }) => language === 'yaml');

describe('the YAML that the pages show', () => {
  it.each(snippets)('of $page can be read', ({ text }) => {
    expect(parseDocument(text, { logLevel: 'silent' }).errors).toEqual([]);
  });

  it.each(snippets.filter(({ text }) => /^images:/m.test(text)))(
    'of $page is a catalogue without mistakes',
    ({ text }) => {
      const loaded = loadCatalogue(text, 'kiln.yaml', { readFile: () => aComponent });
      expect(loaded.ok ? [] : loaded.errors.map(({ message }) => message)).toEqual([]);
    },
  );

  it('is there', () => {
    expect(snippets.some(({ text }) => /^images:/m.test(text))).toBe(true);
  });
});
