import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });

/** Every page for people. */
export const pages: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  'simulator/README.md',
  ...markdownIn('examples'),
  ...markdownIn('docs'),
].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

export function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`expected a page ${path}`);
  return found;
}

export interface Fence {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page; those within a list lose their indent. */
export const fencesOf = ({ path, text }: Page): readonly Fence[] =>
  [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)\n\1```$/gm)].map(
    ([, indent = '', language = '', body = '']) => ({
      page: path,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );

const withoutFences = (text: string) => text.replaceAll(/^( *)```[\s\S]*?\n\1```$/gm, '');

/** Inline code of a page. */
export const codeOf = ({ text }: Page): readonly string[] =>
  [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** The anchors that GitHub makes of headings. */
export const anchorsOf = (text: string): readonly string[] =>
  [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

/** The sections of a page under headings of level 2, by anchor. */
export function sectionsOf({ text }: Page): ReadonlyMap<string, string> {
  const parts = text.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [anchorsOf(`## ${part}`)[0] ?? '', part]));
}

/** Why a link of a page leads nowhere; undefined when it leads somewhere. */
export function brokenLink({ path, text }: Page, target: string): string | undefined {
  if (/^(?:https?|mailto):/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const full = file === '' ? join(root, path) : join(root, dirname(path), file);
  if (!existsSync(full)) return `${path}: ${target}: there is no ${relative(root, full)}`;
  if (anchor === undefined) return undefined;
  const there = file === '' ? text : readFileSync(full, 'utf8');
  return anchorsOf(there).includes(anchor) ? undefined : `${path}: ${target}: no such heading`;
}

export const linksOf = ({ text }: Page): readonly string[] => [
  ...[...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
  ...[...text.matchAll(/<img src="([^"]+)"/g)].map(([, target = '']) => target),
];
