/** The fields of a Map state. Source: developer guide, "Map workflow state", "Using Map state in Distributed mode". */

import type { Json } from '../contract.ts';
import { type Fields, inputPath, jsonataArgument } from './data-flow.ts';
import { compileBatching } from './definition-batches.ts';
import { objectField, textField } from './definition-fields.ts';
import type { Evaluate } from './env.ts';
import { DefinitionRefused, EvaluationError, StatesErrorName } from './errors.ts';
import { evaluate, expressionIn, syntaxError, unexpectedType } from './jsonata.ts';
import type { MapState, QueryLanguage, StateTable } from './machine.ts';
import {
  compilePath,
  isWhole,
  jsonataNumber,
  jsonataTemplate,
  mustLookUp,
  pathTemplate,
  plainText,
  type Refuse,
} from './templates.ts';

/** Source: developer guide, "Using Map state in Distributed mode", Label. */
const LABEL = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,40}$/u;

/** Everything of a Map but its processor and what all guarded states share. */
export type MapFields = Pick<
  MapState,
  | 'argument'
  | 'items'
  | 'itemInput'
  | 'batching'
  | 'maxConcurrency'
  | 'toleratedPercentage'
  | 'toleratedCount'
  | 'distributed'
  | 'express'
  | 'label'
>;

export function compileMapFields(
  fields: Fields,
  language: QueryLanguage,
  refuse: Refuse,
): MapFields {
  const processor =
    objectField(fields, 'ItemProcessor', refuse) ?? objectField(fields, 'Iterator', refuse);
  const config =
    processor === undefined ? undefined : objectField(processor, 'ProcessorConfig', refuse);
  const jsonata = language === 'JSONata';
  const { mode, type } = modeOf(config ?? {}, refuse);
  const distributed = mode === 'DISTRIBUTED';
  const batching = compileBatching(fields, language, refuse);
  if (batching !== undefined && !distributed) refuse('an ItemBatcher of an inline Map');
  return {
    distributed,
    express: distributed && type === 'EXPRESS',
    label: labelOf(fields, refuse),
    batching,
    argument: jsonata ? jsonataArgument({}, refuse) : inputPath(fields, refuse),
    items: jsonata ? jsonataItems(fields['Items'], refuse) : pathItems(fields['ItemsPath'], refuse),
    itemInput: jsonata ? jsonataItemInput(fields, refuse) : pathItemInput(fields, refuse),
    maxConcurrency: number(fields, language, MAX_CONCURRENCY, refuse),
    toleratedPercentage: number(fields, language, TOLERATED_PERCENTAGE, refuse),
    toleratedCount: number(fields, language, TOLERATED_COUNT, refuse),
  };
}

function modeOf(config: Fields, refuse: Refuse): { readonly mode: Json; readonly type: Json } {
  const { Mode: mode = 'INLINE', ExecutionType: type = 'STANDARD', ...others } = config;
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED') refuse(`the Mode ${JSON.stringify(mode)}`);
  if (type !== 'STANDARD' && type !== 'EXPRESS')
    refuse(`the ExecutionType ${JSON.stringify(type)}`);
  const [other] = Object.keys(others);
  if (other !== undefined) refuse(`the field ${other} of a ProcessorConfig`);
  return { mode, type };
}

function labelOf(fields: Fields, refuse: Refuse): string | undefined {
  const label = textField(fields, 'Label', refuse);
  if (label !== undefined && !LABEL.test(label)) refuse(`the Label '${label}'`);
  return label;
}

/**
 * An Express workflow cannot wait for anybody, nor start further children.
 * Source: developer guide, "Choosing workflow type", service integration patterns.
 */
export function checkExpress({ states }: StateTable): void {
  for (const state of states.values()) {
    const refuse = (feature: string): never => {
      throw new DefinitionRefused(`${feature} inside of an Express workflow`, state.name);
    };
    if (state.type === 'Task') {
      const { resource } = state;
      if (resource.kind === 'activity') refuse('an activity');
      if (resource.kind === 'integration' && resource.pattern !== 'request')
        refuse(`the pattern .${resource.pattern}`);
    }
    if (state.type === 'Parallel') state.branches.forEach(checkExpress);
    if (state.type === 'Map' && state.distributed) refuse('a distributed Map');
    if (state.type === 'Map') checkExpress(state.processor);
  }
}

