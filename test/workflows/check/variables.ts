import type { Definition, Json } from '../../../lib/workflows/asl.ts';
import {
  type Assignments,
  type Scope,
  scopesOf,
  transitionsOf,
} from '../../../lib/workflows/transitions.ts';
import { analyse, type Expression, type Reading } from './expressions.ts';
import { expressionsOf } from './fields.ts';

/** What is known of a variable at a state: assigned on every path there, and whether one of them leaves it null. */
type Known = ReadonlyMap<string, 'value' | 'perhaps null'>;

/**
 * Variables that are read where some path has not assigned them; members of variables that may be null there, which
 * JSONata answers with nothing, and Step Functions with an error; variables that nobody reads; names of an inner scope
 * that are taken outside. Source: developer guide, "Passing data between states with variables".
 */
export function variableProblems(definition: Definition): readonly string[] {
  const [machine, ...maps] = scopesOf(definition);
  if (machine === undefined) return [];
  const outside = knownIn(machine, new Map());
  const scopes = [
    { scope: machine, known: outside },
    ...maps.map((scope) => ({
      scope,
      known: knownIn(scope, outside.get(scope.map ?? '') ?? new Map()),
    })),
  ];
  const taken = assignedIn(machine);
  return [
    ...scopes.flatMap(({ scope, known }) => readingProblems(scope, known)),
    ...maps.flatMap((scope) =>
      [...assignedIn(scope)]
        .filter((name) => taken.has(name))
        .map((name) => `${scope.map}: its iterations assign $${name}, a name of the machine`),
    ),
    ...unread(scopes.map(({ scope }) => scope)),
  ];
}

/** Forward over the graph to the fixed point; a state that is not reached knows nothing and is reported elsewhere. */
function knownIn(scope: Scope, atStart: Known): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>([[scope.startAt, atStart]]);
  const waiting = [scope.startAt];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    const state = scope.states[from];
    if (state === undefined) continue;
    for (const { to, assign } of transitionsOf(from, state)) {
      const before = known.get(to);
      const after = meet(before, assigned(known.get(from) ?? new Map(), assign));
      if (before !== undefined && same(before, after)) continue;
      known.set(to, after);
      waiting.push(to);
    }
  }
  return known;
}

function assigned(known: Known, assign: Assignments): Known {
  const after = new Map(known);
  for (const [name, value] of Object.entries(assign)) after.set(name, knownOf(value, known));
  return after;
}

function knownOf(value: Json, known: Known): 'value' | 'perhaps null' {
  if (value === null) return 'perhaps null';
  const copied = typeof value === 'string' ? /^\{%\s*\$(\w+)\s*%\}$/.exec(value)?.[1] : undefined;
  return (copied === undefined ? undefined : known.get(copied)) ?? 'value';
}

function meet(one: Known | undefined, other: Known): Known {
  if (one === undefined) return other;
  const both = [...one].filter(([name]) => other.has(name));
  return new Map(
    both.map(([name, value]) => [name, value === 'value' ? (other.get(name) ?? value) : value]),
  );
}

const same = (one: Known, other: Known): boolean =>
  one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);

function readingProblems(scope: Scope, known: ReadonlyMap<string, Known>): readonly string[] {
  return Object.entries(scope.states).flatMap(([name, state]) => {
    const here = known.get(name);
    if (here === undefined) return [];
    return expressionsOf(name, state).flatMap((expression) =>
      readingsOf(expression).flatMap((reading) => problemOf(scope, expression, reading, here)),
    );
  });
}

function readingsOf({ text }: Expression): readonly Reading[] {
  try {
    return analyse(text).readings.filter(({ variable }) => !['states', '', '$'].includes(variable));
  } catch {
    // That it does not parse is told by the check of expressions.
    return [];
  }
}

function problemOf(
  scope: Scope,
  { state, field }: Expression,
  { variable, members, mayBeNothing }: Reading,
  here: Known,
): readonly string[] {
  const value = here.get(variable);
  if (value === undefined) {
    const path = pathWithout(scope, state, variable).join(' ► ');
    return [`${state}: ${field} reads $${variable}, which is not assigned on the path ${path}`];
  }
  if (value === 'value' || members.length === 0 || mayBeNothing) return [];
  return [
    `${state}: ${field} reads $${variable}.${members.join('.')}, and $${variable} may be null`,
  ];
}

/** A shortest path from the start to a state on which nothing assigns the variable. */
function pathWithout(scope: Scope, target: string, variable: string): readonly string[] {
  const paths: string[][] = [[scope.startAt]];
  const seen = new Set([scope.startAt]);
  for (const path of paths) {
    const at = path.at(-1) ?? '';
    if (at === target) return path;
    const state = scope.states[at];
    if (state === undefined) continue;
    for (const { to, assign } of transitionsOf(at, state)) {
      if (seen.has(to) || variable in assign) continue;
      seen.add(to);
      paths.push([...path, to]);
    }
  }
  return [target];
}

/** Also what an end assigns, which no transition carries. */
function assignedIn({ states }: Scope): ReadonlySet<string> {
  const assigns = Object.entries(states).flatMap(([name, state]) => [
    ...transitionsOf(name, state).map(({ assign }) => assign),
    'Assign' in state ? (state.Assign ?? {}) : {},
  ]);
  return new Set(assigns.flatMap((assign) => Object.keys(assign)));
}

function unread(scopes: readonly Scope[]): readonly string[] {
  const read = new Set(
    scopes
      .flatMap(({ states }) => Object.entries(states).flatMap((entry) => expressionsOf(...entry)))
      .flatMap((expression) => readingsOf(expression).map(({ variable }) => variable)),
  );
  return scopes
    .flatMap((scope) => [...assignedIn(scope)])
    .filter((name) => !read.has(name))
    .map((name) => `$${name} is assigned, and no expression reads it`);
}
