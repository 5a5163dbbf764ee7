import { describe, expect, test } from 'vitest';
import { schemaOf } from '../../../simulator/wire/clients.ts';
import { makeWireCodec } from '../../../simulator/wire/codec.ts';
import { clientNames, clientThrough, commandOf, generate } from './harness.ts';

const codec = makeWireCodec();

/** Operations that do not survive, each with the reason. */
const exceptions: Readonly<Record<string, string>> = {
  'client-lambda InvokeWithResponseStream': 'event streams are not simulated',
  'client-eventbridge PutEvents with EndpointId':
    'a global endpoint is signed with SigV4A, for which the client needs a native module',
};

/** Inputs without the members that `exceptions` names. */
const fixedInputs: Readonly<Record<string, Record<string, unknown>>> = {
  'client-eventbridge PutEvents': { EndpointId: undefined },
};

/** The generated texts are no URLs and no digests, which only this client looks at. */
const settings: Readonly<Record<string, Record<string, unknown>>> = {
  'client-sqs': { md5: false, useQueueUrlAsEndpoint: false },
};

describe.each(clientNames)('%s', (client) => {
  const schema = schemaOf(client);

  test('every member of every operation survives client, codec, client', async () => {
    const broken: string[] = [];
    for (const operation of schema.operations.values()) {
      const name = `${client} ${operation.name}`;
      if (name in exceptions) continue;
      const input = { ...(generate(operation.input, 1) as object), ...fixedInputs[name] };
      const output = generate(operation.output, 2) as Record<string, unknown>;
      let seen: unknown;
      const sdk = clientThrough(
        codec,
        client,
        (call) => {
          seen = call;
          return { output };
        },
        settings[client],
      );
      try {
        const { $metadata, ...answer } = await sdk.send(commandOf(client, operation.name, input));
        expect(seen).toMatchObject({
          client,
          operation: operation.name,
          accessKeyId: 'AKIDEXAMPLE',
        });
        expect((seen as { input: unknown }).input, 'input').toEqual(input);
        expect(plain(answer), 'output').toEqual(output);
        expect($metadata).toMatchObject({ requestId: 'request-1' });
      } catch (error) {
        broken.push(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

/** Payloads come as a subclass of Uint8Array. */
const plain = (answer: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(answer).map(([k, v]) => [k, v instanceof Uint8Array ? Uint8Array.from(v) : v]),
  );
