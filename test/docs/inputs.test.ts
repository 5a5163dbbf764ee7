import { describe, expect, it } from 'vitest';
import { parseReleaseInput, parseRolloutInput } from '../../lambdas/core/inputs.ts';
import { codeOf, fencesOf, pages } from './pages.ts';

interface Example {
  readonly path: string;
  readonly text: string;
}

/** Whatever a page shows as JSON that names an image or a fleet is an input for a person to paste. */
const inputs: readonly Example[] = pages.flatMap((page) =>
  [
    ...fencesOf(page).flatMap(({ language, text }) => (language === 'json' ? [text] : [])),
    ...fencesOf(page).flatMap(({ language, text }) =>
      language === 'sh' ? [...text.matchAll(/--input '(.+)'/g)].map(([, json = '']) => json) : [],
    ),
    ...codeOf(page),
  ]
    .filter((text) => /^\{\s*"(?:image|fleet)"/.test(text))
    .map((text) => ({ path: page.path, text })),
);

describe('the inputs by hand that the pages show', () => {
  it.each(inputs)('$path: $text', ({ text }) => {
    const input: unknown = JSON.parse(text);
    const isRelease = typeof input === 'object' && input !== null && 'image' in input;
    const parse = isRelease ? parseReleaseInput : parseRolloutInput;
    expect(() => parse(input, { images: ['web'], fleets: ['web-prod'] })).not.toThrow();
  });

  const begun = ['by-hand', 'version', 'roll-back', 'to-previous', 'unblock', 'pin'];
  it.each([
    ['README.md', begun],
    ['docs/operate.md', [...begun, 'answer']],
  ])('%s shows every kind of input that people may give there', (path, expected) => {
    const kinds = inputs
      .filter((one) => one.path === path)
      .map(({ text }) => {
        const input: unknown = JSON.parse(text);
        return 'image' in (input as object)
          ? Object.keys(parseReleaseInput(input)).includes('version')
            ? 'version'
            : parseReleaseInput(input).kind
          : parseRolloutInput(input).kind;
      });
    expect(new Set(kinds)).toEqual(new Set(expected));
  });

  it('are JSON wherever they are fenced as such', () => {
    const fences = pages.flatMap(fencesOf).filter(({ language }) => language === 'json');
    expect(fences.length).toBeGreaterThan(10);
    for (const { text } of fences) expect(() => JSON.parse(text)).not.toThrow();
  });
});
