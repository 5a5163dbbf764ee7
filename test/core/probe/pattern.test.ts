import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../../lambdas/core/probe/pattern.ts';

const matches = (source: string, text: string): boolean => {
  const parsed = parsePattern(source);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.pattern.matches(text);
};

describe('a pattern', () => {
  const rows: readonly [string, string, boolean][] = [
    ['ok', 'it is ok', true],
    ['ok', 'it is not', false],
    ['^ok$', 'ok', true],
    ['^ok$', 'ok.', false],
    ['^ok', 'not ok', false],
    ['ok$', 'not ok', true],
    ['"status": *"up"', '{"status":   "up"}', true],
    ['v\\d+\\.\\d+', 'v12.3', true],
    ['up|ready', 'it is ready', true],
    ['a[|]b', 'a|b', true],
    ['a\\|b', 'a', false],
    ['x+y?z', 'xxz', true],
    ['^a.c$', 'a\nc', false],
    ['[^a-c]', 'abc', false],
    ['[\\]]', ']', true],
    [']', ']', true],
  ];
  it.each(rows)('%s in %j: %s', (source, text, fits) => {
    expect(matches(source, text)).toBe(fits);
    expect(new RegExp(source).test(text)).toBe(fits);
  });

  it.each([
    ['(a|b)', '( is not taken: there are no groups and no counts (write \\( for the character)'],
    ['a{3}', '{ is not taken: there are no groups and no counts (write \\{ for the character)'],
    ['\\1', '\\1 is not taken'],
    ['\\bword', '\\b is not taken'],
    ['a**', '* needs one character or class before it'],
    ['a+?', '? needs one character or class before it'],
    ['*', '* needs one character or class before it'],
    ['a^b', '^ is taken at the beginning or the end alone'],
    ['[z-a]', '[z-a] is no class'],
    ['[abc', '[abc is no class'],
    ['[]', '[] is no class'],
    ['[\\b]', '\\b is not taken'],
    ['a\\', '\\ is not taken'],
    ['', 'it matches an empty text'],
    ['a|', 'it matches an empty text'],
    ['a*', 'it matches an empty text'],
    ['^.*$', 'it matches an empty text'],
  ])('%s is refused: %s', (source, problem) => {
    expect(parsePattern(source)).toEqual({ ok: false, problem });
  });

  it('fits what a regular expression of the same text fits', () => {
    const one = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\.', '\\s');
    const atom = fc
      .tuple(one, fc.constantFrom('', '', '*', '+', '?'))
      .map((parts) => parts.join(''));
    const line = fc
      .tuple(
        fc.constantFrom('', '^'),
        fc.array(atom, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('', '$'),
      )
      .map(([start, atoms, end]) => `${start}${atoms.join('')}${end}`);
    const source = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('|'));
    const text = fc.array(fc.constantFrom('a', 'b', '1', '.', ' ', '\n'), { maxLength: 12 });
    fc.assert(
      fc.property(source, text, (pattern, units) => {
        const parsed = parsePattern(pattern);
        if (!parsed.ok) {
          expect(parsed.problem).toBe('it matches an empty text');
          return;
        }
        expect(parsed.pattern.matches(units.join(''))).toBe(
          new RegExp(pattern).test(units.join('')),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('any text is a pattern or is refused, never thrown', () => {
    fc.assert(fc.property(fc.string(), (source) => void parsePattern(source)));
  });

  it('takes no more steps for a text that makes regular expressions try for ever', () => {
    // With `.*` so often, trying one after the other would take longer than the universe is old.
    const source = `${'.*a'.repeat(30)}!`;
    expect(matches(source, 'a'.repeat(5_000))).toBe(false);
  });
});
