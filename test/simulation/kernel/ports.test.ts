import { expect, test } from 'vitest';
import type { Outcome } from '../../../simulator/calls.ts';
import { AwsError } from '../../../simulator/contract.ts';
import { makePorts } from '../../../simulator/functions/ports.ts';
import type { DecodedCall, WireCodec, WireRequest } from '../../../simulator/wire/wire-contract.ts';
import { makeWorld } from '../../../simulator/world.ts';

const request = (host: string): WireRequest => ({
  method: 'POST',
  host,
  path: '/',
  query: {},
  headers: {},
  body: new Uint8Array(),
});

/** What is performed of requests that are made in one instant, in its order. */
async function performed(hosts: readonly string[]): Promise<readonly string[]> {
  const world = makeWorld({ seed: 1, startMs: 0 });
  const clients: string[] = [];
  const { wire: port } = makePorts({
    world,
    iam: { callerOf: () => ({ kind: 'person', name: 'operator' }) },
    codec: {
      decode: async ({ host }: WireRequest) => {
        // As when the schemas of a client are loaded at its first use.
        if (host === 'alb') await new Promise((resolve) => setTimeout(resolve, 5));
        return { client: host, operation: 'Call', input: {}, accessKeyId: 'A' } as DecodedCall;
      },
    } as unknown as WireCodec,
    calls: {
      perform: (async ({ client }: { readonly client: string }) => {
        clients.push(client);
        return { status: 200, headers: {}, body: new Uint8Array() };
      }) as never,
    },
  });
  world.at(0, 'requests', () => {
    for (const host of hosts) void port(request(host));
  });
  await world.run();
  return clients;
}

test('requests of one instant are performed in an order of their own, however they came and whatever is loaded', async () => {
  expect(await performed(['sqs', 'alb', 'ec2'])).toEqual(['alb', 'ec2', 'sqs']);
  expect(await performed(['ec2', 'sqs', 'alb'])).toEqual(['alb', 'ec2', 'sqs']);
});

const FROM = { namespace: 'com.amazonaws.sqs', operation: 'Call', accessKeyId: 'A' };

/** What is performed, and what a handed over call and two on the wire after it come to. */
async function handedOver(repeats: boolean) {
  const world = makeWorld({ seed: 1, startMs: 0 });
  const refused = new AwsError('Throttling', 'Rate exceeded', 400);
  let performed = 0;
  const { wire, carrier } = makePorts({
    world,
    iam: { callerOf: () => ({ kind: 'person', name: 'operator' }) },
    codec: {
      decode: async () => ({
        client: 'client-sqs',
        operation: 'Call',
        input: {},
        accessKeyId: 'A',
      }),
      carryInput: () => ({ client: 'client-sqs', operation: 'Call', input: {}, accessKeyId: 'A' }),
      encodeError: async () => ({ status: 400, headers: {}, body: new Uint8Array() }),
    } as unknown as WireCodec,
    calls: {
      perform: (async (_: unknown, answer: (outcome: Outcome) => unknown) => {
        performed += 1;
        return answer({ ok: false, error: refused });
      }) as never,
    },
  });
  const counts: number[] = [];
  world.at(0, 'call', async () => {
    const end = await carrier(FROM, {});
    if (end !== undefined && 'repeat' in end && repeats) end.repeat();
    counts.push(performed);
    await wire(request('sqs'));
    counts.push(performed);
    await wire(request('sqs'));
    counts.push(performed);
  });
  await world.run();
  return counts;
}

test('a handed over call that fails meets the same end on the wire, once and without another effect', async () => {
  expect(await handedOver(true)).toEqual([1, 1, 2]);
});

test('what nobody repeats is forgotten', async () => {
  expect(await handedOver(false)).toEqual([1, 2, 3]);
});
