/** A small explicit-state model checker: every interleaving of a few actors, breadth first, so that what it finds is shortest. */

export interface Step<State> {
  /** Who does what. */
  readonly name: string;
  readonly to: State;
}

export interface Model<State> {
  readonly initial: State;
  /** Everything that can happen next, whoever does it. */
  readonly steps: (state: State) => readonly Step<State>[];
  /** Why this may never be, if it may not. */
  readonly wrong: (state: State) => string | undefined;
  /** Why it may not end here, where nothing can happen any more. */
  readonly wrongAtEnd: (state: State) => string | undefined;
}

export interface Checked {
  /** Different states that were reached. */
  readonly states: number;
  /** Those in which nothing can happen any more. */
  readonly ends: number;
  /** The shortest way to something wrong; undefined when there is none. */
  readonly wrong: { readonly says: string; readonly steps: readonly string[] } | undefined;
}

interface Reached<State> {
  readonly state: State;
  readonly from: Reached<State> | undefined;
  readonly by: string;
}

/** @throws RangeError beyond a million states: then the model is no small one */
export function explore<State>({ initial, steps, wrong, wrongAtEnd }: Model<State>): Checked {
  const seen = new Set([JSON.stringify(initial)]);
  const queue: Reached<State>[] = [{ state: initial, from: undefined, by: '' }];
  let ends = 0;
  for (const reached of queue) {
    const { state } = reached;
    const next = steps(state);
    if (next.length === 0) ends += 1;
    const says = wrong(state) ?? (next.length === 0 ? wrongAtEnd(state) : undefined);
    if (says !== undefined)
      return { states: seen.size, ends, wrong: { says, steps: way(reached) } };
    for (const { name, to } of next) {
      const key = JSON.stringify(to);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > 1_000_000) throw new RangeError('more than a million states');
      queue.push({ state: to, from: reached, by: name });
    }
  }
  return { states: seen.size, ends, wrong: undefined };
}

function way<State>(reached: Reached<State>): readonly string[] {
  const steps: string[] = [];
  for (let at: Reached<State> | undefined = reached; at?.from !== undefined; at = at.from) {
    steps.unshift(at.by);
  }
  return steps;
}
