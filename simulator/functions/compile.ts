import { readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
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

/** A bundle's chunks, each as a function of the globals. */
export interface Bundle {
  /** The chunk with the handler, as a path below that of functions on Lambda. */
  readonly main: string;
  /** Undefined when there is no such chunk. @throws {SyntaxError} */
  open(path: string): Wrapper | undefined;
}

/**
 * A chunk that keeps nothing of the function which runs it, by its name: one evaluation of it may serve all. Its name also
 * has a digest of what is in it.
 */
export const isPure = (path: string): boolean => /\/pure-[^/]*\.js$/.test(path);

const wrappers = new Map<string, Wrapper>();
const files = new Map<string, { readonly stamp: string; readonly bundle: Bundle }>();

/** The bundle as it is now; a file is read again only when it has changed. */
export function openBundle(code: FunctionCode): Bundle {
  if ('text' in code) return bundleOf(code.text);
  const { mtimeMs, size, ino } = statSync(code.path);
  const stamp = `${mtimeMs}/${size}/${ino}`;
  const known = files.get(code.path);
  if (known?.stamp === stamp) return known.bundle;
  const bundle = bundleOf(readFileSync(code.path, 'utf8'));
  files.set(code.path, { stamp, bundle });
  return bundle;
}

/** A bundle says where its chunks begin and end; a text that does not is one module. */
function bundleOf(text: string): Bundle {
  const main = posix.join(TASK_ROOT, 'index.js');
  const chunks = new Map(
    [...text.matchAll(/\/\/<chunk ([^\s>]+)>\n([\s\S]*?)\n\/\/<\/chunk>$/gm)].map(
      ([, file = '', code = '']) => [posix.join(TASK_ROOT, file), code],
    ),
  );
  if (!chunks.has(main)) chunks.set(main, text);
  const opened = new Map<string, Wrapper>();
  return {
    main,
    open: (path) => {
      const known = opened.get(path);
      if (known !== undefined) return known;
      const code = chunks.get(path);
      if (code === undefined) return undefined;
      const wrapper = compile(path, code);
      opened.set(path, wrapper);
      return wrapper;
    },
  };
}

/**
 * A chunk as a function of its globals. Made once per process and text; each call of the wrapper is a fresh module.
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
