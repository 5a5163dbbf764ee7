import { expect, test } from 'vitest';
import type { DecodedCall, WireCodec, WireRequest } from '../../../simulator/contract.ts';
import { makeWirePort } from '../../../simulator/functions/wire-port.ts';
import { makeWorld } from '../../../simulator/world.ts';

const request = (host: string): WireRequest => ({
  method: 'POST',
  host,
  path: '/',
  query: {},
  headers: {},
  body: new Uint8Array(),
});

test('of two requests the first is performed first, even when its client is yet to be loaded', async () => {
  const world = makeWorld({ seed: 1, startMs: 0 });
  const performed: string[] = [];
  const port = makeWirePort({
    world,
    iam: { callerOf: () => ({ kind: 'person', name: 'operator' }) },
    codec: {
      decode: async ({ host }: WireRequest) => {
        if (host === 'slow') await new Promise((resolve) => setTimeout(resolve, 5));
        return { client: host, operation: 'Call', input: {}, accessKeyId: 'A' } as DecodedCall;
      },
    } as unknown as WireCodec,
    calls: {
      perform: (async ({ client }: { readonly client: string }) => {
        performed.push(client);
        return { status: 200, headers: {}, body: new Uint8Array() };
      }) as never,
    },
  });
  await Promise.all([port(request('slow')), port(request('quick'))]);
  expect(performed).toEqual(['slow', 'quick']);
});
