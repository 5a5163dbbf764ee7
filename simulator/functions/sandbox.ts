import { dirname } from 'node:path';
import { format } from 'node:util';
import type { World } from '../contract.ts';
import { makeRequire, makeVirtualCrypto } from './builtins.ts';
import { BUNDLE_FILE, GLOBAL_NAMES, type GlobalName, type Wrapper } from './compile.ts';
import type { WirePort } from './fake-http.ts';
import { makeVirtualAbortSignal, makeVirtualDate, type VirtualTimers } from './virtual-time.ts';

export interface SandboxOptions {
  readonly world: World;
  readonly environment: Readonly<Record<string, string>>;
  readonly random: () => number;
  readonly timers: VirtualTimers;
  readonly port: WirePort;
  readonly waiting: () => (action: () => void) => void;
  readonly log: (message: unknown) => void;
}

/**
 * Runs a bundle's module body with an environment, clock, randomness, disk and network of its own and gives its
 * exports. This separates state, it is no security boundary: intrinsics are shared with the host.
 * @throws whatever the module body throws
 */
export function loadModule(wrapper: Wrapper, options: SandboxOptions): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  const globals = makeGlobals(options);
  const { timers, port, waiting, random } = options;
  const { process, performance } = globals;
  const require = makeRequire({ timers, port, waiting, process, performance, random });
  const body = wrapper(...GLOBAL_NAMES.map((name) => globals[name]));
  body.call(module.exports, module.exports, require, module, BUNDLE_FILE, dirname(BUNDLE_FILE));
  return module.exports;
}

type Globals = Record<GlobalName, unknown> & {
  readonly process: object;
  readonly performance: object;
};

function makeGlobals(options: SandboxOptions): Globals {
  const { world, timers, random } = options;
  const startMs = world.nowMs();
  const own = {
    process: makeProcess(options, startMs),
    console: makeConsole(options.log),
    Date: makeVirtualDate(() => world.nowMs()),
    Math: Object.create(Math, { random: { value: random } }),
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clear,
    setInterval: timers.setInterval,
    clearInterval: timers.clear,
    setImmediate: timers.setImmediate,
    clearImmediate: timers.clear,
    performance: {
      now: () => world.nowMs() - startMs,
      timeOrigin: startMs,
      mark: () => undefined,
      measure: () => undefined,
    },
    crypto: makeVirtualCrypto(random),
    fetch: undefined,
    AbortSignal: makeVirtualAbortSignal(timers),
  };
  const global = Object.create(globalThis, Object.getOwnPropertyDescriptors(own));
  return { ...own, globalThis: global, global };
}

function makeProcess({ environment, world, log }: SandboxOptions, startMs: number): object {
  const nothing = (): undefined => undefined;
  const sinceStartMs = (): number => world.nowMs() - startMs;
  const hrtime = (before: readonly [number, number] = [0, 0]): [number, number] => {
    const ms = sinceStartMs() - before[0] * 1000 - before[1] / 1e6;
    return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
  };
  const output = {
    write: (text: unknown) => {
      log(parsed(String(text).trimEnd()));
      return true;
    },
    isTTY: false,
  };
  const listeners = {
    on: nothing,
    once: nothing,
    off: nothing,
    addListener: nothing,
    removeListener: nothing,
  };
  return {
    ...listeners,
    env: { ...environment },
    version: process.version,
    versions: process.versions,
    release: process.release,
    platform: 'linux',
    arch: 'arm64',
    pid: 8,
    argv: ['/var/lang/bin/node', '/var/runtime/index.mjs'],
    execArgv: [],
    stdout: output,
    stderr: output,
    cwd: () => '/var/task',
    uptime: () => sinceStartMs() / 1000,
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(sinceStartMs()) * 1_000_000n }),
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    nextTick: process.nextTick,
    emit: () => false,
    emitWarning: nothing,
    listenerCount: () => 0,
    exit: (code: unknown) => {
      throw Object.assign(new Error(`process.exit(${String(code)})`), {
        name: 'Runtime.ExitError',
      });
    },
  };
}

function makeConsole(log: (message: unknown) => void): Record<string, unknown> {
  const write = (...args: unknown[]): void => {
    log(args.length === 1 && typeof args[0] === 'string' ? parsed(args[0]) : format(...args));
  };
  const names = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'];
  const silent = ['time', 'timeEnd', 'timeLog', 'group', 'groupEnd', 'assert', 'count'];
  return Object.fromEntries([
    ...names.map((name) => [name, write] as const),
    ...silent.map((name) => [name, () => undefined] as const),
  ]);
}

/** A log line as data when it is a JSON object or list, else as it is. */
function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
