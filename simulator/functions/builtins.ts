import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import { randomUuid } from '../random.ts';
import type { HttpHost } from './fake-http.ts';
import { makeFakeHttp } from './fake-http.ts';

const hostRequire = createRequire(import.meta.url);

/** Modules without clock, randomness or outside world: the host's own. */
const PURE_MODULES: ReadonlySet<string> = new Set([
  'assert',
  'async_hooks',
  'buffer',
  'events',
  'path',
  'path/posix',
  'punycode',
  'querystring',
  'stream',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'url',
  'util',
  'util/types',
]);

interface Builtins extends HttpHost, BuiltinGlobals {
  readonly random: () => number;
}

/** Globals that a module of Node gives out as well. */
export interface BuiltinGlobals {
  readonly process: object;
  readonly performance: object;
}

/**
 * `require` as a deployed function sees it: pure modules are the host's, the rest is virtual, and what is in
 * neither list does not exist. Bundlers copy own members only, so each stand-in has its members as its own.
 */
export function makeRequire(
  host: HttpHost & { readonly random: () => number },
  { process, performance }: BuiltinGlobals,
): (name: string) => unknown {
  const { random, timers, port, internet, waiting } = host;
  const builtins = { random, timers, port, internet, waiting, process, performance };
  const made = new Map<string, unknown>();
  return (name) => {
    const bare = name.startsWith('node:') ? name.slice('node:'.length) : name;
    if (PURE_MODULES.has(bare)) return hostRequire(`node:${bare}`);
    if (!made.has(bare)) {
      if (!Object.hasOwn(VIRTUAL_MODULES, bare)) throw moduleNotFound(name);
      made.set(bare, VIRTUAL_MODULES[bare]?.(builtins));
    }
    return made.get(bare);
  };
}

/** Names are looked up by promise alone, all addresses at once. */
const makeNames = ({ internet, waiting }: Builtins) => ({
  lookup: (name: string) => {
    const arrive = waiting();
    const found = internet?.lookup(name) ?? Promise.reject(new Error('there is no network'));
    return new Promise((resolve, reject) => {
      found.then(
        (addresses) => arrive(() => resolve(addresses)),
        (error: unknown) => arrive(() => reject(error)),
      );
    });
  },
});

const VIRTUAL_MODULES: Readonly<Record<string, (host: Builtins) => unknown>> = {
  child_process: () => ({
    exec: refuse('exec'),
    execFile: refuse('execFile'),
    spawn: refuse('spawn'),
  }),
  crypto: (host) => makeVirtualCrypto(host.random),
  dns: (host) => ({ promises: makeNames(host) }),
  'dns/promises': makeNames,
  fs: () => EMPTY_DISK,
  'fs/promises': () => EMPTY_DISK.promises,
  http: makeFakeHttp,
  http2: () => ({ connect: refuse('http2.connect'), constants: {} }),
  https: makeFakeHttp,
  os: () => OPERATING_SYSTEM,
  perf_hooks: (host) => ({ performance: host.performance }),
  process: (host) => host.process,
  timers: ({ timers }) => ({
    setTimeout: timers.setTimeout,
    setInterval: timers.setInterval,
    setImmediate: timers.setImmediate,
    clearTimeout: timers.clear,
    clearInterval: timers.clear,
    clearImmediate: timers.clear,
  }),
  'timers/promises': ({ timers }) => ({
    setTimeout: (delayMs: number, value: unknown) =>
      new Promise((resolve) => timers.setTimeout(() => resolve(value), delayMs)),
    setImmediate: (value: unknown) =>
      new Promise((resolve) => timers.setImmediate(() => resolve(value))),
  }),
  zlib: () => COMPRESSION,
};

/** `crypto` whose random members draw from a stream of the world; hashing and signing are the host's. */
export function makeVirtualCrypto(random: () => number): Record<string, unknown> {
  const fill = <Bytes extends ArrayBufferView>(target: Bytes): Bytes => {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.floor(random() * 256);
    return target;
  };
  const randomBytes = (
    size: number,
    done?: (error: null, bytes: Buffer) => void,
  ): Buffer | undefined => {
    const bytes = fill(Buffer.alloc(size));
    if (done === undefined) return bytes;
    process.nextTick(done, null, bytes);
    return undefined;
  };
  const randomInt = (low: number, high?: number): number =>
    high === undefined ? Math.floor(random() * low) : low + Math.floor(random() * (high - low));
  const webcrypto = { getRandomValues: fill, randomUUID: () => randomUuid(random) };
  const { createHash, createHmac, createSign, createVerify, createPrivateKey, createPublicKey } =
    crypto;
  const { timingSafeEqual, getHashes, sign, verify, constants } = crypto;
  return {
    ...{ createHash, createHmac, createSign, createVerify, createPrivateKey, createPublicKey },
    ...{ timingSafeEqual, getHashes, sign, verify, constants },
    ...{ randomBytes, randomInt, randomFillSync: fill, ...webcrypto, webcrypto },
  };
}

/** A disk without files: no configuration of the person who runs this may reach a function. */
const EMPTY_DISK = (() => {
  const missing = (path: unknown): Error =>
    Object.assign(new Error(`ENOENT: no such file or directory, open '${String(path)}'`), {
      code: 'ENOENT',
      errno: -2,
      syscall: 'open',
      path,
    });
  const throwing = (path: unknown): never => {
    throw missing(path);
  };
  const calling = (path: unknown, ...rest: unknown[]): void => {
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done as (error: Error) => void, missing(path));
  };
  const rejecting = async (path: unknown): Promise<never> => throwing(path);
  const promises = {
    readFile: rejecting,
    stat: rejecting,
    access: rejecting,
    open: rejecting,
    writeFile: rejecting,
  };
  return {
    promises,
    existsSync: () => false,
    ...{ readFileSync: throwing, statSync: throwing, lstatSync: throwing, fstatSync: throwing },
    ...{ readFile: calling, stat: calling, access: calling },
    ...{ createReadStream: throwing, writeFileSync: throwing, ReadStream: class ReadStream {} },
  };
})();

const OPERATING_SYSTEM = {
  EOL: '\n',
  arch: () => 'arm64',
  homedir: () => '/home/sbx_user1051',
  hostname: () => '169.254.0.2',
  platform: () => 'linux',
  release: () => '5.10.0',
  tmpdir: () => '/tmp',
  type: () => 'Linux',
  cpus: () => [],
};

type Compress = (data: Uint8Array | string) => Buffer;

/** The host's thread pool would answer at a real instant: these answer in the same virtual one. */
const COMPRESSION = (() => {
  const callback =
    (compress: Compress) =>
    (data: Uint8Array | string, ...rest: unknown[]): void => {
      const done = rest.at(-1) as (error: unknown, result?: Buffer) => void;
      process.nextTick(() => {
        try {
          done(null, compress(data));
        } catch (error) {
          done(error);
        }
      });
    };
  const { gzipSync, gunzipSync, deflateSync, inflateSync, constants } = zlib;
  return {
    ...{ gzipSync, gunzipSync, deflateSync, inflateSync, constants },
    gzip: callback(gzipSync),
    gunzip: callback(gunzipSync),
    deflate: callback(deflateSync),
    inflate: callback(inflateSync),
  };
})();

function refuse(what: string): () => never {
  return () => {
    throw new Error(`a simulated function has no ${what}`);
  };
}

/** As Node words it, with what there is. */
export function moduleNotFound(name: string): Error {
  const message = `Cannot find module '${name}' (a simulated function has the files of its bundle and the built-ins listed in simulator/functions/builtins.ts)`;
  return Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' });
}
