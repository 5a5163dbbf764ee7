import type { TraceLine } from '../../simulator/index.ts';
import type { Town } from '../../simulator/storm/consoles.ts';
import { perform } from '../../simulator/storm/people.ts';
import type { Deed } from '../../simulator/storm/plan.ts';
import type { RunnableWorld } from '../../simulator/world.ts';

/** The state in which people are told of a question. */
const ASKS = 'Ask for approval';

/** Does what the plan says when its time has come. */
export class People {
  readonly #town: Town;
  readonly #world: RunnableWorld;
  readonly #counts = new Map<string, number>();
  #watching: Deed[] = [];
  #queued = 0;
  #entered = 0;
  #asked = 0;

  constructor(town: Town, world: RunnableWorld, deeds: readonly Deed[]) {
    this.#town = town;
    this.#world = world;
    for (const deed of deeds) {
      if (deed.state === undefined && deed.question === undefined) this.#queue(deed);
      else this.#watching.push(deed);
    }
  }

  /** Whether nobody is going to do anything more. Who waits for a state that nobody enters goes home. */
  get done(): boolean {
    return this.#queued === 0;
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([kind, count]) => [`person: ${kind}`, count]));
  }

  heard(line: TraceLine): void {
    if (line.kind !== 'state' || line.phase !== 'entered') return;
    this.#entered += 1;
    if (line.state === ASKS) this.#asked += 1;
    const due = this.#watching.filter(
      ({ state = 0, question = 0 }) => state <= this.#entered && question <= this.#asked,
    );
    if (due.length === 0) return;
    this.#watching = this.#watching.filter((deed) => !due.includes(deed));
    for (const deed of due) this.#queue(deed);
  }

  #queue(deed: Deed): void {
    this.#queued += 1;
    this.#world.after(deed.afterSeconds * 1000, `operator: ${deed.kind}`, () => {
      const name = `by-hand-${deed.kind}-${Math.floor(deed.pick * 1e9).toString(36)}`;
      this.#counts.set(deed.kind, (this.#counts.get(deed.kind) ?? 0) + 1);
      perform(this.#town, deed, name)
        .catch((error: unknown) => this.#world.fail(error))
        .finally(() => {
          this.#queued -= 1;
        });
    });
  }
}
