import { existsSync, readFileSync } from 'node:fs';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { loadCatalogue } from '../../lib/catalogue/load.ts';
import { UserMistake } from './user-mistake.ts';

const readFile = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** @throws UserMistake with every mistake of the catalogue, one to a line */
export function readCatalogue(file: string): CheckedCatalogue {
  const text = readFile(file);
  if (text === undefined) throw new UserMistake(`there is no catalogue ${file}`);
  const loaded = loadCatalogue(text, file, { readFile });
  if (loaded.ok) return loaded.catalogue;
  throw new UserMistake(loaded.errors.map(({ message }) => message).join('\n'));
}
