import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { defineCatalogue } from '../../lib/catalogue/load.ts';
import type { CatalogueDefinition } from '../../lib/catalogue/schema.ts';

/** What the rig deploys: small fleets, short holds, no scan. */

const fleet = (name: string, image: string, number: number) => ({
  image,
  autoScalingGroup: name,
  launchTemplate: `lt-${String(number).padStart(17, '0')}`,
  instanceRole: 'rig-instance',
  checkpoints: [{ percent: 50, hold: '4m' }, { percent: 100 }],
  healthy: { forward: { min: 50, max: 150 }, back: { min: 50, max: 150 } },
  gates: [{ alarms: [`${name}-errors`] }, { instanceHealth: { min: 100 } }],
  soak: '1m',
  warmup: '30s',
  // The way back is Kiln's own here, not Auto Scaling's.
  autoRollback: false,
  limits: { foreignRefresh: '30m' },
});

const image = (base: { ssm: string } | { imageBuilder: string }) => ({
  base,
  components: ['arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x'],
  instanceTypes: ['t4g.medium'],
  inspection: { scan: 'off' as const },
});

/** The upstream image that image `api` is built on. */
export const UPSTREAM = 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden';

/** `solo`: one fleet in one wave. `web`: a fleet in each of two waves. `api`: no fleet, an upstream image. */
const definition = {
  look: { refresh: '2m', bake: '5m' },
  images: {
    solo: image({ ssm: '/aws/service/solo-base' }),
    web: image({ ssm: '/aws/service/web-base' }),
    api: image({ imageBuilder: UPSTREAM }),
  },
  fleets: {
    solo: fleet('solo', 'solo', 1),
    'web-a': fleet('web-a', 'web', 2),
    'web-b': fleet('web-b', 'web', 3),
  },
  waves: [
    { name: 'first', fleets: ['solo', 'web-a'] },
    { name: 'second', fleets: ['web-b'] },
  ],
} satisfies CatalogueDefinition;

export const rigCatalogue: CheckedCatalogue = defineCatalogue(definition, {
  readFile: () => undefined,
});

/** Fleet `solo` alone, which asks a person at its checkpoint, with a link to answer by. */
export const askingCatalogue: CheckedCatalogue = defineCatalogue(
  {
    look: definition.look,
    approvalLinks: true,
    images: { solo: definition.images.solo },
    fleets: {
      solo: {
        ...definition.fleets.solo,
        gates: [...definition.fleets.solo.gates, { approval: { expires: '1h' } }],
      },
    },
    waves: [{ name: 'first', fleets: ['solo'] }],
  },
  { readFile: () => undefined },
);

/** Fleets `web-a` and `web-b` in a wave each; a person is asked after the first, with a link to answer by. */
export const askingWaveCatalogue = (onExpiry: 'roll-back' | 'hold'): CheckedCatalogue =>
  defineCatalogue(
    {
      look: definition.look,
      approvalLinks: true,
      images: { web: definition.images.web },
      fleets: { 'web-a': definition.fleets['web-a'], 'web-b': definition.fleets['web-b'] },
      waves: [
        {
          ...{ name: 'first', fleets: ['web-a'], soak: '2m' },
          gates: [{ approval: { expires: '1h', onExpiry } }],
        },
        { name: 'second', fleets: ['web-b'] },
      ],
    },
    { readFile: () => undefined },
  );

export type RigFleet = keyof typeof definition.fleets;
export const rigFleets = Object.keys(definition.fleets) as readonly RigFleet[];
