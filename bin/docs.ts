import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/pages.ts';

/** `npm run docs` brings what is made from code under docs/ up to date; a test says when that is due. */
for (const [file, text] of Object.entries(generatedPages())) {
  const path = fileURLToPath(new URL(`../docs/${file}`, import.meta.url));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
