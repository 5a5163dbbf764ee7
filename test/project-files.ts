import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What is made, not written: as in .gitignore. */
const MADE = new Set(['node_modules', 'cdk.out', 'dist', '.git']);

export interface ProjectFile {
  /** From the top of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Everything that is written by hand or kept, with its text. */
export function projectFiles(): readonly ProjectFile[] {
  const walk = (directory: string): readonly string[] =>
    readdirSync(directory, { withFileTypes: true })
      .filter(({ name }) => !MADE.has(name))
      .flatMap((entry) => {
        const path = join(directory, entry.name);
        return entry.isDirectory() ? walk(path) : [path];
      });
  return walk(root).map((path) => ({
    path: relative(root, path).replaceAll('\\', '/'),
    text: readFileSync(path, 'utf8'),
  }));
}

/** The code that runs: not tests, not examples. */
export const isProduction = ({ path }: ProjectFile): boolean =>
  /^(bin|lib|lambdas|simulator)\/.*\.ts$/.test(path);
