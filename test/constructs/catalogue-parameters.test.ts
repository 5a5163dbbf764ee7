import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleCatalogue } from '../../lambdas/core/assemble-catalogue.ts';
import { type Catalogue, CatalogueChunk } from '../../lambdas/core/policy.ts';
import { withPipelines } from '../../lib/catalogue/checked-catalogue.ts';
import { packCatalogue } from '../../lib/catalogue-parameters.ts';
import { aCatalogue, aFleet } from './builders.ts';

const deployed = (fleetCount: number, waveSizes: readonly number[], alarm = 'alarm'): Catalogue => {
  const names = Array.from({ length: fleetCount }, (_, index) => `fleet-${index}`);
  const fleets = Object.fromEntries(
    names.map((name) => [name, aFleet(name, { gates: [{ alarms: [`${name}-${alarm}`] }] })]),
  );
  let taken = 0;
  const waves = waveSizes.map((size, index) => {
    taken += size;
    return { name: `wave-${index}`, fleets: names.slice(taken - size, taken) };
  });
  return withPipelines(aCatalogue({ fleets, waves }), { web: 'arn:pipeline' });
};

const texts = (catalogue: Catalogue) =>
  packCatalogue(catalogue).map((chunk) => JSON.stringify(chunk));

describe('the catalogue in parameters', () => {
  it('is one parameter when it is small', () => {
    expect(packCatalogue(deployed(2, [1, 1]))).toHaveLength(1);
  });

  it('is the same again when it is put together, however it was cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, (waveSizes) => {
        const count = waveSizes.reduce((sum, size) => sum + size, 0);
        const catalogue = deployed(count, waveSizes);
        const chunks = texts(catalogue).map((text) => CatalogueChunk.parse(JSON.parse(text)));
        expect(assembleCatalogue(chunks)).toEqual(catalogue);
      }),
      { numRuns: 25 },
    );
  });

  it('fits every parameter, with a thousand fleets in one wave', () => {
    const catalogue = deployed(1000, [1000]);
    const parameters = texts(catalogue);
    for (const text of parameters) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(parameters.length).toBeLessThan(300);
    const chunks = parameters.map((text) => CatalogueChunk.parse(JSON.parse(text)));
    expect(assembleCatalogue(chunks)).toEqual(catalogue);
  });

  it('reckons a token with the longest name that it may become', () => {
    const plain = packCatalogue(deployed(30, [30]));
    const tokens = packCatalogue(deployed(30, [30], '${Token[TOKEN.1]}'));
    expect(tokens.length).toBeGreaterThan(plain.length);
  });

  it('refuses a fleet that no parameter holds, by name', () => {
    expect(() => packCatalogue(deployed(1, [1], 'x'.repeat(4000)))).toThrow(/at most 255/);
    const fleet = deployed(1, [1]).fleets['fleet-0']!;
    const gates = Array.from({ length: 20 }, (_, index) => ({
      kind: 'alarms' as const,
      mode: 'observe' as const,
      alarms: [`${index}-${'x'.repeat(240)}`],
    }));
    const catalogue = { ...deployed(1, [1]), fleets: { 'fleet-0': { ...fleet, gates } } };
    expect(() => packCatalogue(catalogue)).toThrow(
      /^expected fleet fleet-0 to take at most 4096 bytes of the catalogue, which is what an SSM parameter holds, came \d+$/,
    );
  });
});
