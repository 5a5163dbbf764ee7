/** How data flows through a state in either query language: what it works on, and what it hands on. */

import type { Json } from '../contract.ts';
import type { Assigned, Env, Evaluate } from './env.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { isObject } from './json.ts';
import { type JsonPath, withValueAt } from './json-path.ts';
import type { Finish, Finished } from './machine.ts';
import {
  compilePath,
  jsonataTemplate,
  mustLookUp,
  pathTemplate,
  type Refuse,
} from './templates.ts';

export type Fields = { readonly [key: string]: Json };

type MaybeAssign = ((env: Env) => Assigned) | undefined;

function asAssigned(template: Evaluate): (env: Env) => Assigned {
  return (env) => {
    const values = template(env);
    return isObject(values) ? values : {};
  };
}

function checkNames(assign: Json, refuse: Refuse): { [key: string]: Json } {
  if (!isObject(assign)) return refuse('an Assign that is not an object');
  for (const key of Object.keys(assign)) {
    const name = key.replace(/\.\$$/, '');
    if (name === 'states') refuse("an Assign to 'states'");
    if (!/^[\p{L}_][\p{L}\p{N}_]{0,79}$/u.test(name)) refuse(`an Assign to '${name}'`);
  }
  return assign;
}

export function jsonataAssign(fields: Fields, refuse: Refuse): MaybeAssign {
  const assign = fields['Assign'];
  if (assign === undefined) return undefined;
  return asAssigned(jsonataTemplate(checkNames(assign, refuse), 'Assign', refuse));
}

export function pathAssign(fields: Fields, refuse: Refuse): MaybeAssign {
  const assign = fields['Assign'];
  if (assign === undefined) return undefined;
  return asAssigned(pathTemplate(checkNames(assign, refuse), refuse));
}

/** Output and Assign see the same entry values; neither sees the other. */
export function jsonataFinish(fields: Fields, refuse: Refuse): Finish {
  const assign = jsonataAssign(fields, refuse);
  const output =
    fields['Output'] === undefined
      ? undefined
      : jsonataTemplate(fields['Output'], 'Output', refuse);
  return (env, result) => {
    const seen = result === undefined ? env : env.with({ result });
    const assigned = assign?.(seen);
    // A result may be null, which is not the same as none.
    const plain = result === undefined ? env.input : result;
    return { output: output === undefined ? plain : output(seen), assigned };
  };
}

/** InputPath: `null` is an empty object, absent the whole input. */
export function inputPath(fields: Fields, refuse: Refuse): Evaluate {
  return chosenBy(fields['InputPath'], 'InputPath', refuse);
}

function chosenBy(text: Json | undefined, field: string, refuse: Refuse): Evaluate {
  if (text === undefined || text === '$') return (env) => env.input;
  if (text === null) return () => ({});
  const path = compilePath(text, field, refuse);
  return (env) => mustLookUp(path, env);
}

/** InputPath, then Parameters. */
export function pathArgument(fields: Fields, refuse: Refuse): Evaluate {
  const input = inputPath(fields, refuse);
  const parameters = fields['Parameters'];
  if (parameters === undefined) return input;
  const template = pathTemplate(parameters, refuse);
  return (env) => template(env.with({ input: input(env) }));
}

/** Arguments, by default the whole input. */
export function jsonataArgument(fields: Fields, refuse: Refuse): Evaluate {
  const template = fields['Arguments'];
  return template === undefined
    ? (env) => env.input
    : jsonataTemplate(template, 'Arguments', refuse);
}

/** ResultSelector, ResultPath, OutputPath. Assign sees the selected result as `$`. */
export function pathFinish(fields: Fields, refuse: Refuse): Finish {
  const selector =
    fields['ResultSelector'] === undefined
      ? undefined
      : pathTemplate(fields['ResultSelector'], refuse);
  const combine = resultPath(fields['ResultPath'], refuse);
  const assign = pathAssign(fields, refuse);
  const outputPath = chosenBy(fields['OutputPath'], 'OutputPath', refuse);
  return (env, result) => {
    const raw = result === undefined ? env.input : result;
    const selected = selector === undefined ? raw : selector(env.with({ input: raw }));
    const assigned = assign?.(env.with({ input: selected }));
    return { output: outputPath(env.with({ input: combine(env.input, selected) })), assigned };
  };
}

/** For states without a result of their own: InputPath, then OutputPath. */
export function pathThrough(fields: Fields, refuse: Refuse): Finish {
  const input = inputPath(fields, refuse);
  const assign = pathAssign(fields, refuse);
  const outputPath = chosenBy(fields['OutputPath'], 'OutputPath', refuse);
  return (env) => {
    const seen = env.with({ input: input(env) });
    return { output: outputPath(seen), assigned: assign?.(seen) };
  };
}

type Combine = (input: Json, result: Json) => Json;

function resultPath(text: Json | undefined, refuse: Refuse): Combine {
  if (text === undefined || text === '$') return (_, result) => result;
  if (text === null) return (input) => input;
  const path = compilePath(text, 'ResultPath', refuse);
  if (!path.definite || path.root.kind !== 'input') refuse(`the ResultPath '${path.text}'`);
  return (input, result) => putResult(input, path, result);
}

function putResult(input: Json, path: JsonPath, result: Json): Json {
  const combined = withValueAt(input, path, result);
  if (combined === undefined) {
    throw new EvaluationError(
      StatesErrorName.resultPathMatchFailure,
      `Unable to apply step "${path.text}" to input ${JSON.stringify(input)}`,
    );
  }
  return combined;
}

/** What a Catch hands on: by default the error output alone. */
export function jsonataCatch(
  fields: Fields,
  refuse: Refuse,
): (env: Env, errorOutput: Json) => Finished {
  const assign = jsonataAssign(fields, refuse);
  const output =
    fields['Output'] === undefined
      ? undefined
      : jsonataTemplate(fields['Output'], 'Output', refuse);
  return (env, errorOutput) => {
    const seen = env.with({ errorOutput });
    const assigned = assign?.(seen);
    return { output: output === undefined ? errorOutput : output(seen), assigned };
  };
}

export function pathCatch(
  fields: Fields,
  refuse: Refuse,
): (env: Env, errorOutput: Json) => Finished {
  const combine = resultPath(fields['ResultPath'], refuse);
  const assign = pathAssign(fields, refuse);
  return (env, errorOutput) => ({
    output: combine(env.input, errorOutput),
    assigned: assign?.(env.with({ input: errorOutput })),
  });
}
