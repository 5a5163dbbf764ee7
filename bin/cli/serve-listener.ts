import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireRequest, WireResponse } from '../../simulator/wire/wire-contract.ts';
import { UserMistake } from './user-mistake.ts';

/** Never an address that others can reach: whoever reaches it is an administrator. */
const HOST = '127.0.0.1';
/** More than any request of a simulated service may have (an asynchronous payload, 1 MiB; a batch of items, 16 MiB). */
const BODY_BYTES_MAX = 20 * 1024 * 1024;

export interface Listener {
  readonly url: string;
  /** No request is taken any more, and those under way are cut off. */
  close(): Promise<void>;
}

export interface ListenerOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly answer: (request: WireRequest) => Promise<WireResponse>;
  /** Told of what `answer` throws; the caller sees status 500. */
  readonly complain: (error: unknown) => void;
}

/** @throws UserMistake when the port cannot be listened on */
export async function listen({ port, answer, complain }: ListenerOptions): Promise<Listener> {
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing, answer).catch((error: unknown) => {
      // A caller who has gone needs no answer, and nobody needs to know.
      if (incoming.errored !== null) return;
      complain(error);
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new UserMistake(`--port ${port}: ${error.message}`, { cause: error }));
    });
    server.listen(port, HOST, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: ListenerOptions['answer'],
): Promise<void> {
  const body = await bodyOf(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const { status, headers, body: content } = await answer(wireRequest(incoming, body));
  outgoing.writeHead(status, headers).end(content);
}

/** Undefined when it is too large. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function wireRequest(incoming: IncomingMessage, body: Uint8Array): WireRequest {
  const { method = 'GET', url = '/', headers } = incoming;
  const cut = url.indexOf('?');
  return {
    method,
    host: headers.host ?? HOST,
    path: cut < 0 ? url : url.slice(0, cut),
    query: queryOf(cut < 0 ? '' : url.slice(cut + 1)),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
    ),
    body,
  };
}

function queryOf(text: string): Readonly<Record<string, string | readonly string[]>> {
  const search = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(search.keys())].map((name) => {
      const values = search.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}
