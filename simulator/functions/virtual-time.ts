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

/** One timer: what code gets of it, and when it fires. A class: each call of an SDK client makes three or four. */
class Entry implements Timer {
  readonly id: number;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly fire: () => void;
  readonly #timers: VirtualTimers;
  referenced = true;
  dueMs: number;
  event: Cancellable | undefined;

  constructor(
    timers: VirtualTimers,
    id: number,
    nowMs: number,
    timing: { readonly delayMs: number; readonly repeats: boolean; readonly fire: () => void },
  ) {
    this.#timers = timers;
    this.id = id;
    this.delayMs = timing.delayMs;
    this.repeats = timing.repeats;
    this.fire = timing.fire;
    this.dueMs = nowMs + timing.delayMs;
  }

  ref(): this {
    this.referenced = true;
    return this;
  }

  unref(): this {
    this.referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.referenced;
  }

  refresh(): this {
    this.#timers.refresh(this);
    return this;
  }

  close(): this {
    this.#timers.clear(this.id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
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
    const entry = new Entry(this, this.#lastId, this.#world.nowMs(), { delayMs, repeats, fire });
    this.#entries.set(entry.id, entry);
    if (this.#frozenAtMs === undefined) this.#queue(entry);
    return entry;
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

  /** Begins a timer's delay anew; one that has fired or was cleared stays as it is. */
  refresh(entry: Entry): void {
    if (this.#entries.get(entry.id) !== entry) return;
    entry.event?.cancel();
    entry.dueMs = this.#world.nowMs() + entry.delayMs;
    if (this.#frozenAtMs === undefined) this.#queue(entry);
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
