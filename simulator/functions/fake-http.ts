import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { isAddress, type Resolved, type WebRequest } from '../web.ts';
import type { WireRequest, WireResponse } from '../wire/wire-contract.ts';
import type { Timers } from './virtual-time.ts';

/** What a function's HTTP requests reach instead of a network. @throws {LostAnswer} and the like: a broken connection. */
export type WirePort = (request: WireRequest) => Promise<WireResponse>;

export interface Internet {
  /** @throws Error with the code of getaddrinfo */
  readonly lookup: (name: string) => Promise<readonly Resolved[]>;
  readonly request: (request: Omit<WebRequest, 'inVpc'>) => Promise<WireResponse>;
}

export interface HttpHost {
  readonly timers: Timers;
  readonly port: WirePort;
  /** What is reached by name or address and is no endpoint of AWS. @default - nothing */
  readonly internet?: Internet | undefined;
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

/** What is written to it goes out when it ends. Not a stream of Node's: those cost more than the call that they carry. */
class FakeRequest extends EventEmitter {
  readonly socket = SOCKET;
  readonly writable = true;
  writableEnded = false;
  destroyed = false;
  readonly #host: HttpHost;
  readonly #options: RequestOptions;
  readonly #headers: Record<string, string> = {};
  readonly #chunks: Uint8Array[] = [];
  #timeout: unknown;

  constructor(host: HttpHost, options: RequestOptions, onResponse: OnResponse | undefined) {
    super();
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

  write(chunk: Uint8Array | string, ...rest: readonly unknown[]): boolean {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(rest)) : chunk);
    callLast(rest);
    return true;
  }

  end(...args: readonly unknown[]): this {
    const [chunk, ...rest] = args;
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.write(chunk, ...rest);
    else callLast(args);
    if (this.writableEnded || this.destroyed) return this;
    this.writableEnded = true;
    this.emit('finish');
    const arrive = this.#host.waiting();
    this.#send(this.#wireRequest()).then(
      (response) => arrive(() => this.#receive(response)),
      (error: unknown) => arrive(() => this.#break(error)),
    );
    return this;
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.#host.timers.clear(this.#timeout);
    process.nextTick(() => {
      if (error !== undefined) this.emit('error', error);
      this.emit('close');
    });
    return this;
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
    const code = error instanceof Error && 'code' in error ? error.code : 'ECONNRESET';
    this.destroy(Object.assign(new Error(message), { code }));
  }

  #send(request: WireRequest): Promise<WireResponse> {
    const { internet, port } = this.#host;
    const isElsewhere = internet !== undefined && isAddress(request.host);
    return isElsewhere ? internet.request(request) : port(request);
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

const encodingOf = ([encoding]: readonly unknown[]): BufferEncoding =>
  typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';

/** Writers may give a callback behind everything else. */
function callLast(args: readonly unknown[]): void {
  const done = args.at(-1);
  if (typeof done === 'function') process.nextTick(done as () => void);
}

class FakeResponse extends Readable {
  readonly statusCode: number;
  readonly statusMessage = '';
  readonly httpVersion = '1.1';
  readonly complete = true;
  readonly headers: Readonly<Record<string, string>>;
  #body: Uint8Array | undefined;

  constructor(response: WireResponse) {
    super();
    this.statusCode = response.status;
    this.headers = response.headers;
    this.#body = response.body;
  }

  override _read(): void {
    const body = this.#take();
    if (body !== undefined) this.push(body);
    this.push(null);
  }

  /** The whole body is there: where nothing has been read yet, it goes over in one piece. */
  override pipe<Target extends NodeJS.WritableStream>(
    target: Target,
    options?: { readonly end?: boolean },
  ): Target {
    if (this.readableFlowing !== null || options?.end === false) return super.pipe(target, options);
    process.nextTick(() => {
      const body = this.#take();
      if (body === undefined) target.end();
      else target.end(body);
      this.destroy();
    });
    return target;
  }

  #take(): Uint8Array | undefined {
    const body = this.#body;
    this.#body = undefined;
    return body === undefined || body.length === 0 ? undefined : body;
  }
}

function optionsOf(args: readonly unknown[]): RequestOptions {
  const [first, second] = args;
  const given = typeof first === 'string' ? new URL(first) : first;
  const more = typeof second === 'object' ? (second as RequestOptions) : {};
  if (!(given instanceof URL)) return { ...(given as RequestOptions), ...more };
  return { hostname: given.hostname, path: `${given.pathname}${given.search}`, ...more };
}