function jsonataItems(items: Json | undefined, refuse: Refuse): Evaluate<readonly Json[]> {
  if (items === undefined) {
    return ({ input }) => {
      if (Array.isArray(input)) return input;
      throw new EvaluationError(
        StatesErrorName.queryEvaluationError,
        `Map state input must be an array but was: ${JSON.stringify(input)}`,
      );
    };
  }
  if (Array.isArray(items)) {
    const template = jsonataTemplate(items, 'Items', refuse);
    return (env) => {
      const value = template(env);
      return Array.isArray(value) ? value : [];
    };
  }
  const text = expressionIn(items);
  if (text === undefined) return refuse('the field Items that is neither a list nor an expression');
  const wrong = syntaxError(text);
  if (wrong !== undefined)
    refuse(`the JSONata expression '${text}' of the field 'Items': ${wrong}`);
  return (env) => {
    const value = evaluate(text, env.bindings, env.chance, 'Items');
    if (!Array.isArray(value)) throw unexpectedType(text, 'Items', 'array', value);
    return value;
  };
}

function pathItems(text: Json | undefined, refuse: Refuse): Evaluate<readonly Json[]> {
  const path = compilePath(text ?? '$', 'ItemsPath', refuse);
  return (env) => {
    const value = mustLookUp(path, env);
    if (Array.isArray(value)) return value;
    throw new EvaluationError(
      StatesErrorName.runtime,
      `Reference path "${path.text}" must point to array.`,
    );
  };
}

function jsonataItemInput(fields: Fields, refuse: Refuse): MapFields['itemInput'] {
  const selector = fields['ItemSelector'];
  return selector === undefined ? undefined : jsonataTemplate(selector, 'ItemSelector', refuse);
}

/** Parameters is the older name of ItemSelector. */
function pathItemInput(fields: Fields, refuse: Refuse): MapFields['itemInput'] {
  const selector = fields['ItemSelector'] ?? fields['Parameters'];
  return selector === undefined ? undefined : pathTemplate(selector, refuse);
}

interface NumberField {
  readonly name: string;
  /** `integer` or `float`, as causes say. */
  readonly kind: string;
  readonly fits: (value: Json) => value is number;
  /** Why a number is none for this field, or undefined. */
  readonly outOfRange: (value: number) => string | undefined;
}

/** A number, an expression for one, or in JSONPath a path to one; absent it is 0. */
function number(
  fields: Fields,
  language: QueryLanguage,
  field: NumberField,
  refuse: Refuse,
): Evaluate<number> {
  const { name, outOfRange } = field;
  const { [name]: fixed, [`${name}Path`]: pathText } = fields;
  if (fixed !== undefined && pathText !== undefined) return refuse(`both ${name} and ${name}Path`);
  if (fixed === undefined && pathText === undefined) return () => 0;
  if (fixed !== undefined && (language === 'JSONPath' || typeof fixed === 'number')) {
    const wrong = typeof fixed !== 'number' || outOfRange(fixed) !== undefined;
    if (wrong) return refuse(`the field ${name} with the value ${JSON.stringify(fixed)}`);
    return () => fixed;
  }
  const read =
    fixed === undefined
      ? numberAt(pathText ?? null, field, refuse)
      : jsonataNumber(fixed, name, refuse);
  const error =
    language === 'JSONata' ? StatesErrorName.queryEvaluationError : StatesErrorName.runtime;
  return (env) => {
    const value = read(env);
    const wrong = outOfRange(value);
    if (wrong === undefined) return value;
    throw new EvaluationError(error, wrong, name);
  };
}

function numberAt(text: Json, field: NumberField, refuse: Refuse): Evaluate<number> {
  const { name, kind, fits } = field;
  const path = compilePath(text, `${name}Path`, refuse);
  return (env) => {
    const value = mustLookUp(path, env);
    // Recorded on AWS: the text of a number does, too.
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (fits(number) && !Number.isNaN(number)) return number;
    throw new EvaluationError(
      StatesErrorName.runtime,
      `The ${name}Path field refers to value "${plainText(value)}" which is not a valid ${kind}: ${path.text}`,
    );
  };
}

const isNumber = (value: Json): value is number => typeof value === 'number';

const MAX_CONCURRENCY: NumberField = {
  name: 'MaxConcurrency',
  kind: 'integer',
  fits: isWhole,
  outOfRange: (value) =>
    isWhole(value) ? undefined : 'MaxConcurrency must be a whole number that is not negative.',
};
/** Causes of the next two as recorded on AWS. */
const TOLERATED_PERCENTAGE: NumberField = {
  name: 'ToleratedFailurePercentage',
  kind: 'float',
  fits: isNumber,
  outOfRange: (value) =>
    value >= 0 && value <= 100
      ? undefined
      : 'ToleratedFailurePercentage must be between 0 and 100.',
};
const TOLERATED_COUNT: NumberField = {
  name: 'ToleratedFailureCount',
  kind: 'integer',
  fits: isNumber,
  outOfRange: (value) => (isWhole(value) ? undefined : 'ToleratedFailureCount cannot be negative.'),
};
