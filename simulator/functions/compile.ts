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

const scripts = new Map<string, vm.Script>();
const files = new Map<string, { readonly stamp: string; readonly text: string }>();

/**
 * The bundle as a function of its globals. Compiled once per process and text; each call of the returned wrapper is a
 * fresh module. Dynamic `import()` is not offered: the module would load in real time, outside of the virtual clock.
 * @throws {SyntaxError}
 */
export function compile(text: string): Wrapper {
  let script = scripts.get(text);
  if (script === undefined) {
    // Two functions: a bundle may well declare a `crypto` or `process` of its own, as it may on Lambda.
    const module = `function(exports,require,module,__filename,__dirname){${text}\n}`;
    const source = `(function(${GLOBAL_NAMES.join(',')}){return ${module}})`;
    script = new vm.Script(source, { filename: BUNDLE_FILE });
    scripts.set(text, script);
  }
  return script.runInThisContext() as Wrapper;
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
