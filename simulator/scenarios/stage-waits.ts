import type { World } from '../contract.ts';
import type { TraceLine } from '../world.ts';

/** Waiting for what happens, in virtual time. Who waits goes on in an event of its own, never inside of what happened. */
export class Waits {
  readonly #world: World;
  readonly #open = new Set<{ readonly hear: (line: TraceLine) => void }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** To be told of each line of the trace. */
  heard(line: TraceLine): void {
    for (const wait of [...this.#open]) wait.hear(line);
  }

  /** Until a line comes of which this knows an answer. */
  line<Answer>(what: string, answer: (line: TraceLine) => Answer | undefined): Promise<Answer> {
    return new Promise((resolve) => {
      const wait = {
        hear: (line: TraceLine): void => {
          const found = answer(line);
          if (found === undefined) return;
          this.#open.delete(wait);
          this.#world.after(0, what, () => resolve(found));
        },
      };
      this.#open.add(wait);
    });
  }

  /** Until this is so at the end of a virtual ten seconds. */
  condition(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (isSo()) resolve();
        else this.#world.after(10_000, what, look);
      };
      this.#world.after(0, what, look);
    });
  }

  minutes(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(count * 60_000, `${count} minutes`, resolve);
    });
  }
}
