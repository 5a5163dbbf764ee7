import type { Model, Step } from './checker.ts';

/**
 * How a parked execution is woken. One thing happens in the world; its event comes to the wake function, perhaps twice,
 * perhaps never. The supervising function of each attempt parks and looks; the safety net begins another attempt.
 */
export interface WakeRules {
  /** Stores the token first and looks second. */
  readonly parkFirst: boolean;
  /** Takes a parked token away only when it is the very one that was answered. */
  readonly unparkOwn: boolean;
  /** Whether events may be lost, and the safety net is there. */
  readonly lossy: boolean;
  /** Decides by what it sees, not by what the event says. */
  readonly observes: boolean;
}

type At = 'begin' | 'parked' | 'looked' | 'sent' | 'rest';

/** One look: of the supervising function that parks, or of a wake. */
interface Look {
  readonly at: At;
  /** The token that it will answer. */
  readonly token: number;
  /** What it saw: whether there is something to do. */
  readonly due: boolean;
  readonly wakes: boolean;
}

interface WakeState {
  readonly happened: boolean;
  /** Whether it has happened and been taken back again: the event stays, the truth is gone. */
  readonly over: boolean;
  /** Deliveries of the event still to come. */
  readonly deliveries: number;
  /** Token of the attempt that waits; undefined when the execution has moved on. */
  readonly waiting: number | undefined;
  /** Token in the ledger. */
  readonly parked: number | undefined;
  readonly looks: readonly Look[];
  /** Attempts that the safety net began before it happened. */
  readonly early: number;
  /** Whether it moved on what was not so. */
  readonly misled: boolean;
}

const EARLY_MAX = 1;
const TOKENS_MAX = 4;

export function wakeModel(rules: WakeRules): Model<WakeState> {
  const begin: Look = { at: 'begin', token: 1, due: false, wakes: false };
  return {
    initial: {
      ...{ happened: false, over: false, deliveries: 0, waiting: 1, parked: undefined },
      ...{ looks: [begin], early: 0, misled: false },
    },
    steps: (state) => [
      ...ofWorld(state, rules),
      ...ofSafetyNet(state, rules),
      ...state.looks.flatMap((look, index) => ofLook(state, look, index, rules)),
    ],
    wrong: ({ misled }) => (misled ? 'it moved on what an event said and was not so' : undefined),
    wrongAtEnd: ({ happened, over, waiting }) =>
      happened && !over && waiting !== undefined
        ? 'the wake is lost: it waits for ever'
        : undefined,
  };
}

function ofWorld(state: WakeState, { lossy }: WakeRules): readonly Step<WakeState>[] {
  const steps: Step<WakeState>[] = [];
  if (!state.happened) {
    for (const deliveries of lossy ? [0, 1] : [1, 2]) {
      const name = `it happens, and is told ${deliveries} times`;
      steps.push({ name, to: { ...state, happened: true, deliveries } });
    }
  }
  if (state.happened && !state.over && state.deliveries === 0 && state.looks.length === 0)
    return steps;
  if (state.deliveries > 0) {
    const wake: Look = { at: 'begin', token: 0, due: false, wakes: true };
    const looks = [...state.looks, wake];
    steps.push({
      name: 'the event comes',
      to: { ...state, deliveries: state.deliveries - 1, looks },
    });
    if (!state.over) steps.push({ name: 'it is over again', to: { ...state, over: true } });
  }
  return steps;
}

/** The timeout of the parked task. After it has happened it always comes at last. */
function ofSafetyNet(state: WakeState, { lossy }: WakeRules): readonly Step<WakeState>[] {
  const { waiting, happened, early, looks } = state;
  if (!lossy || waiting === undefined || waiting >= TOKENS_MAX) return [];
  if (!happened && early >= EARLY_MAX) return [];
  const token = waiting + 1;
  const look: Look = { at: 'begin', token, due: false, wakes: false };
  const to = {
    ...state,
    waiting: token,
    early: early + (happened ? 0 : 1),
    looks: [...looks, look],
  };
  return [{ name: `the safety net begins attempt ${token}`, to }];
}

function ofLook(
  state: WakeState,
  look: Look,
  index: number,
  rules: WakeRules,
): readonly Step<WakeState>[] {
  const who = look.wakes ? 'a wake' : `attempt ${look.token}`;
  const go = (changed: Partial<Look>, also: Partial<WakeState> = {}): WakeState => {
    const looks = state.looks.map((one, at) => (at === index ? { ...one, ...changed } : one));
    return { ...state, ...also, looks: looks.filter(({ at }) => at !== 'rest') };
  };
  // Only a later attempt replaces what is parked.
  const parked = Math.max(state.parked ?? 0, look.token);
  const sees = (): boolean =>
    rules.observes || !look.wakes ? state.happened && !state.over : true;
  switch (look.at) {
    case 'begin':
      if (look.wakes) {
        const token = state.parked;
        if (token === undefined) return [{ name: 'a wake finds nobody', to: go({ at: 'rest' }) }];
        return [{ name: `a wake finds attempt ${token}`, to: go({ at: 'parked', token }) }];
      }
      return rules.parkFirst
        ? [{ name: `${who} parks`, to: go({ at: 'parked' }, { parked }) }]
        : [{ name: `${who} looks`, to: go({ at: 'parked', due: sees() }) }];
    case 'parked':
      return rules.parkFirst || look.wakes
        ? [{ name: `${who} looks`, to: go({ at: 'looked', due: sees() }) }]
        : [{ name: `${who} parks`, to: go({ at: 'looked' }, { parked }) }];
    case 'looked': {
      if (!look.due) return [{ name: `${who} goes on waiting`, to: go({ at: 'rest' }) }];
      if (state.waiting !== look.token)
        return [{ name: `${who} is too late`, to: go({ at: 'sent' }) }];
      // To move on what was so a moment ago is right: it was seen.
      const misled = !rules.observes && look.wakes && state.over;
      const to = go({ at: 'sent' }, { waiting: undefined, misled: state.misled || misled });
      return [{ name: `${who} moves it on`, to }];
    }
    case 'sent': {
      const mine = state.parked === look.token || !rules.unparkOwn;
      const to = go({ at: 'rest' }, mine ? { parked: undefined } : {});
      return [{ name: `${who} unparks`, to }];
    }
    case 'rest':
      return [];
    default:
      return look.at satisfies never;
  }
}
