/**
 * Which fields a state may have, by type and query language. What AWS has and this interpreter has not is refused by
 * name when a definition is loaded. Source: States Language specification, "State Types"; developer guide,
 * "Transforming data with JSONata".
 */

import type { Fields } from './data-flow.ts';
import { isObject } from './json.ts';
import type { QueryLanguage, State } from './machine.ts';
import type { Refuse } from './templates.ts';

const TRANSITION = ['Next', 'End'];
const GUARD = ['Retry', 'Catch'];
const PATHS = ['InputPath', 'OutputPath'];
const RESULT_PATHS = [...PATHS, 'Parameters', 'ResultSelector', 'ResultPath', 'Assign'];
const MAP = [
  ...['ItemProcessor', 'Iterator', 'ItemSelector', 'ItemBatcher', 'MaxConcurrency', 'Label'],
  ...GUARD,
];
const TOLERATED = ['ToleratedFailurePercentage', 'ToleratedFailureCount'];

type Type = State['type'];

const FIELDS: Readonly<Record<QueryLanguage, Readonly<Record<Type, readonly string[]>>>> = {
  JSONPath: {
    Pass: [...PATHS, 'Parameters', 'Result', 'ResultPath', 'Assign', ...TRANSITION],
    Task: [
      ...RESULT_PATHS,
      ...[
        'Resource',
        'TimeoutSeconds',
        'TimeoutSecondsPath',
        'HeartbeatSeconds',
        'HeartbeatSecondsPath',
      ],
      ...['Credentials', ...GUARD, ...TRANSITION],
    ],
    Choice: [...PATHS, 'Choices', 'Default', 'Assign'],
    Wait: [
      ...PATHS,
      'Seconds',
      'SecondsPath',
      'Timestamp',
      'TimestampPath',
      'Assign',
      ...TRANSITION,
    ],
    Succeed: PATHS,
    Fail: ['Error', 'ErrorPath', 'Cause', 'CausePath'],
    Parallel: [...RESULT_PATHS, 'Branches', ...GUARD, ...TRANSITION],
    Map: [
      ...[...RESULT_PATHS, ...MAP, ...TRANSITION, 'ItemsPath', 'MaxConcurrencyPath'],
      ...[...TOLERATED, 'ToleratedFailurePercentagePath', 'ToleratedFailureCountPath'],
    ],
  },
  JSONata: {
    Pass: ['Output', 'Assign', ...TRANSITION],
    Task: [
      ...[
        'Arguments',
        'Output',
        'Assign',
        'Resource',
        'TimeoutSeconds',
        'HeartbeatSeconds',
        'Credentials',
      ],
      ...[...GUARD, ...TRANSITION],
    ],
    Choice: ['Choices', 'Default', 'Assign', 'Output'],
    Wait: ['Seconds', 'Timestamp', 'Output', 'Assign', ...TRANSITION],
    Succeed: ['Output'],
    Fail: ['Error', 'Cause'],
    Parallel: ['Arguments', 'Output', 'Assign', 'Branches', ...GUARD, ...TRANSITION],
    Map: [...MAP, ...TRANSITION, ...TOLERATED, 'Items', 'Output', 'Assign'],
  },
};

export const isStateType = (type: unknown): type is Type =>
  typeof type === 'string' && Object.hasOwn(FIELDS.JSONata, type);

export function checkFields(
  fields: Fields,
  type: Type,
  language: QueryLanguage,
  refuse: Refuse,
): void {
  const allowed = FIELDS[language][type];
  for (const field of Object.keys(fields)) {
    if (field === 'Type' || field === 'Comment' || field === 'QueryLanguage') continue;
    if (!allowed.includes(field)) refuse(`the field ${field} of a ${language} ${type}`);
  }
}

/** An object among the fields, or nothing. */
export function objectField(fields: Fields, name: string, refuse: Refuse): Fields | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  return isObject(value) ? value : refuse(`the field ${name} that is not an object`);
}

/** A list of objects among the fields; an absent one is empty. */
export function objectsField(fields: Fields, name: string, refuse: Refuse): readonly Fields[] {
  const value = fields[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(`the field ${name} that is not a list`);
  return value.map((item) =>
    isObject(item) ? item : refuse(`an element of ${name} that is not an object`),
  );
}

export function textField(fields: Fields, name: string, refuse: Refuse): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  return refuse(`the field ${name} that is not a text`);
}

/** A whole number among the fields, within bounds. */
export function numberField(
  fields: Fields,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly whole: boolean },
  refuse: Refuse,
): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const fits =
    typeof value === 'number' &&
    value >= bounds.min &&
    value <= bounds.max &&
    (!bounds.whole || Number.isInteger(value));
  return fits ? value : refuse(`the field ${name} with the value ${JSON.stringify(value)}`);
}
