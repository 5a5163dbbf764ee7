import { type Bundle, isPure, type Wrapper } from './compile.ts';
import { handOver } from './hand-over.ts';
import { type Modules, makeModules, type Surroundings } from './sandbox.ts';

/**
 * Pure chunks, evaluated once per process for all function instances of all worlds: they make up nine tenths of a
 * bundle, and code whose classes are made anew for each instance stays slow however often it runs. Their
 * surroundings are those of the instance that runs at the moment: there is one at a time, since each event of a world
 * reaches one instance at most, and everything that it sets in motion comes to rest before the next event.
 */
let current: Surroundings | undefined;

/** From now on pure code runs for this instance. */
export function runFor(surroundings: Surroundings): void {
  current = surroundings;
}

function running(): Surroundings {
  if (current === undefined) throw new Error('pure code runs, but no function does');
  return current;
}

const AMBIENT: Surroundings = {
  nowMs: () => running().nowMs(),
  get startMs() {
    return running().startMs;
  },
  get environment() {
    return running().environment;
  },
  random: () => running().random(),
  log: (message) => running().log(message),
  timers: {
    setTimeout: (...args) => running().timers.setTimeout(...args),
    setInterval: (...args) => running().timers.setInterval(...args),
    setImmediate: (...args) => running().timers.setImmediate(...args),
    clear: (timer) => running().timers.clear(timer),
  },
  port: (request) => running().port(request),
  get carrier() {
    return running().carrier;
  },
  waiting: () => running().waiting(),
};

/** By the code of the first chunk that was asked for: a chunk's name is made of what is in it and in what it requires. */
const evaluated = new Map<Wrapper, Modules>();

/** The exports of a pure chunk; undefined for any other module. */
export function loadPure(bundle: Bundle, path: string): Record<string, unknown> | undefined {
  if (!isPure(path)) return undefined;
  const wrapper = bundle.open(path);
  if (wrapper === undefined) return undefined;
  let modules = evaluated.get(wrapper);
  if (modules === undefined) {
    modules = makeModules(bundle, AMBIENT, (other) =>
      other === path ? undefined : loadPure(bundle, other),
    );
    evaluated.set(wrapper, modules);
    handOver(modules.load(path), running);
  }
  return modules.load(path);
}
