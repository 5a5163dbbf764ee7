import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ErrorName } from '../../../lambdas/core/errors.ts';
import type { Definition, State } from '../../../lib/workflows/asl.ts';
import { scopesOf } from '../../../lib/workflows/transitions.ts';

/** Names that AWS gives. Source: developer guide, "Handling errors in Step Functions workflows", and for Lambda and
 * nested executions the best practices on "Handle transient Lambda service exceptions" and the integrations' pages. */
const AWS_NAMES: ReadonlySet<string> = new Set([
  ...['States.ALL', 'States.TaskFailed', 'States.Timeout', 'States.HeartbeatTimeout'],
  ...['States.Permissions', 'States.QueryEvaluationError', 'States.DataLimitExceeded'],
  ...['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'],
  ...['Lambda.TooManyRequestsException', 'Lambda.ClientExecutionTimeoutException'],
  // The last is what Lambda itself answers (developer guide, "Troubleshoot invocation issues").
  ...['Lambda.Unknown', 'Sandbox.Timedout', 'Runtime.ExitError'],
  ...['StepFunctions.ThrottlingException', 'StepFunctions.SdkClientException'],
]);

const root = fileURLToPath(new URL('../../../', import.meta.url));
const lambdas = join(root, 'lambdas');
const sources = new Map(
  readdirSync(lambdas, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [
      relative(root, join(lambdas, file)),
      readFileSync(join(lambdas, file), 'utf8'),
    ]),
);

/** Names of ours that a source throws: `new KilnError(ErrorName.Outbid, …)`. */
const thrownBy = (text: string): readonly string[] =>
  [...text.matchAll(/new KilnError\(\s*ErrorName\.(\w+)/g)].map(([, key]) =>
    String(Reflect.get(ErrorName, key ?? '')),
  );

const NOTHING: ReadonlySet<string> = new Set();
const thrownAnywhere = new Set([...sources.values()].flatMap(thrownBy));

const known = new Map<string, ReadonlySet<string>>();

/** What a function may throw: by its handler and all that it imports. */
function thrownByFunction(folder: string): ReadonlySet<string> {
  const thrown = known.get(folder) ?? namesThrownBelow(folder);
  known.set(folder, thrown);
  return thrown;
}

function namesThrownBelow(folder: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [`lambdas/${folder}/handler.ts`];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, path] of (sources.get(file) ?? '').matchAll(/from '(\.[^']+)'/g)) {
      waiting.push(join(dirname(file), path ?? ''));
    }
  }
  return new Set([...seen].flatMap((file) => thrownBy(sources.get(file) ?? '')));
}

/** `${OpenReleaseFunction}` to open-release. */
function folderOf(state: State): string | undefined {
  if (state.Type !== 'Task') return undefined;
  const name = /^\$\{(\w+)Function\}$/.exec(String(state.Arguments['FunctionName']))?.[1];
  return name?.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase();
}

/** Names in Retry that nobody throws; names in Catch that this very function does not throw; neither ours nor AWS's. */
export function errorNameProblems(definition: Definition): readonly string[] {
  return scopesOf(definition).flatMap(({ states }) =>
    Object.entries(states).flatMap(([name, state]) => {
      const folder = folderOf(state);
      if (folder !== undefined && !sources.has(`lambdas/${folder}/handler.ts`)) {
        return [`${name}: calls function ${folder}, which does not exist`];
      }
      if (state.Type === 'Task' && folder === undefined) {
        // A direct call of a service throws nothing of ours.
        return [
          ...unknownNames(name, state, 'Retry', NOTHING),
          ...unknownNames(name, state, 'Catch', NOTHING),
        ];
      }
      const throwing = folder === undefined ? thrownAnywhere : thrownByFunction(folder);
      return [
        ...unknownNames(name, state, 'Retry', thrownAnywhere),
        ...unknownNames(name, state, 'Catch', throwing),
      ];
    }),
  );
}

/** A name of AWS's belongs to the service that is called; those of Step Functions itself to all. */
function mayGive(state: State, error: string): boolean {
  if (state.Type !== 'Task' || error.startsWith('States.')) return true;
  const service = /^(Lambda|Sandbox|Runtime)\./.test(error) ? ':lambda:' : ':states:startExecution';
  return state.Resource.includes(service);
}

function unknownNames(
  name: string,
  state: State,
  field: 'Retry' | 'Catch',
  thrown: ReadonlySet<string>,
): readonly string[] {
  const handlers: unknown = Reflect.get(state, field);
  const lists = Array.isArray(handlers)
    ? handlers.map(({ ErrorEquals }: { ErrorEquals: readonly string[] }) => ErrorEquals)
    : [];
  return lists
    .flat()
    .filter((error) => !thrown.has(error) && !(AWS_NAMES.has(error) && mayGive(state, error)))
    .map((error) => `${name}: ${field} names ${error}, which nothing there throws`);
}

/**
 * Texts that spell a name of ours instead of taking it from the table: a rename would miss them. Names of states, which
 * may be the same words, are not error names.
 */
export function spelledErrorNames(source: string): readonly string[] {
  const listed = [...source.matchAll(/ErrorEquals: \[([^\]]*)\]/g)]
    .flatMap(([, list]) => [...(list ?? '').matchAll(/'([^']*)'/g)])
    .filter(([, name]) => !name?.includes('.'));
  const given = [...source.matchAll(/\b[Ee]rror: '([^']*)'/g)].filter(([, name]) =>
    Object.values<string>(ErrorName).includes(name ?? ''),
  );
  return [...listed, ...given].map(([, name]) => name ?? '');
}
