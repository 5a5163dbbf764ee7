import type { Cancellable, World } from '../contract.ts';

export interface Timer {
  ref(): Timer;
  unref(): Timer;
  hasRef(): boolean;
  refresh(): Timer;
  close(): Timer;
  [Symbol.toPrimitive](): number;
}

type Callback = (...args: unknown[]) => void;

interface Entry {
  readonly id: number;
  readonly timer: Timer;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly fire: () => void;
  referenced: boolean;
  dueMs: number;
  event: Cancellable | undefined;
}

/** What of timers code can call. */
export type Timers = Pick<VirtualTimers, 'setTimeout' | 'setInterval' | 'setImmediate' | 'clear'>;

/** Node clamps every delay outside of 1 ms to 2^31 - 1 ms to 1 ms (Node.js documentation, timers). */
const DELAY_MAX_MS = 2 ** 31 - 1;

/**
 * The timers of one function instance, on the clock of the world. Between two invocations Lambda freezes the
 * instance: its timers neither fire nor lose their remaining time.
 * @see Lambda developer guide, lambda-runtime-environment ("Shutdown phase", freezing)
 */
export class VirtualTimers {
  readonly #world: World;
  readonly #label: string;
  readonly #deliver: (action: () => void) => void;
  readonly #entries = new Map<number, Entry>();
  #lastId = 0;
  #frozenAtMs: number | undefined;

  constructor(world: World, label: string, deliver: (action: () => void) => void) {
    this.#world = world;
    this.#label = label;
    this.#deliver = deliver;
  }

  /** Timers that will still do something for a waiting handler. */
  get pending(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.referenced) count += 1;
    return count;
  }

  readonly setTimeout = (callback: Callback, delayMs?: number, ...args: unknown[]): Timer =>
    this.#add(delayMs, false, () => callback(...args));

  readonly setInterval = (callback: Callback, delayMs?: number, ...args: unknown[]): Timer =>
    this.#add(delayMs, true, () => callback(...args));

  /** Within the instant, after everything that is queued for it already. */
  readonly setImmediate = (callback: Callback, ...args: unknown[]): Timer =>
    this.#insert(0, false, () => callback(...args));

  readonly clear = (timer: unknown): void => {
    const entry = this.#entries.get(Number(timer ?? 0));
    if (entry === undefined) return;
    entry.event?.cancel();
    this.#entries.delete(entry.id);
  };

  freeze(): void {
    this.#frozenAtMs = this.#world.nowMs();
    for (const entry of this.#entries.values()) entry.event?.cancel();
  }

  thaw(): void {
    if (this.#frozenAtMs === undefined) return;
    const sleptMs = this.#world.nowMs() - this.#frozenAtMs;
    this.#frozenAtMs = undefined;
    for (const entry of this.#entries.values()) {
      entry.dueMs += sleptMs;
      this.#queue(entry);
    }
  }

  dispose(): void {
    for (const entry of this.#entries.values()) entry.event?.cancel();
    this.#entries.clear();
  }

  #add(delayMs: number | undefined, repeats: boolean, fire: () => void): Timer {
    const wanted = Number(delayMs);
    return this.#insert(
      wanted >= 1 && wanted <= DELAY_MAX_MS ? Math.trunc(wanted) : 1,
      repeats,
      fire,
    );
  }

  #insert(delayMs: number, repeats: boolean, fire: () => void): Timer {
    this.#lastId += 1;
    const id = this.#lastId;
    const timer: Timer = {
      ref: () => this.#reference(id, true, timer),
      unref: () => this.#reference(id, false, timer),
      hasRef: () => this.#entries.get(id)?.referenced ?? false,
      refresh: () => this.#refresh(id, timer),
      close: () => {
        this.clear(id);
        return timer;
      },
      [Symbol.toPrimitive]: () => id,
    };
    const dueMs = this.#world.nowMs() + delayMs;
    const entry = { id, timer, delayMs, repeats, fire, referenced: true, dueMs, event: undefined };
    this.#entries.set(id, entry);
    if (this.#frozenAtMs === undefined) this.#queue(entry);
    return timer;
  }

  #queue(entry: Entry): void {
    entry.event = this.#world.at(entry.dueMs, this.#label, () => {
      if (entry.repeats) {
        entry.dueMs += entry.delayMs;
        this.#queue(entry);
      } else {
        this.#entries.delete(entry.id);
      }
      this.#deliver(entry.fire);
    });
  }

  #reference(id: number, referenced: boolean, timer: Timer): Timer {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.referenced = referenced;
    return timer;
  }

  #refresh(id: number, timer: Timer): Timer {
    const entry = this.#entries.get(id);
    if (entry === undefined) return timer;
    entry.event?.cancel();
    entry.dueMs = this.#world.nowMs() + entry.delayMs;
    if (this.#frozenAtMs === undefined) this.#queue(entry);
    return timer;
  }
}

/** `Date` on another clock. What it makes are real dates, so that `instanceof` holds on both sides. */
export function makeVirtualDate(nowMs: () => number): unknown {
  function VirtualDate(...args: unknown[]): unknown {
    if (new.target === undefined) return new Date(nowMs()).toString();
    const target = new.target === VirtualDate ? Date : new.target;
    return Reflect.construct(Date, args.length === 0 ? [nowMs()] : args, target);
  }
  VirtualDate.prototype = Date.prototype;
  return Object.assign(VirtualDate, { now: nowMs, parse: Date.parse, UTC: Date.UTC });
}

/** `AbortSignal` whose `timeout` runs on virtual timers. */
export function makeVirtualAbortSignal(timers: Timers): unknown {
  const timeout = (delayMs: number): AbortSignal => {
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    timers.setTimeout(() => controller.abort(reason), delayMs).unref();
    return controller.signal;
  };
  function VirtualAbortSignal(): never {
    throw new TypeError('Illegal constructor');
  }
  VirtualAbortSignal.prototype = AbortSignal.prototype;
  return Object.assign(VirtualAbortSignal, {
    timeout,
    abort: AbortSignal.abort,
    any: AbortSignal.any,
  });
}
