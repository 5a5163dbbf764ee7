import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ProjectFile, projectFiles } from './project-files.ts';

/** What the files of a place may import: places of ours, and packages. */
interface Wall {
  readonly place: string;
  readonly from: RegExp;
  readonly ours: readonly RegExp[];
  readonly packages: readonly RegExp[];
}

const core = /^lambdas\/core\//;
const sdk = /^@aws-sdk\//;
const node = /^node:/;
const zod = /^zod(\/mini)?$/;

/** bin -> lib -> lambdas/core <- lambdas/adapters <- lambdas/<function>; the simulator imports nothing of ours. */
const walls: readonly Wall[] = [
  { place: 'lambdas/core', from: core, ours: [core], packages: [/^zod\/mini$/] },
  {
    place: 'lambdas/adapters',
    from: /^lambdas\/adapters\//,
    ours: [core, /^lambdas\/adapters\//],
    packages: [sdk, node, /^zod\/mini$/],
  },
  {
    place: 'lambdas/<function>',
    from: /^lambdas\/(?!core\/|adapters\/)/,
    ours: [core, /^lambdas\/adapters\//, /^own folder\//],
    packages: [/^zod\/mini$/],
  },
  {
    place: 'lib',
    from: /^lib\//,
    ours: [/^lib\//, core, /^cdk\.json$/],
    packages: [node, zod, /^aws-cdk-lib/, /^constructs$/, /^esbuild$/, /^rolldown$/, /^yaml$/],
  },
  { place: 'simulator', from: /^simulator\//, ours: [/^simulator\//], packages: [sdk, node, zod] },
  {
    place: 'bin',
    from: /^bin\//,
    ours: [/^bin\//, /^lib\//, /^simulator\//, core, /^cdk\.json$/],
    // To answer a question of a workflow is a call of AWS.
    packages: [node, zod, /^aws-cdk-lib$/, /^yaml$/, /^@aws-sdk\/client-sfn$/],
  },
  {
    place: 'examples',
    from: /^examples\//,
    ours: [/^examples\//, /^lib\/index\.ts$/],
    packages: [node, /^aws-cdk-lib/, /^constructs$/],
  },
];

const IMPORT = /(?:^(?:import|export)\s+(?:[\w\s{},*$]*\bfrom\s+)?|\bimport\()'([^'\n]+)'/gm;

const importsOf = ({ text }: ProjectFile): readonly string[] =>
  [...text.matchAll(IMPORT)].map(([, target]) => target ?? '');

/** Imports of the files of a place that lead where none may. */
function breaches({ from, ours, packages }: Wall, files: readonly ProjectFile[]) {
  return files
    .filter(({ path }) => from.test(path) && path.endsWith('.ts'))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => {
          if (!target.startsWith('.')) return !packages.some((one) => one.test(target));
          const path = join(dirname(file.path), target);
          const own = path.startsWith(`${dirname(file.path)}/`) ? `own folder/${target}` : path;
          return ![path, own].some((one) => ours.some((place) => place.test(one)));
        })
        .map((target) => `${file.path} imports ${target}`),
    );
}

const files = projectFiles();

describe('imports go one way', () => {
  it.each(walls)('from $place', (wall) => {
    expect(files.some(({ path }) => wall.from.test(path))).toBe(true);
    expect(breaches(wall, files)).toEqual([]);
  });

  it('is a rule that can be broken', () => {
    const wrong = [
      { path: 'lambdas/core/a.ts', text: "import { b } from '../adapters/b.ts';" },
      { path: 'lambdas/wake/a.ts', text: "import {\n  type B,\n} from '@aws-sdk/client-sqs';" },
      { path: 'lambdas/wake/b.ts', text: "export { c } from '../take-over/c.ts';" },
      { path: 'lib/a.ts', text: "const b = await import('../lambdas/adapters/b.ts');" },
      { path: 'simulator/aws/a.ts', text: "import type { B } from '../../lambdas/core/b.ts';" },
      { path: 'bin/a.ts', text: "import '../lambdas/wake/handler.ts';" },
    ];
    expect(
      walls.flatMap((wall) => breaches(wall, wrong)).map((said) => said.split(' ')[0]),
    ).toEqual([
      'lambdas/core/a.ts',
      'lambdas/wake/a.ts',
      'lambdas/wake/b.ts',
      'lib/a.ts',
      'simulator/aws/a.ts',
      'bin/a.ts',
    ]);
  });
});

it('the top of the project holds what the design says', () => {
  const top = new Set(files.map(({ path }) => path.split('/')[0]));
  expect([...top].sort()).toEqual([
    ...['.ci', '.gitignore', 'CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'biome.json'],
    ...['cdk.json', 'docs', 'examples', 'lambdas', 'lib', 'package-lock.json', 'package.json'],
    ...['simulator', 'test', 'tsconfig.json', 'vitest.config.ts'],
  ]);
});
