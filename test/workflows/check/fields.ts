import type { State } from '../../../lib/workflows/asl.ts';
import { type Expression, expressionsIn, type Place } from './expressions.ts';

/** Fields that are evaluated, by when: before the state's work, with its result, or with its error. */
const PLACES: Readonly<Record<string, Place>> = {
  Arguments: 'before',
  TimeoutSeconds: 'before',
  HeartbeatSeconds: 'before',
  Items: 'before',
  ItemSelector: 'before',
  MaxConcurrency: 'before',
  Condition: 'before',
  Error: 'before',
  Cause: 'before',
  Assign: 'result',
  Output: 'result',
};

/** States whose work has a result. Source: developer guide, "Transforming data with JSONata", reserved variable. */
const WITH_RESULT = new Set(['Task', 'Map', 'Parallel']);

const expressionsOfFields = (name: string, fields: object, at: string, hasResult: boolean) =>
  Object.entries(PLACES).flatMap(([field, place]) =>
    expressionsIn(
      Reflect.get(fields, field),
      name,
      `${at}${field}`,
      place === 'result' && !hasResult ? 'before' : place,
    ),
  );

/** Every expression of a state, in the fields where Step Functions evaluates one. */
export function expressionsOf(name: string, state: State): readonly Expression[] {
  const own = expressionsOfFields(name, state, '', WITH_RESULT.has(state.Type));
  if (state.Type === 'Choice') {
    const rules = state.Choices.flatMap((rule, index) =>
      expressionsOfFields(name, rule, `Choices.${index}.`, false),
    );
    return [...own, ...rules];
  }
  const catchers = 'Catch' in state ? (state.Catch ?? []) : [];
  const caught = catchers.flatMap((catcher, index) =>
    ['Assign', 'Output'].flatMap((field) =>
      expressionsIn(Reflect.get(catcher, field), name, `Catch.${index}.${field}`, 'error'),
    ),
  );
  return [...own, ...caught];
}

/** Paths of texts that hold `{%` and are no expression of a field that takes one: they would be sent as they are. */
export function strayExpressions(name: string, state: State): readonly string[] {
  const known = new Set(expressionsOf(name, state).map(({ field }) => field));
  const { ItemProcessor: _, ...fields } = state as unknown as Record<string, unknown>;
  const texts = textsIn(fields, '').filter(({ text }) => /\{%|%\}/.test(text));
  return texts.map(({ field }) => field).filter((field) => !known.has(field));
}

function textsIn(value: unknown, field: string): { field: string; text: string }[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    textsIn(part, field === '' ? key : `${field}.${key}`),
  );
}
