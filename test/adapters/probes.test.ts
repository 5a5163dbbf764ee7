import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LambdaClient } from '../../lambdas/adapters/clients/lambda.ts';
import { makeProbes } from '../../lambdas/adapters/probes.ts';
import { probedFleet, probedWave } from '../../lambdas/core/judge-probe.ts';
import type { ProbeGate, ProbeRequirements } from '../../lambdas/core/probe/policy.ts';
import { aMix, at, NEW } from '../builders.ts';

const asked: ProbeRequirements = {
  ...{ method: 'GET', headers: {}, attempts: 2, passes: 1, timeoutSeconds: 3 },
};
const byUrl: ProbeGate = {
  ...{ kind: 'probe', mode: 'enforce', asked },
  target: { url: 'https://shop.example.com:8443/up?deep=1' },
};
const vpc = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
const perInstance: ProbeGate = {
  ...{ kind: 'probe', mode: 'enforce', asked, vpc },
  target: { scheme: 'http', port: 8080, path: '/up', instancesMax: 5 },
};

const group = aMix(2);
const newIds = group.instances
  .filter((one) => one.launchTemplateVersion === NEW)
  .map((one) => one.instanceId)
  .sort();

beforeEach(() => {
  vi.stubEnv('PROBE_FUNCTIONS', JSON.stringify({ internet: 'outside', 'subnet-1/sg-1': 'inside' }));
  vi.stubEnv('LOCATE_FUNCTION', 'locate');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

type Answer = (request: never) => unknown;

function lambda(functions: Readonly<Record<string, Answer>>) {
  const calls: [string, unknown][] = [];
  const send = async (command: { input: { FunctionName: string; Payload: Uint8Array } }) => {
    const { FunctionName: name, Payload: payload } = command.input;
    const request = JSON.parse(new TextDecoder().decode(payload));
    calls.push([name, request]);
    const answer = await functions[name]?.(request as never);
    return { Payload: new TextEncoder().encode(JSON.stringify(answer)) };
  };
  return { client: { send } as unknown as LambdaClient, calls };
}

const passing = ({ targets }: { targets: { target: string }[] }) => ({
  targets: targets.map(({ target }) => ({
    target,
    passed: 1,
    failed: 0,
    notMade: 0,
    slowestMs: 9,
  })),
});
const failing = ({ targets }: { targets: { target: string }[] }) => ({
  targets: targets.map(({ target }) => ({
    target,
    passed: 0,
    failed: 2,
    notMade: 0,
    reason: 'no',
  })),
});
const startedAt = new Date(at(0)).toISOString();
const locate = ({ instanceIds }: { instanceIds: string[] }) => ({
  instances: Object.fromEntries(
    instanceIds.map((id, index) => [id, { address: `10.0.0.${index + 1}`, startedAt }]),
  ),
});

async function outcomeOf(gate: ProbeGate, functions: Readonly<Record<string, Answer>>) {
  const { client, calls } = lambda(functions);
  const [reading] = await makeProbes(client, [probedFleet([gate], group, NEW)], at(900));
  return { outcome: reading?.probes?.[0]?.outcome, calls };
}

describe('a probe', () => {
  it('of a URL is asked of the prober outside of any VPC', async () => {
    const { outcome, calls } = await outcomeOf(byUrl, { outside: passing });
    expect(calls).toEqual([
      [
        'outside',
        {
          version: 1,
          targets: [
            {
              ...{ target: 'https://shop.example.com:8443/up?deep=1', scheme: 'https', port: 8443 },
              ...{
                connectTo: 'shop.example.com',
                path: '/up?deep=1',
                host: 'shop.example.com:8443',
              },
            },
          ],
          asked,
        },
      ],
    ]);
    expect(outcome).toMatchObject({ kind: 'answered', inService: 2, targets: [{ passed: 1 }] });
  });

  it('of each instance is asked of the prober of its place, by private addresses', async () => {
    const { outcome, calls } = await outcomeOf(perInstance, { inside: passing, locate });
    expect(calls.map(([name]) => name)).toEqual(['locate', 'inside']);
    expect(calls[0]?.[1]).toEqual({ version: 1, instanceIds: newIds });
    expect(calls[1]?.[1]).toMatchObject({
      targets: [
        {
          target: newIds[0],
          scheme: 'http',
          connectTo: '10.0.0.1',
          port: 8080,
          host: '10.0.0.1:8080',
        },
        { target: newIds[1], connectTo: '10.0.0.2' },
      ],
    });
    expect(outcome).toMatchObject({ kind: 'answered', inService: 2 });
  });

  it('of an instance that fails because it is leaving says nothing', async () => {
    let asks = 0;
    const { outcome } = await outcomeOf(perInstance, {
      inside: failing,
      // The first of the two has left by the time that it is looked for again.
      locate: (request: { instanceIds: string[] }) => {
        asks += 1;
        const { instances } = locate(request);
        const { [newIds[0] ?? '']: _, ...others } = instances;
        return { instances: asks === 1 ? instances : others };
      },
    });
    expect(outcome).toMatchObject({
      kind: 'answered',
      targets: [{ target: newIds[1], failed: 2 }],
    });
  });

  it('leaves out instances that still start: as long as it says, or the group for its health checks', async () => {
    const settling = (settleSeconds?: number): ProbeGate => ({
      ...perInstance,
      target: { ...perInstance.target, settleSeconds } as ProbeGate['target'],
    });
    const targetsWith = async (gate: ProbeGate, graceSeconds: number) => {
      const { client } = lambda({ inside: passing, locate });
      const young = { ...group, healthCheckGracePeriodSeconds: graceSeconds };
      const fleets = [probedFleet([gate], young, NEW)];
      const [reading] = await makeProbes(client, fleets, at(300));
      const outcome = reading?.probes?.[0]?.outcome;
      return outcome?.kind === 'answered' ? outcome.targets.length : outcome;
    };
    expect(await targetsWith(settling(300), 900)).toBe(2);
    expect(await targetsWith(settling(301), 0)).toBe(0);
    expect(await targetsWith(perInstance, 300)).toBe(2);
    expect(await targetsWith(perInstance, 301)).toBe(0);
  });

  it('of a wave is made once, as soon as any of its fleets has a new instance in service', async () => {
    const { client, calls } = lambda({ outside: passing });
    const empty = probedFleet([], aMix(0), NEW);
    const wave = (...fleets: readonly (typeof empty)[]) => probedWave([byUrl], fleets);
    const both = [wave(empty), wave(empty, probedFleet([byUrl], group, NEW))];
    const [none, made] = await makeProbes(client, both, at(900));
    expect(none).toEqual({ probes: [] });
    expect(made?.probes).toMatchObject([{ gate: 0, outcome: { kind: 'answered', inService: 2 } }]);
    expect(calls).toHaveLength(1);
  });

  it('is nothing before a new instance is in service', async () => {
    const { client } = lambda({});
    const fleets = [
      probedFleet([byUrl], aMix(0), NEW),
      probedFleet([byUrl], group, undefined),
      probedFleet([], group, NEW),
    ];
    expect(await makeProbes(client, fleets, at(0))).toEqual([{ probes: [] }, { probes: [] }, {}]);
  });
});

describe('nobody probed', () => {
  it.each([
    [
      'when the prober throws',
      byUrl,
      { outside: () => Promise.reject(new Error('AccessDenied')) },
      'outside failed: Error: AccessDenied',
    ],
    [
      'when it answers something else',
      byUrl,
      { outside: () => ({ ok: true }) },
      'outside answered wrongly: ',
    ],
    [
      'when it answers about others',
      byUrl,
      { outside: () => ({ targets: [{ target: 'x', passed: 1, failed: 0, notMade: 0 }] }) },
      'outside answered about x, not https://shop.example.com:8443/up?deep=1',
    ],
    [
      'when addresses cannot be found',
      perInstance,
      { locate: () => Promise.reject(new Error('throttled')) },
      'locate failed: Error: throttled',
    ],
    [
      'when no prober stands there',
      { ...byUrl, vpc: { ...vpc, subnetIds: ['subnet-2'] } },
      {},
      'no prober is deployed in subnet-2/sg-1: deploy a catalogue that has this gate',
    ],
  ] as const)('%s', async (_, gate, functions, error) => {
    const { outcome } = await outcomeOf(gate as ProbeGate, functions as never);
    expect(outcome?.kind).toBe('failed');
    expect(outcome).toMatchObject({ error: expect.stringContaining(error) });
  });

  it('when it hangs: given up after its attempts and a start, and not before', async () => {
    vi.useFakeTimers();
    let aborted = false;
    const client = {
      send: (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise((_resolve, reject) =>
          abortSignal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          }),
        ),
    } as unknown as LambdaClient;
    const made = makeProbes(client, [probedFleet([byUrl], group, NEW)], at(900));
    // Two attempts of 3 s with a pause of half a second, and 6 s for a start.
    await vi.advanceTimersByTimeAsync(12_999);
    expect(aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect((await made)[0]?.probes?.[0]?.outcome).toEqual({
      kind: 'failed',
      error: 'outside failed: no answer within 13 s',
    });
  });

  it('however many fleets a wave has, all together are waited for within a look', async () => {
    vi.useFakeTimers();
    const client = {
      send: (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise((_resolve, reject) =>
          abortSignal.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
    } as unknown as LambdaClient;
    const startedMs = Date.now();
    const fleets = Array.from({ length: 400 }, () => probedFleet([byUrl], group, NEW));
    const made = makeProbes(client, fleets, at(900));
    await vi.runAllTimersAsync();
    const readings = await made;
    expect(Date.now() - startedMs).toBeLessThanOrEqual(42_000);
    expect(readings.at(-1)?.probes?.[0]?.outcome).toEqual({
      kind: 'failed',
      error: 'not asked within 42 s, in which all probes are made',
    });
  });
});
