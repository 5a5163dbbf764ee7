import type { FunctionAnswer } from '../contract.ts';
import { TASK_ROOT } from './compile.ts';

/**
 * What Lambda answers when a handler throws: the error's name as `errorType`, its message, and the frames that lie in
 * the bundle (the host's own would differ from machine to machine).
 * @see Lambda developer guide, nodejs-exceptions
 */
export function failure(thrown: unknown): FunctionAnswer & { ok: false } {
  if (!isErrorLike(thrown)) {
    return { ok: false, errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  const frames = String(thrown.stack ?? '')
    .split('\n')
    .filter((line) => line.includes(`${TASK_ROOT}/`));
  return {
    ok: false,
    errorType: thrown.name,
    errorMessage: thrown.message,
    trace: [`${thrown.name}: ${thrown.message}`, ...frames],
  };
}

/** An error of the runtime itself. */
export function runtimeFailure(errorType: string, message: string): Error {
  return Object.assign(new Error(message), { name: errorType });
}

function isErrorLike(thrown: unknown): thrown is Error {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'name' in thrown &&
    'message' in thrown &&
    typeof thrown.name === 'string' &&
    typeof thrown.message === 'string'
  );
}
