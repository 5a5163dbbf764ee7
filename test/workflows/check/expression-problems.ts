import type { Definition, State } from '../../../lib/workflows/asl.ts';
import { scopesOf } from '../../../lib/workflows/transitions.ts';
import { type Analysis, analyse, type Expression, type Reading } from './expressions.ts';
import { expressionsOf, strayExpressions } from './fields.ts';

/** Functions of JSONata 2.0. Source: docs.jsonata.org, "Function library"; `$eval` is not offered by Step Functions. */
const JSONATA_FUNCTIONS = [
  ...['string', 'length', 'substring', 'substringBefore', 'substringAfter', 'uppercase'],
  ...['lowercase', 'trim', 'pad', 'contains', 'split', 'join', 'match', 'replace'],
  ...['base64encode', 'base64decode', 'encodeUrlComponent', 'encodeUrl'],
  ...['decodeUrlComponent', 'decodeUrl'],
  ...['number', 'abs', 'floor', 'ceil', 'round', 'power', 'sqrt', 'random'],
  ...['formatNumber', 'formatBase', 'formatInteger', 'parseInteger'],
  ...['sum', 'max', 'min', 'average', 'boolean', 'not', 'exists'],
  ...['count', 'append', 'sort', 'reverse', 'shuffle', 'distinct', 'zip'],
  ...['keys', 'lookup', 'spread', 'merge', 'each', 'error', 'assert', 'type', 'sift'],
  ...['now', 'millis', 'fromMillis', 'toMillis', 'map', 'filter', 'single', 'reduce'],
];
/** Those that Step Functions adds. Source: developer guide, "Transforming data with JSONata", "JSONata functions". */
const ADDED_FUNCTIONS = ['partition', 'range', 'hash', 'random', 'uuid', 'parse'];
export const FUNCTIONS: ReadonlySet<string> = new Set([...JSONATA_FUNCTIONS, ...ADDED_FUNCTIONS]);

/** Source: developer guide, "Accessing execution data from the Context object". */
const CONTEXT: Readonly<Record<string, readonly string[]>> = {
  Execution: ['Id', 'Input', 'Name', 'RoleArn', 'StartTime', 'RedriveCount', 'RedriveTime'],
  State: ['EnteredTime', 'Name', 'RetryCount'],
  StateMachine: ['Id', 'Name'],
  Task: ['Token'],
  Map: ['Item'],
};

/** Expressions that do not parse, call what does not exist, or read what is not there at that place. */
export function expressionProblems(definition: Definition): readonly string[] {
  return scopesOf(definition).flatMap((scope) =>
    Object.entries(scope.states).flatMap(([name, state]) => [
      ...expressionsOf(name, state).flatMap((expression) =>
        problemsOf(expression, state, scope.map !== undefined).map(
          (problem) => `${name}: ${expression.field} ${problem}`,
        ),
      ),
      ...strayExpressions(name, state).map(
        (field) => `${name}: ${field} holds {% %} and is not evaluated`,
      ),
    ]),
  );
}

function problemsOf(expression: Expression, state: State, inMap: boolean): readonly string[] {
  let analysis: Analysis;
  try {
    analysis = analyse(expression.text);
  } catch (error) {
    const { message } = error as { message: string };
    return [`does not parse: ${message}`];
  }
  const { functions, bareNames, readings } = analysis;
  return [
    ...functions
      .filter((name) => !FUNCTIONS.has(name))
      .map((name) => `calls $${name}, which does not exist`),
    ...bareNames.map((name) => `reads ${name} without a variable before it`),
    ...readings.flatMap((reading) => reservedProblem(reading, expression, state, inMap)),
  ];
}

function reservedProblem(
  { variable, members }: Reading,
  { place }: Expression,
  state: State,
  inMap: boolean,
): readonly string[] {
  if (variable === '' || variable === '$') return [`reads $${variable}, which stands for nothing`];
  if (variable !== 'states') return [];
  const [member, ...rest] = members;
  switch (member) {
    case 'input':
      return [];
    case 'context':
      return contextProblem(rest, state, inMap);
    case 'result':
      return place === 'result' ? [] : ['reads $states.result where there is none'];
    case 'errorOutput':
      return place === 'error' ? [] : ['reads $states.errorOutput outside a Catch'];
    default:
      return [`reads $states.${member ?? ''}, which does not exist`];
  }
}

function contextProblem(path: readonly string[], state: State, inMap: boolean): readonly string[] {
  const [group = '', member = ''] = path;
  const shown = `$states.context.${path.join('.')}`;
  if (!CONTEXT[group]?.includes(member)) return [`reads ${shown}, which does not exist`];
  const parks = state.Type === 'Task' && state.Resource.endsWith('.waitForTaskToken');
  if (group === 'Task' && !parks) return [`reads ${shown} in a task that does not wait for it`];
  if (group === 'Map' && !inMap && state.Type !== 'Map') return [`reads ${shown} outside a Map`];
  return [];
}
