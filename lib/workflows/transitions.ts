import type { Definition, Json, State, States } from './asl.ts';

/** What a state's `Assign`, or a Choice rule's, or a Catch's sets. */
export type Assignments = { readonly [variable: string]: Json };

export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly kind: 'next' | 'rule' | 'default' | 'catch';
  /** A rule's condition; the error names of a Catch; empty for the others. */
  readonly on: string;
  readonly assign: Assignments;
}

/** The states of a machine, or those of a Map's iterations: no transition leads from one scope into another. */
export interface Scope {
  /** Undefined for the machine itself. */
  readonly map?: string;
  readonly startAt: string;
  readonly states: States;
}

/** The machine first, then the inside of each of its Map states. */
export function scopesOf(definition: Definition): readonly Scope[] {
  const inner = Object.entries(definition.States).flatMap(([map, state]): Scope[] =>
    state.Type === 'Map'
      ? [{ map, startAt: state.ItemProcessor.StartAt, states: state.ItemProcessor.States }]
      : [],
  );
  return [{ startAt: definition.StartAt, states: definition.States }, ...inner];
}

/** In the order in which Step Functions asks: rules before the default, what went well before what is caught. */
export function transitionsOf(from: string, state: State): readonly Transition[] {
  const assign = 'Assign' in state ? (state.Assign ?? {}) : {};
  if (state.Type === 'Choice') {
    const rules = state.Choices.map((rule): Transition => {
      const set = rule.Assign ?? {};
      return { from, to: rule.Next, kind: 'rule', on: inner(rule.Condition), assign: set };
    });
    return [...rules, { from, to: state.Default, kind: 'default', on: '', assign }];
  }
  const next: Transition[] =
    'Next' in state ? [{ from, to: state.Next, kind: 'next', on: '', assign }] : [];
  const caught = ('Catch' in state ? (state.Catch ?? []) : []).map(
    (catcher): Transition => ({
      from,
      to: catcher.Next,
      kind: 'catch',
      on: catcher.ErrorEquals.join(', '),
      assign: catcher.Assign ?? {},
    }),
  );
  return [...next, ...caught];
}

/** An expression without its brackets. */
const inner = (text: string): string => text.replace(/^\{%\s*|\s*%\}$/g, '');
