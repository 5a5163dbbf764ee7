import type { RunnableWorld } from '../world.ts';

/** After so much virtual time of one movement it is asked whether to stop. */
const SLICE_MS = 60_000;

/**
 * Moves the time of a world that is asked from outside, one movement after another. Nothing else may run this world.
 */
export class Clockwork {
  readonly #world: RunnableWorld;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;
  #report: (error: unknown) => void = () => undefined;
  /** Settles, by rejection, when the world breaks; it must not be used after that. */
  readonly broken: Promise<never>;

  constructor(world: RunnableWorld) {
    this.#world = world;
    this.broken = new Promise((_resolve, reject) => {
      this.#report = reject;
    });
    // Whoever races against it hears of it; nobody has to.
    this.broken.catch(() => undefined);
  }

  /** Epoch milliseconds, virtual. */
  nowMs(): number {
    return this.#world.nowMs();
  }

  /**
   * Lets so much time pass, when all that was asked for before is done. Ends early, and without an error, when it is stopped
   * or the world breaks.
   * @param durationMs whole milliseconds
   */
  pass(durationMs: number): Promise<void> {
    return this.#next(async () => {
      const untilMs = this.#world.nowMs() + durationMs;
      while (!this.#stopped && this.#world.nowMs() < untilMs) {
        await this.#world.advance(Math.min(SLICE_MS, untilMs - this.#world.nowMs()));
      }
    });
  }

  /** Does what is due at this instant, without letting time pass. */
  settle(): Promise<void> {
    return this.#next(async () => {
      await this.#world.advance(0);
    });
  }

  /** Time stands still from now on; settles when it does. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#last;
  }

  #next(move: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#stopped) return;
      try {
        await move();
      } catch (error) {
        this.#stopped = true;
        this.#report(error);
      }
    });
    return this.#last;
  }
}
