import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fencesOf, pages, root } from './pages.ts';

const snippets = pages.flatMap(fencesOf).filter(({ language }) => language === 'ts');
/** Below the repository, so that packages are found; left out by its own ignore file. */
const folder = join(root, 'dist', 'snippets');

describe('the TypeScript that the pages show', () => {
  it('is there', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(2);
  });

  it('compiles as strictly as the project itself', () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [index, { text }] of snippets.entries()) {
      // A reader has Kiln in a folder beside their own.
      writeFileSync(join(folder, `snippet-${index}.ts`), text.replaceAll("'../kiln/", "'../../"));
    }
    const settings = { extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const compile = () =>
      execFileSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8' });
    expect(compile).not.toThrow();
  });
});
