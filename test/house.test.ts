import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scopesOf } from '../lib/workflows/transitions.ts';
import { isProduction, type ProjectFile, projectFiles } from './project-files.ts';
import { machines } from './workflows/reviewed.ts';

interface Rule {
  readonly rule: string;
  readonly where: (file: ProjectFile) => boolean;
  readonly never: RegExp;
  /** What it must find, so that a rule that finds nothing is not one that cannot. */
  readonly broken: string;
}

const isScript = ({ path }: ProjectFile) => /\.(ts|mts|js|mjs)$/.test(path);
/** What knows no time but the world's; functions under test get theirs from the simulator's own timers. */
const isTimeless = ({ path }: ProjectFile) =>
  /^(simulator|lambdas\/core)\//.test(path) && !path.startsWith('simulator/functions/');

const rules: readonly Rule[] = [
  {
    rule: 'the simulator and the core do not read the clock of the machine',
    where: (file) => isTimeless(file) || file.path.startsWith('simulator/functions/'),
    never: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/,
    broken: 'const at = new Date();',
  },
  {
    rule: 'the simulator and the core throw no dice of the machine',
    where: (file) => isTimeless(file) || file.path.startsWith('simulator/functions/'),
    never: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/,
    broken: 'if (Math.random() < 0.5) return;',
  },
  {
    rule: 'the simulator and the core do not wait in the time of the machine',
    // The world lets functions under test settle before it moves its clock: a turn of the event loop, no time.
    where: (file) => isTimeless(file) && file.path !== 'simulator/world.ts',
    never: /\b(setTimeout|setInterval|setImmediate)\(/,
    broken: 'await new Promise((done) => setTimeout(done, 10));',
  },
  {
    rule: 'no check of types or lint is switched off',
    where: isProduction,
    never: /@ts-(ignore|expect-error|nocheck)|biome-ignore(-all)? lint/,
    broken: '// @ts-expect-error',
  },
  {
    rule: 'relative imports name the file',
    where: isScript,
    never: /\bfrom '\.[^']*(?<!\.(ts|json))'/,
    broken: "import { a } from './a';",
  },
  {
    rule: 'zod is taken as a whole: taking a name out of it takes every language with it',
    where: isScript,
    never: /^import \{[^}]*\} from 'zod/m,
    broken: "import { z } from 'zod';",
  },
  {
    rule: 'unfinished work is not committed',
    where: (file) => isProduction(file) || file.path.startsWith('docs/'),
    never: /\b(TODO|FIXME|XXX)\b|not implemented/,
    broken: '// TODO',
  },
];

const files = projectFiles();
/** Without whole lines of comment, which may speak of what the code must not do. */
const code = ({ text }: ProjectFile) => text.replace(/^\s*(\/\/(?! @ts| biome)|\/?\*).*$/gm, '');

describe('everywhere', () => {
  it.each(rules)('$rule', ({ where, never, broken }) => {
    expect(broken).toMatch(never);
    const watched = files.filter(where);
    expect(watched.length).toBeGreaterThan(0);
    const found = watched.flatMap((file) => {
      const text = never.exec(file.path.startsWith('docs/') ? file.text : code(file))?.[0];
      return text === undefined ? [] : [`${file.path}: ${text.trim()}`];
    });
    expect(found.filter((said) => !said.startsWith('test/house.test.ts'))).toEqual([]);
  });

  it('the linter refuses what a pattern finds badly', () => {
    const { linter } = JSON.parse(files.find(({ path }) => path === 'biome.json')?.text ?? '{}');
    const { suspicious, style } = linter.rules;
    expect({ ...suspicious, ...style }).toMatchObject({
      noExplicitAny: 'error',
      noNonNullAssertion: 'error',
      noDefaultExport: 'error',
    });
  });

  it('a file fits a reader: at most 350 lines outside tests', () => {
    const long = files
      .filter((file) => isProduction(file) || file.path.startsWith('examples/'))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > 350);
    expect(long).toEqual([]);
  });

  it('files are named after an idea, in small letters', () => {
    const named = /^([a-z0-9.]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config)?\.ts$/;
    const scripts = files.filter(isScript).map(({ path }) => path);
    // What makes Node read TypeScript cannot be TypeScript.
    const strange = scripts.filter((path) => !named.test(path) && path !== 'bin/strip-types.mjs');
    expect(strange).toEqual([]);
    expect(scripts.filter((path) => /\/(utils?|helpers?|common|misc)\.ts$/.test(path))).toEqual([]);
  });

  it('no file tells of the machine that it was written on, or names where packages come from', () => {
    // Put together here, so that this file is not one of them.
    const paths = ['/wo' + 'rk/', '/ro' + 'ot/', '/Us' + 'ers/', '/tmp/ba' + 'sh'];
    const hosts = ['artifac' + 'tory', 'verdac' + 'cio', 'jfr' + 'og', 'codearti' + 'fact'];
    const telling = new RegExp(`(?<![\\w.])(${paths.join('|')})|${hosts.join('|')}`);
    expect(files.filter(({ text }) => telling.test(text)).map(({ path }) => path)).toEqual([]);
    const lock = files.find(({ path }) => path === 'package-lock.json')?.text ?? '';
    expect(lock).not.toMatch(/"resolved": "https?:/);
  });
});

it('the lock file names every package of every platform, so that npm ci installs on each', () => {
  const lock: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } =
    JSON.parse(files.find(({ path }) => path === 'package-lock.json')?.text ?? '{}');
  const isThere = (above: string, name: string): boolean =>
    `${above}node_modules/${name}` in lock.packages ||
    (above !== '' && isThere(above.replace(/node_modules\/(@[^/]+\/)?[^/]+\/$/, ''), name));
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isThere(`${path}/`, name))
      .map((name) => `${name} of ${path}`),
  );
  expect(missing).toEqual([]);
});

describe('words that an operator reads', () => {
  const stateNames = Object.values(machines).flatMap(({ definition }) =>
    scopesOf(definition).flatMap(({ states }) => Object.keys(states)),
  );
  const messages = files
    .filter(isProduction)
    .flatMap(({ text }) => [...text.matchAll(/\blog\(\s*'(?:INFO|ERROR)',\s*'([^']*)'/g)])
    .map(([, message]) => message ?? '');
  const words = new Set(
    [...stateNames, ...messages].flatMap((text) => text.toLowerCase().match(/[\p{L}’-]+/gu) ?? []),
  );

  it('are spelled as in the list that a person has read (test/words.txt)', () => {
    const list = readFileSync(new URL('words.txt', import.meta.url), 'utf8');
    const known = new Set(list.trim().split('\n'));
    expect([...words].filter((word) => !known.has(word)).sort()).toEqual([]);
  });

  it('are those of this project: one word for one thing', () => {
    const others = ['deploy', 'upgrade', 'revert', 'undo', 'cooldown', 'stage', 'batch', 'build'];
    expect(others.filter((word) => words.has(word))).toEqual([]);
  });

  it('in a log are a short constant message, in small letters', () => {
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter((text) => !/^[a-z][a-z -]{2,40}$/.test(text))).toEqual([]);
  });
});
