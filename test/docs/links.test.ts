import { describe, expect, it } from 'vitest';
import { anchorsOf, brokenLink, linksOf, pages } from './pages.ts';

describe('the pages', () => {
  it.each(pages)('$path: every link leads to a file and a heading', (page) => {
    const broken = linksOf(page).flatMap((target) => brokenLink(page, target) ?? []);
    expect(broken).toEqual([]);
  });

  it.each(pages)('$path: no two headings have the same anchor', ({ text }) => {
    const anchors = anchorsOf(text);
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('have links at all, and a wrong one is noticed', () => {
    expect(pages.flatMap(linksOf).length).toBeGreaterThan(100);
    const page = { path: 'README.md', text: '# A heading\n' };
    expect(brokenLink(page, '#a-heading')).toBeUndefined();
    expect(brokenLink(page, '#another')).toBe('README.md: #another: no such heading');
    expect(brokenLink(page, 'nowhere.md')).toContain('there is no nowhere.md');
  });
});
