import type { Definition, Json } from '../../../lib/workflows/asl.ts';
import {
  type Scope,
  scopesOf,
  type Transition,
  transitionsOf,
} from '../../../lib/workflows/transitions.ts';
import type { Reviewed } from './shape.ts';

const COUNTER = 'movesLeft';
const COUNT_DOWN: Json = `{% $${COUNTER} - 1 %}`;
const SPENT = `$${COUNTER} < 1`;

/**
 * Loops that could turn for ever: every cycle must count its moves down and leave when they are spent, without setting the
 * count anew on its way, or pass a state that was reviewed to bound it otherwise.
 */
export function loopProblems(definition: Definition, { bounds }: Reviewed): readonly string[] {
  return scopesOf(definition).flatMap((scope) =>
    cyclesOf(scope)
      .filter((cycle) => !isCounted(scope, cycle) && !cycle.some(({ from }) => from in bounds))
      .map(
        (cycle) =>
          `endless: ${[...cycle, ...cycle.slice(0, 1)].map(({ from }) => from).join(' ► ')}`,
      ),
  );
}

function isCounted(scope: Scope, cycle: readonly Transition[]): boolean {
  const counts = cycle.flatMap(({ assign }) => (COUNTER in assign ? [assign[COUNTER]] : []));
  const leaves = cycle.some(({ from, to }) => {
    const state = scope.states[from];
    if (state?.Type !== 'Choice') return false;
    // Asked first: a rule before it could keep the loop turning.
    const [first] = transitionsOf(from, state);
    return first?.on === SPENT && first.to !== to;
  });
  return leaves && counts.length > 0 && counts.every((count) => count === COUNT_DOWN);
}

/** Every elementary cycle, each from its first state in reading order. */
function cyclesOf({ states }: Scope): readonly (readonly Transition[])[] {
  const order = new Map(Object.keys(states).map((name, index) => [name, index]));
  const cycles: Transition[][] = [];
  const extend = (start: string, path: readonly Transition[], at: string): void => {
    const state = states[at];
    if (state === undefined) return;
    for (const transition of transitionsOf(at, state)) {
      const { to } = transition;
      if (to === start) cycles.push([...path, transition]);
      else if (
        (order.get(to) ?? 0) > (order.get(start) ?? 0) &&
        !path.some(({ from }) => from === to) &&
        to !== at
      ) {
        extend(start, [...path, transition], to);
      }
    }
  };
  for (const start of order.keys()) extend(start, [], start);
  return cycles;
}
