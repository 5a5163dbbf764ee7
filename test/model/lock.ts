import type { Model, Step } from './checker.ts';

/** How executions take a lock, act, and let it go. Any of them may die at any step; answers get lost and writes are made twice. */
export interface LockRules {
  /** The write holds only when owner and generation are as they were read. */
  readonly conditional: boolean;
  /** A lock is taken only from an owner that has ended. */
  readonly asksWhetherDead: boolean;
  /** A lock is let go only by owner and generation. */
  readonly letsGoOwn: boolean;
}

type At = 'begin' | 'read' | 'owns' | 'letting go' | 'over' | 'dead';

interface Actor {
  readonly at: At;
  /** What it read of the lock. */
  readonly seen: { readonly owner: number; readonly generation: number };
  /** The generation under which it owns. */
  readonly mine: number;
  /** A letting go whose answer was lost is made once more. */
  readonly again: boolean;
}

interface LockState {
  /** 0: nobody. */
  readonly owner: number;
  readonly generation: number;
  readonly actors: readonly Actor[];
}

const fresh: Actor = { at: 'begin', seen: { owner: 0, generation: 0 }, mine: 0, again: false };

export function lockModel(rules: LockRules, count: number): Model<LockState> {
  const isDead = ({ actors }: LockState, id: number): boolean => {
    const at = actors[id - 1]?.at;
    return at === 'dead' || at === 'over';
  };
  return {
    initial: { owner: 0, generation: 0, actors: Array.from({ length: count }, () => fresh) },
    steps: (state) => state.actors.flatMap((actor, index) => ofActor(state, actor, index, rules)),
    wrong: ({ actors }) => {
      const owners = actors.flatMap(({ at }, index) => (at === 'owns' ? [index + 1] : []));
      return owners.length > 1 ? `${owners.join(' and ')} own it at once` : undefined;
    },
    // Who finds a living owner goes home; so at the end the lock is free, or its owner is dead and somebody's to recover.
    wrongAtEnd: (state) =>
      state.owner === 0 || isDead(state, state.owner) ? undefined : 'the lock has no end',
  };
}

function ofActor(
  state: LockState,
  actor: Actor,
  index: number,
  rules: LockRules,
): readonly Step<LockState>[] {
  const id = index + 1;
  const become = (changed: Partial<Actor>, lock: Partial<LockState> = {}): LockState => ({
    ...state,
    ...lock,
    actors: state.actors.map((one, at) => (at === index ? { ...one, ...changed } : one)),
  });
  const { owner, generation } = state;
  const dies: Step<LockState> = { name: `${id} dies`, to: become({ at: 'dead' }) };
  const heldBy = state.actors[actor.seen.owner - 1]?.at;
  switch (actor.at) {
    case 'begin':
      return [{ name: `${id} reads`, to: become({ at: 'read', seen: { owner, generation } }) }];
    case 'read': {
      const { seen } = actor;
      const mayTake = seen.owner === 0 || heldBy === 'dead' || !rules.asksWhetherDead;
      if (!mayTake) return [{ name: `${id} goes home`, to: become({ at: 'over' }) }];
      const holds = owner === seen.owner && generation === seen.generation;
      if (rules.conditional && !holds) {
        return [{ name: `${id} is refused and reads again`, to: become({ at: 'begin' }) }, dies];
      }
      const mine = seen.generation + 1;
      const taken = become({ at: 'owns', mine }, { owner: id, generation: mine });
      return [{ name: `${id} takes it`, to: taken }, dies];
    }
    case 'owns':
      return [{ name: `${id} has done`, to: become({ at: 'letting go' }) }, dies];
    case 'letting go': {
      const own = owner === id && generation === actor.mine;
      const free = own || !rules.letsGoOwn ? { owner: 0 } : {};
      const done: Step<LockState> = {
        name: `${id} lets it go`,
        to: become({ at: 'over' }, free),
      };
      const lost: Step<LockState> = {
        name: `${id} lets it go, and the answer is lost`,
        to: become({ again: true }, free),
      };
      return actor.again ? [done] : [done, lost];
    }
    case 'over':
    case 'dead':
      return [];
    default:
      return actor.at satisfies never;
  }
}
