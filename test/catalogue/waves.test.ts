import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../lib/catalogue/load.ts';
import { aComponent, aKilnYaml } from './builders.ts';

const load = (wave: string, top?: string) =>
  loadCatalogue(
    aKilnYaml({
      ...(top === undefined ? {} : { top }),
      waves: `waves: [{ name: all, fleets: [web-prod], ${wave} }]`,
    }),
    'kiln.yaml',
    { readFile: () => aComponent },
  );

const messages = (wave: string, top?: string): readonly string[] => {
  const loaded = load(wave, top);
  return loaded.ok
    ? []
    : loaded.errors.map(({ message }) => message.replace(/^kiln.yaml:\d+: /, ''));
};

describe('gates of a wave', () => {
  it('are filled in: an approval of a week, limits of a quarter of an hour', () => {
    expect(load('gates: [{ alarms: [shop-checkout] }, { approval: {} }]')).toMatchObject({
      ok: true,
      catalogue: {
        waves: [
          {
            gates: [
              { kind: 'alarms', mode: 'enforce', alarms: ['shop-checkout'] },
              { kind: 'approval', mode: 'enforce', checkpoints: [], expiresSeconds: 604_800 },
            ],
            limits: { inconclusiveSeconds: 900, unreadableSeconds: 900 },
          },
        ],
      },
    });
  });

  it('are there only where the catalogue has some', () => {
    const loaded = load('soak: 5m');
    expect(loaded.ok && Object.keys(loaded.catalogue.waves[0] ?? {})).toEqual([
      'name',
      'fleets',
      'soakSeconds',
    ]);
  });

  it('may all only observe, and wait for a month', () => {
    const wave =
      'gates: [{ function: { name: orders }, mode: observe }, { approval: { expires: 31d, onExpiry: hold } }]';
    expect(messages(wave)).toEqual([]);
  });

  it.each([
    [
      'a canary',
      'gates: [{ canary: { metrics: [] } }]',
      'waves[0].gates[0]: expected exactly one of the keys alarms, targetHealth, instanceHealth, function, probe, approval, came the keys canary',
    ],
    [
      'a probe of instances',
      'gates: [{ probe: { perInstance: { port: 80 } } }]',
      'waves[0].gates[0].probe.perInstance: expected no perInstance in a gate of a wave, which has several fleets: put that probe on each fleet, where it goes on in the soak of the wave, came a mapping',
    ],
    [
      'a probe of nothing',
      'gates: [{ probe: {} }]',
      'waves[0].gates[0].probe.url: expected a URL of https, came nothing',
    ],
    [
      'a probe that a fleet may not have either',
      `gates: [{ probe: { url: 'https://10.0.0.1/' } }]`,
      'waves[0].gates[0].probe.url: expected a host by its full name, which its certificate is for, not by an address, came "10.0.0.1"',
    ],
    [
      'checkpoints',
      'gates: [{ approval: { at: [10] } }]',
      'waves[0].gates[0].approval.at: expected one of the keys expires, onExpiry, came the key "at"',
    ],
    [
      'two questions',
      'gates: [{ approval: {} }, { alarms: [a] }, { approval: {} }]',
      'waves[0].gates[2]: expected one approval gate in a wave, came 2',
    ],
    [
      'more than a month',
      'gates: [{ approval: { expires: 32d } }]',
      'waves[0].gates[0].approval.expires: expected from 1m to 31d, came "32d"',
    ],
    [
      'a slip in what follows',
      'gates: [{ approval: { onExpiry: held } }]',
      'waves[0].gates[0].approval.onExpiry: expected one of roll-back, hold, came "held"; did you mean "hold"?',
    ],
    [
      'a function that takes its time',
      'gates: [{ function: { name: orders, timeout: 31s } }]',
      'waves[0].gates[0].function.timeout: expected from 1s to 30s, came "31s"',
    ],
    [
      'limits of nothing',
      'limits: { unreadable: 5m }',
      'waves[0].limits: expected gates of the wave, for which alone these limits are: its fleets have their own, came none',
    ],
  ])('refuse %s', (_, wave, message) => {
    expect(messages(wave)).toEqual([message]);
  });

  it('may ask a name, with what holds for probes of fleets', () => {
    const loaded = load(`gates: [{ probe: { url: 'https://shop.example.com/up' } }]`);
    expect(loaded.ok && loaded.catalogue.waves[0]?.gates).toEqual([
      {
        ...{ kind: 'probe', mode: 'enforce', target: { url: 'https://shop.example.com/up' } },
        asked: { method: 'GET', headers: {}, attempts: 3, passes: 2, timeoutSeconds: 3 },
      },
    ]);
  });

  it('count among the places that a hub has probers in', () => {
    const gates = Array.from({ length: 11 }, (_, index) => {
      const id = index.toString(16).padStart(8, '0');
      return `{ probe: { url: 'https://shop.example.com/', vpc: { subnets: [subnet-${id}], securityGroups: [sg-00000000] } } }`;
    });
    expect(messages(`gates: [${gates.join(', ')}]`)).toEqual([
      'waves[0].gates[10].probe.vpc: expected at most 10 different places in the probes of a hub: each is a function of its own, came 11',
    ]);
  });

  it('refuse to wait for longer than the history of an execution has room for', () => {
    const top = 'look: { refresh: 5m, waiting: 5m }';
    expect(messages('gates: [{ approval: { expires: 8d } }]', top)).toEqual([]);
    expect(messages('gates: [{ approval: { expires: 9d } }]', top)).toEqual([
      'waves[0].gates[0].approval.expires: expected at most 12500m, 2500 looks of 5m (look.waiting): more would fill the history of the execution, came "9d"',
    ]);
  });
});

describe('look.waiting', () => {
  it.each([
    ['look: { waiting: 1h }', []],
    ['look: { refresh: 40m }', []],
    [
      'look: { refresh: 10m, waiting: 5m }',
      ['look.waiting: expected whole minutes, at least 10m (look.refresh), came "5m"'],
    ],
    [
      'look: { waiting: 330s }',
      ['look.waiting: expected whole minutes, at least 5m (look.refresh), came "330s"'],
    ],
  ])('%s', (top, wrong) => {
    // A hold is at least twice as long as the usual look.
    const all = messages('soak: 5m', top).filter((one) => one.startsWith('look'));
    expect(all).toEqual(wrong);
  });

  it('is half an hour, or the usual look where that is longer', () => {
    const waiting = (top: string) => {
      const loaded = load('soak: 1m', top);
      return loaded.ok ? loaded.catalogue.look.waitingSeconds : undefined;
    };
    expect(waiting('look: { refresh: 4m }')).toBe(1800);
  });
});
