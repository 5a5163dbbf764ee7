import { posix } from 'node:path';
import { format } from 'node:util';
import { makeRequire, makeVirtualCrypto, moduleNotFound } from './builtins.ts';
import { type Bundle, GLOBAL_NAMES, type GlobalName, TASK_ROOT } from './compile.ts';
import type { HandingOver } from './hand-over.ts';
import { makeVirtualAbortSignal, makeVirtualDate } from './virtual-time.ts';

/** What a function instance gives to the code in it. */
export interface Surroundings extends HandingOver {
  readonly nowMs: () => number;
  /** Virtual milliseconds since the epoch at which its process began. */
  readonly startMs: number;
  readonly random: () => number;
  /** Asks for the message only where somebody listens. */
  readonly log: (message: () => unknown) => void;
}

/** Loads modules once each and gives their exports. */
export interface Modules {
  /** @throws whatever a module body throws */
  load(path: string): Record<string, unknown>;
}

/**
 * The modules of a bundle with an environment, clock, randomness, disk and network of their own. This separates state, it is
 * no security boundary: intrinsics are shared with the host.
 *
 * @param elsewhere gives the exports of a module that is not to be evaluated here
 */
export function makeModules(
  bundle: Bundle,
  surroundings: Surroundings,
  elsewhere: (path: string) => Record<string, unknown> | undefined,
): Modules {
  const globals = makeGlobals(surroundings);
  const { process, performance } = globals;
  const builtin = makeRequire(surroundings, { process, performance });
  const given = GLOBAL_NAMES.map((name) => globals[name]);
  const loaded = new Map<string, { readonly exports: Record<string, unknown> }>();
  const load = (path: string): Record<string, unknown> => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const foreign = elsewhere(path);
    if (foreign !== undefined) return foreign;
    const wrapper = bundle.open(path);
    if (wrapper === undefined) throw moduleNotFound(path);
    const module = { exports: {} as Record<string, unknown> };
    // Before its body runs: what a module of a cycle sees is what the other has exported so far.
    loaded.set(path, module);
    const directory = posix.dirname(path);
    const require = (name: string): unknown =>
      name.startsWith('.') ? load(posix.join(directory, name)) : builtin(name);
    wrapper(...given).call(module.exports, module.exports, require, module, path, directory);
    return module.exports;
  };
  return { load };
}

type Globals = Record<GlobalName, unknown> & {
  readonly process: object;
  readonly performance: object;
};

function makeGlobals(surroundings: Surroundings): Globals {
  const { timers, random, nowMs } = surroundings;
  const own = {
    process: makeProcess(surroundings),
    console: makeConsole(surroundings),
    Date: makeVirtualDate(nowMs),
    Math: Object.create(Math, { random: { value: random } }),
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clear,
    setInterval: timers.setInterval,
    clearInterval: timers.clear,
    setImmediate: timers.setImmediate,
    clearImmediate: timers.clear,
    performance: {
      now: () => nowMs() - surroundings.startMs,
      get timeOrigin() {
        return surroundings.startMs;
      },
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

function makeProcess(surroundings: Surroundings): object {
  const nothing = (): undefined => undefined;
  const sinceStartMs = (): number => surroundings.nowMs() - surroundings.startMs;
  const hrtime = (before: readonly [number, number] = [0, 0]): [number, number] => {
    const ms = sinceStartMs() - before[0] * 1000 - before[1] / 1e6;
    return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
  };
  const output = {
    write: (text: unknown) => {
      surroundings.log(() => parsed(String(text).trimEnd()));
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
    get env() {
      return surroundings.environment;
    },
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
    cwd: () => TASK_ROOT,
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

function makeConsole(surroundings: Surroundings): Record<string, unknown> {
  const write = (...args: unknown[]): void => {
    surroundings.log(() =>
      args.length === 1 && typeof args[0] === 'string' ? parsed(args[0]) : format(...args),
    );
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
