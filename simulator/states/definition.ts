/** Loads a state machine: everything is checked and compiled before anything runs. */

import type { Json } from '../contract.ts';
import type { Fields } from './data-flow.ts';
import { numberField, objectField, objectsField, textField } from './definition-fields.ts';
import { compileState, type Loading } from './definition-states.ts';
import { DefinitionRefused } from './errors.ts';
import { isObject } from './json.ts';
import type { Machine, QueryLanguage, State, StateTable } from './machine.ts';
import type { Resource } from './resources.ts';
import type { Refuse } from './templates.ts';

/** A definition is at most 1 MB. Source: developer guide, "Quotas". */
const DEFINITION_BYTES_MAX = 1_048_576;
/** A year and a bit is the longest that AWS takes. */
const TIMEOUT_SECONDS_MAX = 99_999_999;
const STATE_NAME_LENGTH_MAX = 80;

export interface LoadOptions {
  /** Why a Task is not run here, or undefined when it is. Without it every integration is taken. */
  readonly unsupported?: (resource: Resource, fields: Fields) => string | undefined;
  /** Resources that are activities, though their text is not the ARN of one: a recording has put another in its place. */
  readonly activities?: ReadonlySet<string>;
}

/**
 * A machine from its definition, as JSON text or parsed.
 * @throws DefinitionRefused naming feature and state for what AWS would not create or this interpreter does not run.
 */
export function makeStateMachine(definition: Json | string, options: LoadOptions = {}): Machine {
  const refuse = refuseIn(undefined);
  const fields = typeof definition === 'string' ? parseText(definition, refuse) : definition;
  if (!isObject(fields)) return refuse('a definition that is not an object');
  checkTopFields(fields, refuse);
  const language = fields['QueryLanguage'] ?? 'JSONPath';
  if (language !== 'JSONata' && language !== 'JSONPath') {
    return refuse(`the QueryLanguage ${JSON.stringify(language)}`);
  }
  const loading: Loading = {
    ...options,
    compileTable: (table, inherited) => compileTable(table, inherited, loading),
  };
  const table = compileTable(fields, language, loading);
  checkScopes(fields, new Set());
  checkNames(fields, new Set());
  const timeoutSeconds = numberField(
    fields,
    'TimeoutSeconds',
    { min: 1, max: TIMEOUT_SECONDS_MAX, whole: true },
    refuse,
  );
  return {
    ...table,
    queryLanguage: language,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

function refuseIn(state: string | undefined): Refuse {
  return (feature) => {
    throw new DefinitionRefused(feature, state);
  };
}

function parseText(text: string, refuse: Refuse): Json {
  if (Buffer.byteLength(text, 'utf8') > DEFINITION_BYTES_MAX) refuse('a definition over 1 MB');
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    return refuse(
      `a definition that is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const TOP_FIELDS = new Set([
  'Comment',
  'StartAt',
  'States',
  'Version',
  'TimeoutSeconds',
  'QueryLanguage',
]);

function checkTopFields(fields: Fields, refuse: Refuse): void {
  for (const field of Object.keys(fields)) {
    if (!TOP_FIELDS.has(field)) refuse(`the field ${field} of the definition`);
  }
  const version = fields['Version'];
  if (version !== undefined && version !== '1.0') refuse(`the Version ${JSON.stringify(version)}`);
}

function compileTable(fields: Fields, inherited: QueryLanguage, loading: Loading): StateTable {
  const refuse = refuseIn(undefined);
  const startAt = textField(fields, 'StartAt', refuse) ?? refuse('a definition without StartAt');
  const own = objectField(fields, 'States', refuse) ?? refuse('a definition without States');
  const language = fields['QueryLanguage'] === 'JSONata' ? 'JSONata' : inherited;
  const states = new Map<string, State>();
  const names = new Set(Object.keys(own));
  if (!names.has(startAt)) refuse(`a StartAt '${startAt}' that is no state`);
  for (const [name, value] of Object.entries(own)) {
    const refuseState = refuseIn(name);
    if (name.length > STATE_NAME_LENGTH_MAX) refuseState('a name of more than 80 characters');
    if (!isObject(value)) return refuseState('a state that is not an object');
    for (const target of targetsOf(value)) {
      if (!names.has(target)) refuseState(`a transition to '${target}', which is no state`);
    }
    states.set(name, compileState(name, value, language, loading, refuseState));
  }
  return { startAt, states };
}

function targetsOf(state: Fields): string[] {
  const refuse = refuseIn(undefined);
  const rules = [
    ...objectsField(state, 'Choices', refuse),
    ...objectsField(state, 'Catch', refuse),
  ];
  return [state['Next'], state['Default'], ...rules.map((rule) => rule['Next'])].filter(
    (target) => typeof target === 'string',
  );
}

/** A name is one state's in the whole machine. Source: States Language specification, "States". */
function checkNames(table: Fields, taken: Set<string>): void {
  const states = objectField(table, 'States', refuseIn(undefined)) ?? {};
  for (const [name, state] of Object.entries(states)) {
    if (taken.has(name)) refuseIn(name)('a name that another state has');
    taken.add(name);
    if (!isObject(state)) continue;
    for (const { table: inner } of innerTables(state)) checkNames(inner, taken);
  }
}

/** The scopes inside of a state: branches and processors. */
function innerTables(state: Fields): { table: Fields; isolated: boolean }[] {
  const refuse = refuseIn(undefined);
  const branches = objectsField(state, 'Branches', refuse).map((table) => ({
    table,
    isolated: false,
  }));
  const processor = state['ItemProcessor'] ?? state['Iterator'];
  if (!isObject(processor)) return branches;
  const config = processor['ProcessorConfig'];
  const isolated = isObject(config) && config['Mode'] === 'DISTRIBUTED';
  return [...branches, { table: processor, isolated }];
}

/** What a state assigns on its way out, not what its Catch does: AWS took a Catch with a name of the branch it catches. */
function assignedNames(state: Fields): string[] {
  const holders = [state, ...objectsField(state, 'Choices', refuseIn(undefined))];
  return holders.flatMap(({ Assign: assign }) =>
    isObject(assign) ? Object.keys(assign).map((key) => key.replace(/\.\$$/, '')) : [],
  );
}

/** An inner scope cannot assign what an outer one does. Source: developer guide, "Passing data between states". */
function checkScopes(table: Fields, outer: ReadonlySet<string>): void {
  const refuse = refuseIn(undefined);
  const states = Object.entries(objectField(table, 'States', refuse) ?? {});
  const here = new Set(outer);
  for (const [name, state] of states) {
    if (!isObject(state)) continue;
    for (const variable of assignedNames(state)) {
      if (outer.has(variable))
        refuseIn(name)(`an Assign to '${variable}', which an outer scope assigns`);
      here.add(variable);
    }
  }
  for (const [, state] of states) {
    if (!isObject(state)) continue;
    for (const { table: inner, isolated } of innerTables(state)) {
      checkScopes(inner, isolated ? new Set() : here);
    }
  }
}
