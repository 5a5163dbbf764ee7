import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogueJsonSchema } from '../../lib/catalogue/json-schema.ts';
import { aKilnYaml, type YamlParts } from './builders.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const accepts = new Ajv({ strict: false }).compile(JSON.parse(catalogueJsonSchema()));

describe('the JSON Schema of kiln.yaml', () => {
  it('is the one that is written down (npm run docs brings it up to date)', () => {
    expect(read('docs/kiln.schema.json')).toBe(catalogueJsonSchema());
  });

  it('is what the example tells editors to use', () => {
    const reference = read('examples/web/kiln.yaml').match(/\$schema=(\S+)/)?.[1];
    const file = new URL(reference ?? '', new URL('../../examples/web/kiln.yaml', import.meta.url));
    expect(readFileSync(file, 'utf8')).toBe(catalogueJsonSchema());
  });

  it('takes the example', () => {
    expect(accepts(parse(read('examples/web/kiln.yaml')))).toBe(true);
  });

  it.each([
    { what: 'an unknown key', parts: { top: 'hubb: main' } },
    { what: 'a missing key', parts: { fleet: { soak: undefined } } },
    { what: 'a duration without a unit', parts: { fleet: { soak: 'soak: 5' } } },
    {
      what: 'a percentage above 100',
      parts: { fleet: { checkpoints: 'checkpoints: [{ percent: 101 }]' } },
    },
    { what: 'a gate of no kind', parts: { fleet: { gates: 'gates: [{ mode: enforce }]' } } },
    { what: 'a fleet name in upper case', parts: { moreFleets: '  Web: {}' } },
  ] satisfies readonly { what: string; parts: YamlParts }[])('refuses $what', ({ parts }) => {
    expect(accepts(parse(aKilnYaml()))).toBe(true);
    expect(accepts(parse(aKilnYaml(parts)))).toBe(false);
  });

  it('describes every key, for editors to show', () => {
    const schema: unknown = JSON.parse(catalogueJsonSchema());
    expect(JSON.stringify(schema)).toContain(
      'How long the fleet is watched after it is fully replaced',
    );
  });
});
