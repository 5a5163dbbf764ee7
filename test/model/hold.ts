import type { Model, Step } from './checker.ts';

/**
 * How a refresh is held and the hold lifted. The rollout may die at any step; then Recover does what the ledger says. A
 * person may have suspended the process before.
 */
export interface HoldRules {
  /** The ledger knows of the hold before the process is suspended. */
  readonly recordsFirst: boolean;
  /** The process is resumed before the ledger forgets the hold. */
  readonly resumesFirst: boolean;
  /** A suspension that a person made is told apart. */
  readonly knowsWhose: boolean;
}

type At = 'begin' | 'looked' | 'half held' | 'held' | 'half lifted' | 'over' | 'dead';

interface HoldState {
  readonly suspended: boolean;
  /** Whether a person wants it suspended. */
  readonly persons: boolean;
  readonly record: 'none' | 'ours' | 'theirs';
  readonly rollout: At;
  /** What the rollout saw before it held. */
  readonly sawSuspended: boolean;
  readonly recover: 'waits' | 'half' | 'over';
}

export function holdModel(rules: HoldRules): Model<HoldState> {
  return {
    initial: {
      ...{ suspended: false, persons: false, record: 'none', rollout: 'begin' },
      ...{ sawSuspended: false, recover: 'waits' },
    },
    steps: (state) => [...ofPerson(state), ...ofRollout(state, rules), ...ofRecover(state, rules)],
    wrong: ({ suspended, persons }) =>
      persons && !suspended ? 'a suspension that a person made was lifted' : undefined,
    wrongAtEnd: ({ suspended, persons, record }) => {
      if (suspended && !persons) return 'the hold is forgotten: the process stays suspended';
      return record === 'none' ? undefined : 'the ledger tells of a hold that is none';
    },
  };
}

/** Before the rollout looks; afterwards nobody could tell whose a suspension is. */
const ofPerson = (state: HoldState): readonly Step<HoldState>[] =>
  state.rollout === 'begin' && !state.persons
    ? [{ name: 'a person suspends', to: { ...state, persons: true, suspended: true } }]
    : [];

function ofRollout(state: HoldState, rules: HoldRules): readonly Step<HoldState>[] {
  const dies: Step<HoldState> = { name: 'the rollout dies', to: { ...state, rollout: 'dead' } };
  const whose = rules.knowsWhose && state.sawSuspended ? 'theirs' : 'ours';
  const step = (name: string, changed: Partial<HoldState>): readonly Step<HoldState>[] => [
    { name: `the rollout ${name}`, to: { ...state, ...changed } },
    dies,
  ];
  switch (state.rollout) {
    case 'begin':
      return step('looks', { rollout: 'looked', sawSuspended: state.suspended });
    case 'looked':
      return rules.recordsFirst
        ? step('records the hold', { rollout: 'half held', record: whose })
        : step('suspends', { rollout: 'half held', suspended: true });
    case 'half held':
      return rules.recordsFirst
        ? step('suspends', { rollout: 'held', suspended: true })
        : step('records the hold', { rollout: 'held', record: whose });
    case 'held':
      return rules.resumesFirst
        ? step('resumes', { rollout: 'half lifted', ...resumed(state) })
        : step('forgets the hold', { rollout: 'half lifted', record: 'none' });
    case 'half lifted':
      return rules.resumesFirst
        ? step('forgets the hold', { rollout: 'over', record: 'none' })
        : step('resumes', { rollout: 'over', suspended: state.persons });
    case 'over':
    case 'dead':
      return [];
    default:
      return state.rollout satisfies never;
  }
}

const resumed = ({ record, suspended }: HoldState): Pick<HoldState, 'suspended'> => ({
  suspended: record === 'ours' ? false : suspended,
});

/** Begins when the rollout is dead; it may die too, and is begun again. */
function ofRecover(state: HoldState, rules: HoldRules): readonly Step<HoldState>[] {
  if (state.rollout !== 'dead' || state.recover === 'over') return [];
  if (state.record === 'none') {
    return [{ name: 'Recover finds no hold', to: { ...state, recover: 'over' } }];
  }
  if (state.recover === 'waits') {
    const to: HoldState = rules.resumesFirst
      ? { ...state, ...resumed(state), recover: 'half' }
      : { ...state, record: 'none', recover: 'half' };
    return [{ name: 'Recover begins to lift it', to }];
  }
  const done: HoldState = { ...state, record: 'none', recover: 'over' };
  return [
    { name: 'Recover has lifted it', to: done },
    { name: 'Recover dies and is begun again', to: { ...state, recover: 'waits' } },
  ];
}
