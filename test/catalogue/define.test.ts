import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationSeconds, durationText } from '../../lib/catalogue/duration.ts';
import { defineCatalogue } from '../../lib/catalogue/load.ts';
import { editDistance, nearest } from '../../lib/catalogue/nearest.ts';
import type { CatalogueDefinition } from '../../lib/catalogue/schema.ts';
import { aComponent, load } from './builders.ts';

const definition: CatalogueDefinition = {
  images: {
    web: {
      base: { ami: '${Token[Ami.1]}' },
      components: ['./server.yaml'],
      instanceTypes: ['t4g.medium'],
    },
  },
  fleets: {
    'web-prod': {
      image: 'web',
      autoScalingGroup: '${Token[TOKEN.2]}',
      launchTemplate: '${Token[TOKEN.3]}',
      instanceRole: '${Token[TOKEN.4]}',
      checkpoints: [{ percent: 100 }],
      gates: [{ alarms: ['${Token[TOKEN.5]}'] }],
      soak: '5m',
    },
  },
  waves: [{ name: 'all', fleets: ['web-prod'] }],
};
const readFile = (path: string) => (path === 'here/server.yaml' ? aComponent : undefined);

describe('a catalogue in code', () => {
  it('may hold tokens wherever a string has a form', () => {
    const catalogue = defineCatalogue(definition, { directory: 'here', readFile });
    expect(catalogue.fleets['web-prod']?.launchTemplateId).toBe('${Token[TOKEN.3]}');
    expect(catalogue.images['web']?.base).toEqual({ kind: 'ami', imageId: '${Token[Ami.1]}' });
  });

  it('is refused with all mistakes in one error', () => {
    const wrong = { ...definition, waves: [{ name: 'all', fleets: ['web-prd'] }], hub: 'My hub' };
    expect(() => defineCatalogue(wrong, { readFile })).toThrow(
      /^the catalogue has 4 mistakes:\ncatalogue: hub: expected .*\n.*did you mean "web-prod"\?\n/,
    );
  });
});

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['10m', 600],
    ['2h', 7200],
    ['1d', 86_400],
    ['10', undefined],
    ['1.5h', undefined],
    ['-1s', undefined],
    ['1w', undefined],
    ['', undefined],
  ])('reads %j as %j seconds', (text, seconds) => {
    expect(durationSeconds(text)).toBe(seconds);
  });

  it('are written so that they read back', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        (seconds) => durationSeconds(durationText(seconds)) === seconds,
      ),
    );
  });
});

describe('the nearest name', () => {
  it.each([
    ['wbe', ['api', 'web'], 'web'],
    ['WEB', ['web'], 'web'],
    ['web-prd', ['web-staging', 'web-prod'], 'web-prod'],
    ['zebra', ['web', 'api'], undefined],
    ['x', [], undefined],
  ])('to %j among %j is %j', (text, candidates, expected) => {
    expect(nearest(text, candidates)).toBe(expected);
  });

  it('has a distance that is the same both ways and zero only to itself', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('any text', () => {
  it('is taken or refused, never thrown at the user', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'images:',
        '  web: {}',
        'fleets:',
        '  web: 1',
        'waves: [1]',
        '- a',
        'hub: ~',
        '<<: *a',
        '!!x y',
        'a: &a [*a]',
        '? [x]',
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const loaded = load(lines.join('\n'));
        expect(loaded.ok || loaded.errors.length > 0).toBe(true);
        for (const error of loaded.ok ? [] : loaded.errors) expect(error.line).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
