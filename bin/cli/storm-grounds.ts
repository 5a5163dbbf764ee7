import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { defineCatalogue } from '../../lib/catalogue/load.ts';
import type { CatalogueDefinition, FleetDefinition } from '../../lib/catalogue/schema.ts';
import type { Ground } from '../../simulator/storm/draw.ts';

/** A catalogue to play storms on. */
export interface StormGround extends Ground {
  readonly catalogue: CheckedCatalogue;
}

/** Small catalogues with short policies: a night on one of them is a few virtual hours. Smallest first. */

const UPSTREAM = 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden';

const fleet = (name: string, image: string, own: Partial<FleetDefinition> = {}) => ({
  image,
  autoScalingGroup: name,
  launchTemplate: `lt-${String('abcdef'.indexOf(name) + 1).padStart(17, '0')}`,
  instanceRole: 'storm-instance',
  checkpoints: [{ percent: 50, hold: '4m' }, { percent: 100 }],
  healthy: { forward: { min: 50, max: 150 }, back: { min: 50, max: 150 } },
  gates: [{ alarms: [`${name}-errors`] }, { instanceHealth: { min: 100 } }],
  soak: '3m',
  warmup: '30s',
  autoRollback: false,
  limits: {
    inconclusive: '4m',
    unreadable: '5m',
    foreignRefresh: '20m',
    rollout: '2h',
    wayBack: '1h',
    wayBackStall: '10m',
  },
  ...own,
});

const image = (base: { ssm: string } | { imageBuilder: string } | { ami: string }) => ({
  base,
  components: ['arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x'],
  instanceTypes: ['t4g.medium'],
  bakeLimit: '30m',
  inspection: { scan: 'off' as const },
});

const shared = {
  look: { refresh: '2m', bake: '5m' },
  checkBaseImagesEvery: '10m',
  sweepEvery: '5m',
};
const ssm = { ssm: '/aws/service/storm-base' };
const ami = { ami: 'ami-0123456789abcdef0' };

const inside = {
  subnets: ['subnet-0123456789abcdef0'],
  securityGroups: ['sg-0123456789abcdef0'],
};
const latency = {
  name: 'latency',
  metric: { namespace: 'Storm', name: 'Latency' },
  direction: 'increase' as const,
  tolerance: 0.1,
};

const definitions: Readonly<Record<string, readonly [weight: number, CatalogueDefinition]>> = {
  solo: [
    12,
    {
      ...shared,
      images: { web: image(ami) },
      fleets: { a: fleet('a', 'web') },
      waves: [{ name: 'all', fleets: ['a'] }],
    },
  ],
  backed: [
    5,
    {
      ...shared,
      images: { web: { ...image(ami), inspection: { scan: 'required', scanLimit: '10m' } } },
      fleets: {
        a: fleet('a', 'web', {
          autoRollback: true,
          checkpoints: [{ percent: 25, hold: '4m' }, { percent: 60, hold: '5m' }, { percent: 100 }],
          gates: [{ alarms: ['a-errors'] }, { targetHealth: { min: 100 } }],
        }),
      },
      waves: [{ name: 'all', fleets: ['a'] }],
    },
  ],
  line: [
    3,
    {
      ...shared,
      images: { web: image(ssm) },
      fleets: { a: fleet('a', 'web'), b: fleet('b', 'web', { autoRollback: true }) },
      waves: [
        { name: 'first', fleets: ['a'], soak: '2m' },
        { name: 'second', fleets: ['b'] },
      ],
    },
  ],
  pair: [
    3,
    {
      ...shared,
      images: { web: { ...image({ imageBuilder: UPSTREAM }), wayBack: 'reverse' } },
      fleets: {
        a: fleet('a', 'web', { checkpoints: [{ percent: 100 }] }),
        b: fleet('b', 'web', {
          gates: [
            { alarms: ['b-errors'] },
            { targetHealth: { min: 100 }, mode: 'observe' },
            { instanceHealth: { min: 50 } },
          ],
        }),
      },
      waves: [{ name: 'all', fleets: ['a', 'b'], soak: '3m' }],
    },
  ],
  two: [
    2,
    {
      ...shared,
      images: { web: image(ssm), api: image({ imageBuilder: UPSTREAM }) },
      fleets: {
        a: fleet('a', 'web'),
        b: fleet('b', 'web', { autoRollback: true }),
        c: fleet('c', 'api'),
      },
      waves: [
        { name: 'first', fleets: ['a', 'c'] },
        { name: 'second', fleets: ['b'], soak: '2m' },
      ],
    },
  ],
  asked: [
    2,
    {
      ...shared,
      approvalLinks: true,
      images: { web: image(ami) },
      fleets: {
        a: fleet('a', 'web', {
          gates: [
            { alarms: ['a-errors'] },
            { instanceHealth: { min: 100 } },
            { probe: { perInstance: { port: 8080, path: '/health' }, vpc: inside } },
            { function: { name: 'storm-orders' } },
            { approval: { expires: '10m' } },
          ],
        }),
        b: fleet('b', 'web', { autoRollback: true }),
      },
      waves: [
        {
          name: 'first',
          fleets: ['a'],
          soak: '2m',
          gates: [
            { probe: { url: 'https://storm.example.com/health' } },
            { approval: { expires: '12m', onExpiry: 'hold' } },
          ],
        },
        { name: 'second', fleets: ['b'] },
      ],
    },
  ],
  compared: [
    1,
    {
      ...shared,
      images: { web: image(ssm) },
      fleets: {
        a: fleet('a', 'web', {
          checkpoints: [{ percent: 50, hold: '8m' }, { percent: 100 }],
          gates: [{ alarms: ['a-errors'] }, { canary: { metrics: [latency], minimumSamples: 4 } }],
          limits: { inconclusive: '8m', rollout: '3h', wayBack: '1h', foreignRefresh: '20m' },
        }),
      },
      waves: [{ name: 'all', fleets: ['a'] }],
    },
  ],
};

/** The catalogues that storms bring along. */
export const stormGrounds = (): readonly StormGround[] =>
  Object.entries(definitions).map(([name, [weight, definition]]) =>
    groundOf(name, weight, defineCatalogue(definition, { readFile: () => undefined })),
  );

export const groundOf = (
  name: string,
  weight: number,
  catalogue: CheckedCatalogue,
): StormGround => ({
  name,
  weight,
  catalogue,
  groupNames: Object.values(catalogue.fleets).map((one) => one.autoScalingGroupName),
  asks: [...Object.values(catalogue.fleets), ...catalogue.waves].some(({ gates = [] }) =>
    gates.some(({ kind }) => kind === 'approval'),
  ),
});
