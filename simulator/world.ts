import type { Cancellable, TraceEntry, World } from './contract.ts';
import { EventQueue } from './queue.ts';
import { makeRandom } from './random.ts';

export type TraceLine = TraceEntry & {
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
};

export interface WorldOptions {
  readonly seed: number;
  /** Epoch milliseconds. */
  readonly startMs: number;
  /**
   * Gets every line as it happens. The values in a line may be live: write them down at once or copy them.
   * Without it nothing is recorded, which is faster.
   */
  readonly trace?: (line: TraceLine) => void;
  /** Turns of the real event loop that an activity may take before it is said to stall. @default 5 million, some 7 s */
  readonly turnsMax?: number;
}

export interface RunOptions {
  /** Events after this instant are left in the queue; the clock then stands at this instant. */
  readonly untilMs?: number;
  /** Asked between two events, at rest. */
  readonly stop?: () => boolean;
  readonly maxEvents?: number;
}

export interface RunReport {
  readonly events: number;
  /**
   * `rest`: nothing left but background ticks. `stuck`: somebody is still busy, yet no event is left that could end it.
   */
  readonly ended: 'rest' | 'stuck' | 'until' | 'stopped' | 'max-events';
  /** The labels of those who are still busy. */
  readonly busy: readonly string[];
}

/** Real asynchronous work that needs more than promises to come to rest (a module being loaded). */
export interface Activity {
  done(): void;
}

export interface RunnableWorld extends World {
  /** Whether anybody reads the trace; who would pay for an entry may ask first. */
  readonly tracing: boolean;
  /**
   * Takes events in (instant, sequence) order; between two of them every promise that an event started comes to rest.
   * Ends at rest: when neither foreground events nor busy holders are left; or as the options say.
   * @throws whatever an event throws, and what `fail` was given; the world should not be used after that.
   */
  run(options?: RunOptions): Promise<RunReport>;
  /** One event; false when the queue is empty. */
  step(): Promise<boolean>;
  /** Lets so much time pass, background ticks included, and leaves the clock there. */
  advance(durationMs: number): Promise<RunReport>;
  /** Holds the next event back until `done`. Only for work that promises alone do not settle. */
  activity(label: string): Activity;
  /** Runs the check once, when what the present event started has come to rest, before the next event. */
  atRest(check: () => void): void;
  /** Ends the run with this error: the simulator itself is wrong, which no caller inside it may catch. */
  fail(error: unknown): void;
}

/** Loading the schemas of every SDK client takes about 0.9 s, at 1.3 µs per turn. */
const TURNS_MAX = 5_000_000;

const CALLBACKS_PER_TURN = 32;

export function makeWorld(options: WorldOptions): RunnableWorld {
  return new QueueWorld(options);
}

class QueueWorld implements RunnableWorld {
  readonly seed: number;
  readonly tracing: boolean;
  readonly #turnsMax: number;
  readonly #sink: ((line: TraceLine) => void) | undefined;
  readonly #queue = new EventQueue();
  readonly #streams = new Map<string, () => number>();
  readonly #busy = new Set<{ label: string }>();
  readonly #activities = new Set<{ label: string }>();
  #checks: (() => void)[] = [];
  #failure: { error: unknown } | undefined;
  #running = false;
  /** Turns of the real event loop since the last event. */
  #turns = 0;
  #nowMs: number;
  #stamp = { atMs: Number.NaN, text: '' };

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.#nowMs = Math.ceil(options.startMs);
    this.#turnsMax = options.turnsMax ?? TURNS_MAX;
    this.#sink = options.trace;
    this.tracing = options.trace !== undefined;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  random(stream: string): () => number {
    let random = this.#streams.get(stream);
    if (random === undefined) {
      random = makeRandom(this.seed, stream);
      this.#streams.set(stream, random);
    }
    return random;
  }

  at(atMs: number, label: string, action: () => void): Cancellable {
    return this.#queue.add(this.#instant(atMs, label), label, false, action);
  }

