import { readFileSync, statSync } from 'node:fs';
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

/** Stack traces name this path, as they would on Lambda. */
export const BUNDLE_FILE = '/var/task/index.js';

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

const wrappers = new Map<string, Wrapper>();
const files = new Map<string, { readonly stamp: string; readonly text: string }>();

/**
 * The bundle as a function of its globals. Made once per process and text; each call of the wrapper is a fresh module.
 * That all modules of a text come from one wrapper matters: V8 keeps type feedback and optimised code with the function
 * that makes a closure, so a later instance starts with what the earlier ones have learned, and not in the interpreter.
 * Dynamic `import()` is not offered: the module would load in real time, outside of the virtual clock.
 * @throws {SyntaxError}
 */
export function compile(text: string): Wrapper {
  const known = wrappers.get(text);
  if (known !== undefined) return known;
  // Two functions: a bundle may well declare a `crypto` or `process` of its own, as it may on Lambda.
  const module = `function(exports,require,module,__filename,__dirname){${text}\n}`;
  const source = `(function(${GLOBAL_NAMES.join(',')}){return ${module}})`;
  const script = new vm.Script(source, { filename: BUNDLE_FILE });
  const wrapper = script.runInThisContext() as Wrapper;
  wrappers.set(text, wrapper);
  return wrapper;
}

/** The text of a bundle; a file is read again only when it has changed. */
export function codeText(code: FunctionCode): string {
  if ('text' in code) return code.text;
  const { mtimeMs, size, ino } = statSync(code.path);
  const stamp = `${mtimeMs}/${size}/${ino}`;
  const known = files.get(code.path);
  if (known?.stamp === stamp) return known.text;
  const text = readFileSync(code.path, 'utf8');
  files.set(code.path, { stamp, text });
  return text;
}
