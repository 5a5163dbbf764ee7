import type { World } from '../contract.ts';
import type { TraceLine } from '../world.ts';

/** What a scenario waits for is not going to happen: nothing is under way any more that could bring it about. */
export class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain';
}

const LOOK_MS = 10_000;
/** How long nothing must run before a wait is given up: longer than a follow-up or a Recover takes to begin. */
const VAIN_MS = 5 * 60_000;

/** Waiting for what happens, in virtual time. Who waits goes on in an event of its own, never inside of what happened. */
export class Waits {
  readonly #world: World;
  readonly #isOver: () => boolean;
  readonly #open = new Set<(line: TraceLine) => void>();

  /** `isOver`: whether nothing is under way, and nothing that was asked for is still to come. */
  constructor(world: World, isOver: () => boolean) {
    this.#world = world;
    this.#isOver = isOver;
  }

  /** To be told of each line of the trace. */
  heard(line: TraceLine): void {
    for (const hear of [...this.#open]) hear(line);
  }

  /** Until a line comes of which this knows an answer. @throws WaitedInVain */
  async line<Answer>(what: string, answer: (line: TraceLine) => Answer | undefined) {
    let found: Answer | undefined;
    const hear = (line: TraceLine): void => {
      found ??= answer(line);
    };
    this.#open.add(hear);
    try {
      await this.condition(what, () => found !== undefined, 1_000);
    } finally {
      this.#open.delete(hear);
    }
    return found as Answer;
  }

  /** Until this is so, looked at every ten virtual seconds unless told otherwise. @throws WaitedInVain */
  condition(what: string, isSo: () => boolean, everyMs = LOOK_MS): Promise<void> {
    let overSinceMs: number | undefined;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (isSo()) {
          resolve();
          return;
        }
        const nowMs = this.#world.nowMs();
        overSinceMs = this.#isOver() ? (overSinceMs ?? nowMs) : undefined;
        if (overSinceMs !== undefined && nowMs - overSinceMs >= VAIN_MS) {
          reject(new WaitedInVain(`waited in vain until ${what}: every workflow had ended`));
          return;
        }
        this.#world.after(everyMs, `waiting until ${what}`, look);
      };
      this.#world.after(0, `waiting until ${what}`, look);
    });
  }

  minutes(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(count * 60_000, `${count} minutes`, resolve);
    });
  }
}