  after(delayMs: number, label: string, action: () => void): Cancellable {
    return this.at(this.#nowMs + delayMs, label, action);
  }

  every(everyMs: number, label: string, action: () => void): Cancellable {
    if (!(everyMs >= 1)) throw new RangeError(`${label}: every ${everyMs} ms is no period`);
    let cancelled = false;
    let queued: Cancellable | undefined;
    const tick = (): void => {
      action();
      // The action may be what cancels.
      if (!cancelled) queue();
    };
    const queue = (): void => {
      const nextMs = (Math.floor(this.#nowMs / everyMs) + 1) * everyMs;
      queued = this.#queue.add(this.#instant(nextMs, label), label, true, tick);
    };
    queue();
    return {
      cancel: () => {
        cancelled = true;
        queued?.cancel();
      },
    };
  }

  busy(label: string): Cancellable {
    const holder = { label };
    this.#busy.add(holder);
    return { cancel: () => this.#busy.delete(holder) };
  }

  activity(label: string): Activity {
    const work = { label };
    this.#activities.add(work);
    return { done: () => this.#activities.delete(work) };
  }

  atRest(check: () => void): void {
    this.#checks.push(check);
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  trace(entry: TraceEntry): void {
    this.#sink?.({ at: this.#now(), ...entry });
  }

  run(options: RunOptions = {}): Promise<RunReport> {
    return this.#drive(options, () => this.#queue.foreground === 0 && this.#busy.size === 0);
  }

  advance(durationMs: number): Promise<RunReport> {
    return this.#drive({ untilMs: this.#nowMs + durationMs }, () => false);
  }

  async step(): Promise<boolean> {
    return (await this.#drive({ maxEvents: 1 }, () => false)).events === 1;
  }

  /**
   * One callback of `setImmediate` per event: before the next, Node has run every promise reaction and `nextTick` there is,
   * however long their chain. Many are asked for at a time, since a turn of the real event loop for each would take longer
   * than most events (Node documentation, "The Node.js event loop").
   */
  #drive(options: RunOptions, finished: () => boolean): Promise<RunReport> {
    if (this.#running) throw new Error('the world is already running');
    this.#running = true;
    let events = 0;
    /** Callbacks that are asked for; those that are left over when it has ended do nothing. */
    let ahead = 0;
    let over = false;
    return new Promise<RunReport>((resolve, reject) => {
      const halt = (): void => {
        over = true;
        this.#running = false;
      };
      const end = (ended: RunReport['ended']): void => {
        halt();
        resolve({ events, ended, busy: [...this.#busy].map(({ label }) => label) });
      };
      const queue = (): void => {
        // Who is at work waits for what only the event loop brings.
        ahead = this.#activities.size > 0 ? 1 : CALLBACKS_PER_TURN;
        for (let asked = 0; asked < ahead; asked += 1) setImmediate(turn);
      };
      const turn = (): void => {
        ahead -= 1;
        if (over) return;
        try {
          if (this.#settled()) {
            const why = this.#whyEnd(options, events, finished);
            if (why !== undefined) {
              end(why);
              return;
            }
            this.#next();
            events += 1;
          }
          if (ahead === 0) queue();
        } catch (error) {
          halt();
          reject(error);
        }
      };
      queue();
    });
  }

  /** Whether the next event may come. */
  #settled(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#activities.size > 0) {
      this.#turns += 1;
      if (this.#turns > this.#turnsMax) {
        const labels = [...this.#activities].map(({ label }) => label).join(', ');
        throw new Error(`the world stands still at ${this.#now()}, waiting for: ${labels}`);
      }
      return false;
    }
    this.#turns = 0;
    if (this.#checks.length === 0) return true;
    const checks = this.#checks;
    this.#checks = [];
    for (const check of checks) check();
    // A check may have set something in motion.
    return false;
  }

  #whyEnd(
    options: RunOptions,
    events: number,
    finished: () => boolean,
  ): RunReport['ended'] | undefined {
    if (options.stop?.() === true) return 'stopped';
    if (finished()) return 'rest';
    if (options.maxEvents !== undefined && events >= options.maxEvents) return 'max-events';
    const next = this.#queue.peek();
    if (options.untilMs !== undefined && (next === undefined || next.atMs > options.untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, options.untilMs);
      return 'until';
    }
    if (next === undefined) return this.#busy.size === 0 ? 'rest' : 'stuck';
    return undefined;
  }

  #next(): void {
    const next = this.#queue.take();
    if (next === undefined) return;
    this.#nowMs = next.atMs;
    next.action();
  }

  #instant(atMs: number, label: string): number {
    if (!Number.isFinite(atMs)) throw new RangeError(`${label}: ${atMs} is no instant`);
    return Math.max(this.#nowMs, Math.ceil(atMs));
  }

  #now(): string {
    if (this.#stamp.atMs !== this.#nowMs) {
      this.#stamp = { atMs: this.#nowMs, text: new Date(this.#nowMs).toISOString() };
    }
    return this.#stamp.text;
  }
}
