import { Readable, Writable } from 'node:stream';
import type { WireRequest, WireResponse } from '../contract.ts';
import type { Timers } from './virtual-time.ts';

/** What a function's HTTP requests reach instead of a network. @throws {LostAnswer} and the like: a broken connection. */
export type WirePort = (request: WireRequest) => Promise<WireResponse>;

export interface HttpHost {
  readonly timers: Timers;
  readonly port: WirePort;
  /** A request has left; the returned function hands something over to the instance once, and ends the waiting. */
  readonly waiting: () => (action: () => void) => void;
}

interface RequestOptions {
  readonly host?: string;
  readonly hostname?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

type OnResponse = (response: FakeResponse) => void;

/** The part of `http` and `https` that SDK clients and plain handlers use. No socket is ever opened. */
export function makeFakeHttp(host: HttpHost): Record<string, unknown> {
  const request = (...args: unknown[]): FakeRequest => {
    const last = args.at(-1);
    const onResponse = typeof last === 'function' ? (last as OnResponse) : undefined;
    return new FakeRequest(host, optionsOf(args), onResponse);
  };
  const get = (...args: unknown[]): FakeRequest => {
    const started = request(...args);
    started.end();
    return started;
  };
  return {
    request,
    get,
    Agent: FakeAgent,
    globalAgent: new FakeAgent(),
    METHODS: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'],
  };
}

class FakeAgent {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
  readonly sockets = {};
  readonly freeSockets = {};
  readonly requests = {};
  readonly options: object;
  constructor(options: { keepAlive?: boolean; maxSockets?: number } = {}) {
    this.options = options;
    this.keepAlive = options.keepAlive ?? false;
    this.maxSockets = options.maxSockets ?? Number.POSITIVE_INFINITY;
  }
  destroy(): void {
    // There is no connection to close.
  }
}

/** A connection that stands from the start and has nothing to be set. */
const SOCKET = Object.freeze({
  connecting: false,
  setKeepAlive: () => SOCKET,
  setNoDelay: () => SOCKET,
  setTimeout: () => SOCKET,
  on: () => SOCKET,
  once: () => SOCKET,
  off: () => SOCKET,
  removeListener: () => SOCKET,
});

class FakeRequest extends Writable {
  readonly socket = SOCKET;
  readonly #host: HttpHost;
  readonly #options: RequestOptions;
  readonly #headers: Record<string, string> = {};
  readonly #chunks: Uint8Array[] = [];
  #timeout: unknown;

  constructor(host: HttpHost, options: RequestOptions, onResponse: OnResponse | undefined) {
    // A request lives on after its last byte, until its answer has been read.
    super({ autoDestroy: false });
    this.#host = host;
    this.#options = options;
    for (const [name, value] of Object.entries(options.headers ?? {})) this.setHeader(name, value);
    if (onResponse !== undefined) this.once('response', onResponse);
  }

  setHeader(name: string, value: unknown): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  getHeader(name: string): string | undefined {
    return this.#headers[name.toLowerCase()];
  }

  setTimeout(delayMs: number, onTimeout?: () => void): this {
    this.#host.timers.clear(this.#timeout);
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    if (delayMs > 0) {
      this.#timeout = this.#host.timers.setTimeout(() => this.emit('timeout'), delayMs);
    }
    return this;
  }

  setNoDelay(): void {
    // No socket, no delay.
  }

  setSocketKeepAlive(): void {
    // No socket to keep.
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    done();
    const arrive = this.#host.waiting();
    this.#host.port(this.#wireRequest()).then(
      (response) => arrive(() => this.#receive(response)),
      (error: unknown) => arrive(() => this.#break(error)),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#host.timers.clear(this.#timeout);
    done(error);
  }

  #receive(response: WireResponse): void {
    if (this.destroyed) return;
    this.#host.timers.clear(this.#timeout);
    const answer = new FakeResponse(response);
    answer.once('close', () => this.destroy());
    this.emit('response', answer);
  }

  #break(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.destroy(Object.assign(new Error(message), { code: 'ECONNRESET' }));
  }

  #wireRequest(): WireRequest {
    const { path: target = '/', method = 'GET' } = this.#options;
    const cut = target.indexOf('?');
    const query = cut < 0 ? '' : target.slice(cut + 1);
    return {
      method,
      host: this.#options.hostname ?? this.#options.host ?? 'localhost',
      path: cut < 0 ? target : target.slice(0, cut),
      query: query === '' ? {} : Object.fromEntries(new URLSearchParams(query)),
      headers: this.#headers,
      body:
        this.#chunks.length === 1
          ? (this.#chunks[0] ?? Buffer.alloc(0))
          : Buffer.concat(this.#chunks),
    };
  }
}

class FakeResponse extends Readable {
  readonly statusCode: number;
  readonly statusMessage = '';
  readonly httpVersion = '1.1';
  readonly headers: Readonly<Record<string, string>>;
  #body: Uint8Array | undefined;

  constructor(response: WireResponse) {
    super();
    this.statusCode = response.status;
    this.headers = response.headers;
    this.#body = response.body;
  }

  override _read(): void {
    const body = this.#body;
    this.#body = undefined;
    if (body !== undefined && body.length > 0) this.push(body);
    this.push(null);
  }
}

function optionsOf(args: readonly unknown[]): RequestOptions {
  const [first, second] = args;
  const given = typeof first === 'string' ? new URL(first) : first;
  const more = typeof second === 'object' ? (second as RequestOptions) : {};
  if (!(given instanceof URL)) return { ...(given as RequestOptions), ...more };
  return { hostname: given.hostname, path: `${given.pathname}${given.search}`, ...more };
}
