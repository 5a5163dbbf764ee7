/** Fields that hold expressions, paths or templates, compiled once into functions of what they can see. */

import type { Json } from '../contract.ts';
import type { Env, Evaluate } from './env.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { callIntrinsic, isIntrinsic, parseIntrinsic } from './intrinsics.ts';
import { isObject } from './json.ts';
import { bracketText, type JsonPath, parseJsonPath, valueAt } from './json-path.ts';
import { evaluate, expressionIn, syntaxError, unexpectedType } from './jsonata.ts';

/** Reports a text that cannot be compiled; never returns. */
export type Refuse = (feature: string) => never;

/** A JSONata template: every string that `{% %}` fills is an expression, all else is itself. */
export function jsonataTemplate(value: Json, location: string, refuse: Refuse): Evaluate {
  if (typeof value === 'string') {
    const text = expressionIn(value);
    if (text === undefined) return () => value;
    return jsonataExpression(text, location, refuse);
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      jsonataTemplate(item, `${location}[${index}]`, refuse),
    );
    return (env) => items.map((item) => item(env));
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(
      ([key, member]) => [key, jsonataTemplate(member, `${location}/${key}`, refuse)] as const,
    );
    return (env) => Object.fromEntries(members.map(([key, member]) => [key, member(env)]));
  }
  return () => value;
}

export function jsonataExpression(text: string, location: string, refuse: Refuse): Evaluate {
  const wrong = syntaxError(text);
  if (wrong !== undefined)
    refuse(`the JSONata expression '${text}' of the field '${location}': ${wrong}`);
  return (env) => evaluate(text, env.bindings, env.chance, location);
}

/** A field that is a number, or in JSONata an expression for one. */
export function jsonataNumber(value: Json, location: string, refuse: Refuse): Evaluate<number> {
  if (typeof value === 'number') return () => value;
  const text = expressionIn(value);
  if (text === undefined) refuse(`the field '${location}' with the value ${JSON.stringify(value)}`);
  const run = jsonataExpression(text, location, refuse);
  return (env) => {
    const number = run(env);
    if (typeof number !== 'number') throw unexpectedType(text, location, 'number', number);
    return number;
  };
}

/** A field that is a text, or in JSONata an expression for one. */
export function jsonataText(value: Json, location: string, refuse: Refuse): Evaluate<string> {
  if (typeof value !== 'string')
    refuse(`the field '${location}' with the value ${JSON.stringify(value)}`);
  const text = expressionIn(value);
  if (text === undefined) return () => value;
  const run = jsonataExpression(text, location, refuse);
  return (env) => {
    const answer = run(env);
    if (typeof answer !== 'string') throw unexpectedType(text, location, 'string', answer);
    return answer;
  };
}

/** A path that has been parsed, or the refusal of its text. */
export function compilePath(text: Json, location: string, refuse: Refuse): JsonPath {
  if (typeof text !== 'string')
    refuse(`the field '${location}' with the value ${JSON.stringify(text)}`);
  try {
    return parseJsonPath(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Where a path starts: the input, the context object or a variable. */
export function rootOf(path: JsonPath, env: Env): Json | undefined {
  if (path.root.kind === 'variable') return env.variables[path.root.name];
  return path.root.kind === 'input' ? env.input : env.context;
}

export function lookUp(path: JsonPath, env: Env): Json | undefined {
  const root = rootOf(path, env);
  return root === undefined ? undefined : valueAt(root, path);
}

/**
 * The value at a path that must be there.
 * @throws EvaluationError (States.Runtime), worded as recorded on AWS.
 */
export function mustLookUp(path: JsonPath, env: Env): Json {
  const value = lookUp(path, env);
  if (value === undefined) {
    throw new EvaluationError(
      StatesErrorName.runtime,
      `Invalid path '${path.text}' : No results for path: ${bracketText(path)}`,
    );
  }
  return value;
}

function notFound(path: JsonPath, location: string, env: Env): EvaluationError {
  const root = rootOf(path, env) ?? env.input;
  return new EvaluationError(
    StatesErrorName.runtime,
    `The JSONPath '${path.text}' specified for the field '${location}' could not be found in the input ` +
      `'${JSON.stringify(root)}'`,
  );
}

/** A path or an intrinsic function in a field of a JSONPath state. */
export function pathOrIntrinsic(text: Json, location: string, refuse: Refuse): Evaluate {
  if (typeof text === 'string' && isIntrinsic(text)) {
    const call = compiled(() => parseIntrinsic(text), refuse);
    return (env) =>
      callIntrinsic(
        call,
        (path) => {
          const value = lookUp(path, env);
          if (value === undefined) throw notFound(path, location, env);
          return value;
        },
        env.chance,
      );
  }
  const path = compilePath(text, location, refuse);
  return (env) => {
    const value = lookUp(path, env);
    if (value === undefined) throw notFound(path, location, env);
    return value;
  };
}

function compiled<T>(make: () => T, refuse: Refuse): T {
  try {
    return make();
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** A payload template of a JSONPath state: members whose name ends in `.$` are looked up, all else is itself. */
export function pathTemplate(value: Json, refuse: Refuse): Evaluate {
  if (Array.isArray(value)) {
    const items = value.map((item) => pathTemplate(item, refuse));
    return (env) => items.map((item) => item(env));
  }
  if (!isObject(value)) return () => value;
  const members = Object.entries(value).map(([key, member]) =>
    key.endsWith('.$')
      ? ([key.slice(0, -2), pathOrIntrinsic(member, key, refuse)] as const)
      : ([key, pathTemplate(member, refuse)] as const),
  );
  return (env) => Object.fromEntries(members.map(([key, member]) => [key, member(env)]));
}

/** The text of a looked-up value in causes: the text itself, or JSON. */
export const plainText = (value: Json): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** A whole number from 0 on. */
export const isWhole = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;
