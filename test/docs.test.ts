import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagramOf } from '../bin/docs/diagram.ts';
import { generatedPages } from '../bin/docs/pages.ts';
import { recoverDefinition } from '../lib/workflows/recover.ts';

const docs = new URL('../docs/', import.meta.url);
const pages = generatedPages();

describe('what is generated under docs/', () => {
  it.each(Object.entries(pages))(
    '%s is current (npm run docs brings it up to date)',
    (file, text) => {
      const path = new URL(file, docs);
      expect(existsSync(path) ? readFileSync(path, 'utf8') : 'no such file').toBe(text);
    },
  );

  it('is all that there is of the workflows', () => {
    const files = readdirSync(new URL('workflows/', docs)).map((file) => `workflows/${file}`);
    expect(files.sort()).toEqual(
      Object.keys(pages)
        .filter((file) => file.startsWith('workflows/'))
        .sort(),
    );
  });

  it('links to files that exist', () => {
    const links = [...pages['workflows/README.md']!.matchAll(/\]\(([^)]+)\)/g)];
    expect(links.length).toBeGreaterThan(0);
    for (const [, link] of links) {
      expect(existsSync(new URL(`workflows/${link}`, docs)), link).toBe(true);
    }
  });
});

it('a diagram refuses a main path that the machine does not take', () => {
  expect(() => diagramOf(recoverDefinition(), ['Take over', 'Recovered'])).toThrow(
    'the main path leads Take over ► Recovered, the machine does not',
  );
});
