/** Compiles the states of a definition, one function per type. */

import type { Json } from '../contract.ts';
import {
  type Fields,
  jsonataArgument,
  jsonataFinish,
  pathArgument,
  pathFinish,
  pathThrough,
} from './data-flow.ts';
import { compileChoose } from './definition-choice.ts';
import {
  checkFields,
  isStateType,
  objectField,
  objectsField,
  textField,
} from './definition-fields.ts';
import { compileCatch, compileRetry } from './definition-guards.ts';
import { checkExpress, compileMapFields } from './definition-map.ts';
import { compileWait } from './definition-wait.ts';
import type { Env, Evaluate } from './env.ts';
import { EvaluationError, type Failure, StatesErrorName } from './errors.ts';
import type { FailState, Finish, QueryLanguage, State, StateTable, TaskState } from './machine.ts';
import { parseResource, type Resource } from './resources.ts';
import {
  compilePath,
  isWhole,
  jsonataNumber,
  jsonataTemplate,
  jsonataText,
  mustLookUp,
  pathOrIntrinsic,
  pathTemplate,
  plainText,
  type Refuse,
} from './templates.ts';

export interface Loading {
  /** Why a Task is not run here, or undefined. */
  readonly unsupported?: (resource: Resource, fields: Fields) => string | undefined;
  readonly activities?: ReadonlySet<string>;
  readonly compileTable: (fields: Fields, language: QueryLanguage, refuse: Refuse) => StateTable;
}

interface Compiling {
  readonly name: string;
  readonly fields: Fields;
  readonly language: QueryLanguage;
  readonly refuse: Refuse;
  readonly loading: Loading;
}

export function compileState(
  name: string,
  fields: Fields,
  inherited: QueryLanguage,
  loading: Loading,
  refuse: Refuse,
): State {
  const { Type: type, QueryLanguage: own } = fields;
  if (!isStateType(type)) return refuse(`the Type ${JSON.stringify(type)}`);
  if (own !== undefined && own !== 'JSONata' && own !== 'JSONPath') {
    return refuse(`the QueryLanguage ${JSON.stringify(own)}`);
  }
  if (inherited === 'JSONata' && own === 'JSONPath') {
    return refuse('the QueryLanguage JSONPath below one that is JSONata');
  }
  const language = own ?? inherited;
  checkFields(fields, type, language, refuse);
  const compiling = { name, fields, language, refuse, loading };
  switch (type) {
    case 'Pass':
      return compilePass(compiling);
    case 'Task':
      return compileTask(compiling);
    case 'Choice':
      return { type, ...common(compiling), choose: compileChoose(fields, language, refuse) };
    case 'Wait':
      return {
        type,
        ...common(compiling),
        ...continuing(compiling, through(compiling)),
        untilMs: compileWait(fields, language, refuse),
      };
    case 'Succeed':
      return { type, ...common(compiling), next: undefined, finish: through(compiling) };
    case 'Fail':
      return compileFail(compiling);
    case 'Parallel':
      return compileParallel(compiling);
    case 'Map':
      return compileMap(compiling);
    default:
      return type satisfies never;
  }
}

const common = ({ name, language }: Compiling) => ({ name, queryLanguage: language });

/** Where it goes on: to Next, or End. */
function continuing({ fields, refuse }: Compiling, finish: Finish) {
  const next = textField(fields, 'Next', refuse);
  if ((next === undefined) === (fields['End'] !== true))
    refuse('a transition that is not one of Next and End');
  return { next, finish };
}

const through = ({ fields, language, refuse }: Compiling): Finish =>
  (language === 'JSONata' ? jsonataFinish : pathThrough)(fields, refuse);

const withResult = ({ fields, language, refuse }: Compiling): Finish =>
  (language === 'JSONata' ? jsonataFinish : pathFinish)(fields, refuse);

const argument = ({ fields, language, refuse }: Compiling): Evaluate =>
  (language === 'JSONata' ? jsonataArgument : pathArgument)(fields, refuse);

const guards = ({ fields, language, refuse }: Compiling) => ({
  retry: compileRetry(fields, refuse),
  catchers: compileCatch(fields, language, refuse),
});

function compilePass(compiling: Compiling): State {
  const { fields, language, refuse } = compiling;
  const fixed = fields['Result'];
  const input = language === 'JSONata' ? (env: Env) => env.input : pathArgument(fields, refuse);
  return {
    type: 'Pass',
    ...common(compiling),
    ...continuing(compiling, withResult(compiling)),
    result: fixed === undefined ? input : () => fixed,
  };
}

