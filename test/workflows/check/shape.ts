import type { Definition, State, States } from '../../../lib/workflows/asl.ts';
import { type Scope, scopesOf, transitionsOf } from '../../../lib/workflows/transitions.ts';

/** What was reviewed of a machine: the choices that the checks cannot make. */
export interface Reviewed {
  /** Where each Choice leads when no rule holds: the branch that does no harm. */
  readonly defaults: Readonly<Record<string, string>>;
  /** States whose failure changes nothing: caught, they go on as if all were well. Why. */
  readonly harmless: Readonly<Record<string, string>>;
  /** States that bound a loop which has no count of moves. Why it ends. */
  readonly bounds: Readonly<Record<string, string>>;
}

const YEAR_SECONDS = 365 * 24 * 3600;
/** Words, the first one with a capital, with an apostrophe or a hyphen at most. */
const SENTENCE = /^[A-Z][a-z’-]*( [a-z’-]+)*\??$/;
const NAME_LENGTH_MAX = 80;
/** Source: Step Functions developer guide, "Service quotas". */
const HISTORY_EVENTS_MAX = 25_000;
/** Scheduled, started, submitted, timed out. */
const EVENTS_OF_A_TRY = 4;

/** The rules of the house for definitions. */
export function shapeProblems(definition: Definition, reviewed: Reviewed): readonly string[] {
  const scopes = scopesOf(definition);
  return [
    ...machineProblems(definition),
    ...repeated(scopes.flatMap(({ states }) => Object.keys(states))).map(
      (name) => `${name}: the name is used twice`,
    ),
    ...scopes.flatMap((scope) => [
      ...reachProblems(scope),
      ...Object.entries(scope.states).flatMap(([name, state]) =>
        [...nameProblems(name, state), ...stateProblems(name, state, scope.states, reviewed)].map(
          (problem) => `${name}: ${problem}`,
        ),
      ),
    ]),
    ...stale(definition, reviewed),
  ];
}

function machineProblems(definition: Definition): readonly string[] {
  const { QueryLanguage, TimeoutSeconds, Comment } = definition;
  return [
    ...(QueryLanguage === 'JSONata' ? [] : ['the machine is not in JSONata']),
    ...(TimeoutSeconds > 0 && TimeoutSeconds < YEAR_SECONDS ? [] : ['the machine has no timeout']),
    ...(Comment ? [] : ['the machine has no Comment']),
  ];
}

const repeated = (names: readonly string[]): readonly string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

function reachProblems({ startAt, states }: Scope): readonly string[] {
  const reached = new Set([startAt]);
  const problems: string[] = startAt in states ? [] : [`${startAt}: starts here, and is no state`];
  for (const name of reached) {
    const state = states[name];
    if (state === undefined) continue;
    for (const { to } of transitionsOf(name, state)) {
      if (!(to in states)) problems.push(`${name}: leads to ${to}, which is no state`);
      reached.add(to);
    }
  }
  const unreached = Object.keys(states).filter((name) => !reached.has(name));
  return [...problems, ...unreached.map((name) => `${name}: nothing leads here`)];
}

function nameProblems(name: string, { Type }: State): readonly string[] {
  const asks = name.endsWith('?');
  return [
    ...(SENTENCE.test(name) ? [] : ['the name is not in sentence case']),
    ...(name.length <= NAME_LENGTH_MAX ? [] : [`the name is longer than ${NAME_LENGTH_MAX}`]),
    ...(asks === (Type === 'Choice') ? [] : ['a Choice, and nothing else, is named as a question']),
  ];
}

function stateProblems(
  name: string,
  state: State,
  states: States,
  reviewed: Reviewed,
): readonly string[] {
  switch (state.Type) {
    case 'Choice': {
      const expected = reviewed.defaults[name];
      return state.Default !== undefined && state.Default === expected
        ? []
        : [`the Default is ${state.Default}, and the reviewed one ${expected ?? 'none'}`];
    }
    case 'Task':
      return [
        ...(state.TimeoutSeconds === undefined ? ['has no TimeoutSeconds'] : []),
        ...retryProblems(state.Retry),
        ...catchProblems(name, state, states, reviewed),
        ...parkProblems(state),
      ];
    case 'Map':
      return catchProblems(name, state, states, reviewed);
    default:
      return [];
  }
}

type Task = Extract<State, { Type: 'Task' }>;
type WithCatch = Extract<State, { Type: 'Task' | 'Map' }>;

function retryProblems(retry: Task['Retry'] | undefined): readonly string[] {
  if (retry === undefined || retry.length === 0) return ['has no Retry'];
  const attempts = retry.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
  const fits = attempts * EVENTS_OF_A_TRY < HISTORY_EVENTS_MAX;
  const full = fits ? [] : ['may be retried until its history is full'];
  const each = retry.flatMap(({ ErrorEquals, IntervalSeconds, MaxAttempts }) => [
    ...(ErrorEquals.includes('States.ALL') ? ['retries every error, passing or not'] : []),
    ...(IntervalSeconds === undefined || MaxAttempts === undefined
      ? ['has a Retry that leaves interval or attempts to a default']
      : []),
  ]);
  return [...full, ...each];
}

/**
 * Every error leads on with the failure kept, not back into the same task, and not where success leads to, unless that
 * state is told of the failure.
 */
function catchProblems(
  name: string,
  state: WithCatch,
  states: States,
  reviewed: Reviewed,
): readonly string[] {
  const catchers = state.Catch ?? [];
  const last = catchers.at(-1);
  if (last?.ErrorEquals.join() !== 'States.ALL') return ['has no Catch of States.ALL at the end'];
  const next = 'Next' in state ? state.Next : undefined;
  return catchers.flatMap(({ Next, Assign }) => {
    if (Next === name) return ['catches into itself'];
    if (Next === next && !(name in reviewed.harmless) && !readsFailure(states[Next])) {
      return [`goes on to ${Next} also when it failed, and is not among the harmless`];
    }
    const silent = Assign?.['failure'] === undefined && !(name in reviewed.harmless);
    return silent ? [`its Catch to ${Next} does not keep the failure`] : [];
  });
}

const readsFailure = (state: State | undefined): boolean =>
  state?.Type === 'Task' && JSON.stringify(state.Arguments).includes('{% $failure %}');

/** A parked task sleeps no longer than it was told, and its safety net parks it again. */
function parkProblems({ Resource, TimeoutSeconds, Retry }: Task): readonly string[] {
  if (!Resource.endsWith('.waitForTaskToken')) return [];
  const again = Retry?.some(({ ErrorEquals }) => ErrorEquals.includes('States.Timeout'));
  return [
    ...(again ? [] : ['parks, and does not look again when its time is over']),
    ...(TimeoutSeconds === '{% $parkSeconds %}'
      ? []
      : ['parks for another time than $parkSeconds']),
  ];
}

/** What was reviewed and is not there any more. */
function stale(definition: Definition, reviewed: Reviewed): readonly string[] {
  const names = new Set(scopesOf(definition).flatMap(({ states }) => Object.keys(states)));
  return Object.values(reviewed)
    .flatMap((table) => Object.keys(table))
    .filter((name) => !names.has(name))
    .map((name) => `${name}: reviewed, and no state`);
}
