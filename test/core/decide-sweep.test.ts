import { describe, expect, it } from 'vitest';
import {
  cataloguesToForget,
  type KeptCatalogue,
  listChanges,
  SWEPT_FOR_SECONDS,
  subjectsToSweep,
} from '../../lambdas/core/decide-sweep.ts';
import { aFleetPolicy, anImagePolicy, at, isoAt } from '../builders.ts';

const kept = (
  digest: string,
  images: readonly string[],
  fleets: readonly string[],
  supersededSeconds?: number,
): KeptCatalogue => ({
  digest,
  catalogue: {
    images: Object.fromEntries(images.map((name) => [name, anImagePolicy({ name })])),
    fleets: Object.fromEntries(fleets.map((name) => [name, aFleetPolicy({ name })])),
  },
  ...(supersededSeconds === undefined ? {} : { supersededAtMs: at(supersededSeconds) }),
});

const now = kept('now', ['web'], ['web-a', 'web-b']);
const before = kept('before', ['api', 'web'], ['api-a', 'web-a'], 0);
const nothing = { images: [], fleets: [] };

describe('a sweep', () => {
  it('looks at what was taken out of the catalogue too, each once', () => {
    expect(subjectsToSweep([now, before])).toEqual({
      images: ['api', 'web'],
      fleets: ['api-a', 'web-a', 'web-b'],
    });
  });

  it.each([
    { case: 'a day later, nothing owned', owned: nothing, seconds: SWEPT_FOR_SECONDS, gone: true },
    { case: 'a second short of it', owned: nothing, seconds: SWEPT_FOR_SECONDS - 1, gone: false },
    {
      case: 'while a fleet of its own is owned',
      owned: { images: [], fleets: ['api-a'] },
      seconds: 90 * SWEPT_FOR_SECONDS,
      gone: false,
    },
    {
      case: 'while an image of its own is owned',
      owned: { images: ['api'], fleets: [] },
      seconds: 90 * SWEPT_FOR_SECONDS,
      gone: false,
    },
    {
      case: 'while only what the deployed one names is owned',
      owned: { images: ['web'], fleets: ['web-a'] },
      seconds: SWEPT_FOR_SECONDS,
      gone: true,
    },
  ])('forgets a superseded catalogue or keeps it: $case', ({ owned, seconds, gone }) => {
    expect(cataloguesToForget([now, before], owned, at(seconds))).toEqual(gone ? ['before'] : []);
  });

  it('never forgets the deployed one', () => {
    expect(cataloguesToForget([now], nothing, at(90 * SWEPT_FOR_SECONDS))).toEqual([]);
  });
});

describe('the list of catalogues', () => {
  const iso = isoAt(100);
  it.each([
    ['is begun with the deployed one', [], [], { put: [{ digest: 'now' }], remove: [] }],
    ['is left alone when it is right', [{ digest: 'now' }], [], { put: [], remove: [] }],
    [
      'says since when another one is deployed, once',
      [{ digest: 'now' }, { digest: 'a' }, { digest: 'b', supersededAt: isoAt(7) }],
      [],
      { put: [{ digest: 'a', supersededAt: iso }], remove: [] },
    ],
    [
      'takes back that it was superseded when it is deployed again',
      [{ digest: 'now', supersededAt: isoAt(7) }],
      [],
      { put: [{ digest: 'now' }], remove: [] },
    ],
    [
      'loses what is forgotten',
      [{ digest: 'now' }, { digest: 'b', supersededAt: isoAt(7) }],
      ['b'],
      { put: [], remove: ['b'] },
    ],
  ])('%s', (_, listed, forgotten, expected) => {
    expect(listChanges('now', listed, forgotten, iso)).toEqual(expected);
  });
});