function compileTask(compiling: Compiling): TaskState {
  const { fields, language, refuse, loading } = compiling;
  const resource = parseResource(
    textField(fields, 'Resource', refuse) ?? refuse('a Task without Resource'),
    loading.activities,
  );
  if (typeof resource === 'string') return refuse(resource);
  const unsupported = loading.unsupported?.(resource, fields);
  if (unsupported !== undefined) return refuse(unsupported);
  const credentials = objectField(fields, 'Credentials', refuse);
  const { TimeoutSeconds: limit, HeartbeatSeconds: beat } = fields;
  // Source: States Language specification, "Task State": the heartbeat is the smaller one.
  if (typeof limit === 'number' && typeof beat === 'number' && beat >= limit) {
    refuse(`the field HeartbeatSeconds with the value ${beat}, not below TimeoutSeconds`);
  }
  return {
    type: 'Task',
    ...common(compiling),
    ...continuing(compiling, withResult(compiling)),
    ...guards(compiling),
    resource,
    argument: argument(compiling),
    timeoutSeconds: seconds(compiling, 'TimeoutSeconds'),
    heartbeatSeconds: seconds(compiling, 'HeartbeatSeconds'),
    credentials:
      credentials === undefined
        ? undefined
        : language === 'JSONata'
          ? jsonataTemplate(credentials, 'Credentials', refuse)
          : pathTemplate(credentials, refuse),
  };
}

/** 1 to 99,999,999 seconds. */
const SECONDS_MAX = 99_999_999;

function seconds(
  { fields, language, refuse }: Compiling,
  name: string,
): Evaluate<number> | undefined {
  const inRange = (value: Json): boolean => isWhole(value) && value >= 1 && value <= SECONDS_MAX;
  const path = fields[`${name}Path`];
  const value = fields[name];
  if (path === undefined && value === undefined) return undefined;
  if (path !== undefined && value !== undefined) return refuse(`both ${name} and ${name}Path`);
  if (
    value !== undefined &&
    (language === 'JSONPath' || typeof value === 'number') &&
    !inRange(value)
  )
    return refuse(`the field ${name} with the value ${JSON.stringify(value)}`);
  const read =
    value === undefined
      ? pathNumber(path ?? null, name, refuse)
      : jsonataNumber(value, name, refuse);
  const error =
    language === 'JSONata' ? StatesErrorName.queryEvaluationError : StatesErrorName.runtime;
  return (env) => {
    const answer = read(env);
    if (inRange(answer)) return answer;
    throw new EvaluationError(
      error,
      `The field '${name}' must be a whole number from 1 to ${SECONDS_MAX} but was: ${answer}`,
      name,
    );
  };
}

function pathNumber(text: Json, name: string, refuse: Refuse): Evaluate<number> {
  const path = compilePath(text, `${name}Path`, refuse);
  return (env) => {
    const value = mustLookUp(path, env);
    if (typeof value === 'number') return value;
    throw new EvaluationError(
      StatesErrorName.runtime,
      `The ${name}Path parameter does not reference an integer value: ${path.text} == ${plainText(value)}`,
    );
  };
}

function compileFail(compiling: Compiling): FailState {
  const text = (
    { fields, language, refuse }: Compiling,
    name: string,
  ): Evaluate<string> | undefined => {
    const path = fields[`${name}Path`];
    if (path !== undefined && fields[name] !== undefined) {
      return refuse(`both ${name} and ${name}Path`);
    }
    if (path !== undefined) {
      const read = pathOrIntrinsic(path, `${name}Path`, refuse);
      return (env) => plainText(read(env));
    }
    const value = fields[name];
    if (value === undefined) return undefined;
    if (language === 'JSONata') return jsonataText(value, name, refuse);
    return typeof value === 'string' ? () => value : refuse(`the field ${name} that is not a text`);
  };
  const error = text(compiling, 'Error');
  const cause = text(compiling, 'Cause');
  return {
    type: 'Fail',
    ...common(compiling),
    failure: (env): Failure => ({
      ...(error === undefined ? {} : { error: error(env) }),
      ...(cause === undefined ? {} : { cause: cause(env) }),
    }),
  };
}

function compileParallel(compiling: Compiling): State {
  const { fields, language, refuse, loading } = compiling;
  const branches = objectsField(fields, 'Branches', refuse).map((branch) =>
    loading.compileTable(branch, language, refuse),
  );
  if (branches.length === 0) refuse('a Parallel without Branches');
  return {
    type: 'Parallel',
    ...common(compiling),
    ...continuing(compiling, withResult(compiling)),
    ...guards(compiling),
    argument: argument(compiling),
    branches,
  };
}

function compileMap(compiling: Compiling): State {
  const { fields, language, refuse, loading } = compiling;
  const processor =
    objectField(fields, 'ItemProcessor', refuse) ??
    objectField(fields, 'Iterator', refuse) ??
    refuse('a Map without ItemProcessor');
  const map = compileMapFields(fields, language, refuse);
  const table = loading.compileTable(processor, language, refuse);
  if (map.express) checkExpress(table);
  return {
    type: 'Map',
    ...common(compiling),
    // Parameters of a Map is its item selector, not an argument.
    ...continuing(compiling, withResult(compiling)),
    ...guards(compiling),
    ...map,
    processor: table,
  };
}
