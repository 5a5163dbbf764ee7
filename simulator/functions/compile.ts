import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import * as vm from 'node:vm';

/** What a bundle sees under these names is the instance's own; everything else is the host's. */
export const GLOBAL_NAMES = [
  'process',
  'console',
  'Date',
  'Math',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'performance',
  'crypto',
  'fetch',
  'AbortSignal',
  'globalThis',
  'global',
] as const;
export type GlobalName = (typeof GLOBAL_NAMES)[number];

/** Where Lambda puts a bundle; stack traces name its files as they would there. */
export const TASK_ROOT = '/var/task';

/** Takes the globals; gives what Node calls the module wrapper. */
export type Wrapper = (
  ...globals: readonly unknown[]
) => (
  exports: object,
  require: (name: string) => unknown,
  module: object,
  filename: string,
  dirname: string,
) => void;

export type FunctionCode = { readonly path: string } | { readonly text: string };

/** A bundle's files, each as a function of the globals. */
export interface Bundle {
  /** The file with the handler, as its path on Lambda. */
  readonly main: string;
  /** @param path on Lambda. @throws what reading and compiling throw; undefined when there is no such file */
  open(path: string): Wrapper | undefined;
}

/**
 * A chunk that keeps nothing of the function which runs it, by its name: one evaluation of it may serve all. Its name also
 * has a digest of what is in it.
 */
export const isPure = (path: string): boolean => /\/pure-[^/]*\.js$/.test(path);

const wrappers = new Map<string, Wrapper>();
const files = new Map<string, { readonly stamp: string; readonly wrapper: Wrapper }>();

/** The bundle as it is now; files are read when they are opened. */
export function openBundle(code: FunctionCode): Bundle {
  if ('text' in code) {
    const main = posix.join(TASK_ROOT, 'index.js');
    return { main, open: (path) => (path === main ? compile(path, code.text) : undefined) };
  }
  const folder = dirname(code.path);
  return {
    main: posix.join(TASK_ROOT, basename(code.path)),
    open: (path) => compileFile(path, join(folder, posix.relative(TASK_ROOT, path))),
  };
}

/** A file is read again only when it may have changed. */
function compileFile(path: string, file: string): Wrapper | undefined {
  if (isPure(path)) {
    const same = files.get(file);
    if (same !== undefined) return same.wrapper;
  }
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const stamp = `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
  const known = files.get(file);
  if (known?.stamp === stamp) return known.wrapper;
  const wrapper = compile(path, readFileSync(file, 'utf8'));
  files.set(file, { stamp, wrapper });
  return wrapper;
}

/**
 * A file as a function of its globals. Made once per process and text; each call of the wrapper is a fresh module.
 * That all modules of a text come from one wrapper matters: V8 keeps type feedback and optimised code with the function
 * that makes a closure, so a later instance starts with what the earlier ones have learned, and not in the interpreter;
 * and so do other functions that carry the same shared chunk.
 * Dynamic `import()` is not offered: the module would load in real time, outside of the virtual clock.
 * @throws {SyntaxError}
 */
function compile(filename: string, text: string): Wrapper {
  const known = wrappers.get(text);
  if (known !== undefined) return known;
  // Two functions: a bundle may well declare a `crypto` or `process` of its own, as it may on Lambda.
  const module = `function(exports,require,module,__filename,__dirname){${text}\n}`;
  const source = `(function(${GLOBAL_NAMES.join(',')}){return ${module}})`;
  const script = new vm.Script(source, { filename });
  const wrapper = script.runInThisContext() as Wrapper;
  wrappers.set(text, wrapper);
  return wrapper;
}
