/** The fields of a Map state. Source: developer guide, "Map workflow state", "Using Map state in Distributed mode". */

import type { Json } from '../contract.ts';
import { type Fields, inputPath, jsonataArgument } from './data-flow.ts';
import { objectField, textField } from './definition-fields.ts';
import type { Evaluate } from './env.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { evaluate, expressionIn, syntaxError, unexpectedType } from './jsonata.ts';
import type { MapState, QueryLanguage } from './machine.ts';
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

/** Everything of a Map but its processor and what all guarded states share. */
export type MapFields = Pick<
  MapState,
  | 'argument'
  | 'items'
  | 'itemInput'
  | 'maxConcurrency'
  | 'toleratedPercentage'
  | 'toleratedCount'
  | 'distributed'
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
  const mode = config?.['Mode'] ?? 'INLINE';
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED') refuse(`the Mode ${JSON.stringify(mode)}`);
  const jsonata = language === 'JSONata';
  return {
    distributed: mode === 'DISTRIBUTED',
    label: textField(fields, 'Label', refuse),
    argument: jsonata ? jsonataArgument({}, refuse) : inputPath(fields, refuse),
    items: jsonata ? jsonataItems(fields['Items'], refuse) : pathItems(fields['ItemsPath'], refuse),
    itemInput: jsonata ? jsonataItemInput(fields, refuse) : pathItemInput(fields, refuse),
    maxConcurrency: concurrency(fields, language, refuse),
    toleratedPercentage: percentage(fields, language, refuse),
    toleratedCount: count(fields, language, refuse),
  };
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
  readonly ifAbsent: number;
  /** `integer` or `float`, as causes say. */
  readonly kind: string;
  readonly fits: (value: Json) => value is number;
}

/** A number, an expression for one, or in JSONPath a path to one. */
function number(
  fields: Fields,
  language: QueryLanguage,
  field: NumberField,
  refuse: Refuse,
): Evaluate<number> {
  const { name, ifAbsent, kind, fits } = field;
  const fixed = fields[name];
  if (fixed !== undefined && language === 'JSONata') return jsonataNumber(fixed, name, refuse);
  if (fixed !== undefined) {
    if (typeof fixed !== 'number')
      refuse(`the field ${name} with the value ${JSON.stringify(fixed)}`);
    return () => fixed;
  }
  const pathText = fields[`${name}Path`];
  if (pathText === undefined) return () => ifAbsent;
  const path = compilePath(pathText, `${name}Path`, refuse);
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

const concurrency = (fields: Fields, language: QueryLanguage, refuse: Refuse): Evaluate<number> =>
  number(
    fields,
    language,
    { name: 'MaxConcurrency', ifAbsent: 0, kind: 'integer', fits: isWhole },
    refuse,
  );

function percentage(fields: Fields, language: QueryLanguage, refuse: Refuse): Evaluate<number> {
  const field = { name: 'ToleratedFailurePercentage', ifAbsent: 0, kind: 'float', fits: isNumber };
  const read = number(fields, language, field, refuse);
  return (env) => {
    const value = read(env);
    if (value >= 0 && value <= 100) return value;
    throw new EvaluationError(
      StatesErrorName.runtime,
      'ToleratedFailurePercentage must be between 0 and 100.',
    );
  };
}

function count(fields: Fields, language: QueryLanguage, refuse: Refuse): Evaluate<number> {
  const field = { name: 'ToleratedFailureCount', ifAbsent: 0, kind: 'integer', fits: isNumber };
  const read = number(fields, language, field, refuse);
  return (env) => {
    const value = read(env);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new EvaluationError(StatesErrorName.runtime, 'ToleratedFailureCount cannot be negative.');
  };
}
