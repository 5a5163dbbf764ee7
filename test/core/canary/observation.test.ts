import { expect, it } from 'vitest';
import {
  heldBack,
  inventedRelease,
  RULES,
  redAtSomeLook,
  SLOWER,
} from '../../bench/canary-releases.ts';
import { page } from '../../docs/pages.ts';

const rows = [
  ...page('docs/observations/canary-analysis.md')
    .text.split('**Looked at')[0]!
    .matchAll(/^\| (?:not|\d).*\|$/gm),
].map(([row]) => row.split('|').slice(2, -1).map(Number));

it('the table has a row for every regression and a column for every rule', () => {
  expect(rows.map((row) => row.length)).toEqual(SLOWER.map(() => RULES.length));
});

/** The whole table takes most of a minute; the rule that the page advises is enough to see that it is made by this code. */
it.each([0, 0.2] as const)('the page says what comes out at a latency higher by %d', (slower) => {
  const [rule, column] = [RULES[1]!, 1];
  expect(rows[SLOWER.indexOf(slower)]?.[column]).toBe(heldBack(rule, slower));
});

it('the page says how often a regression is red when it is looked at again and again', () => {
  const { text } = page('docs/observations/canary-analysis.md');
  const [found] = text.split('**Looked at')[1]?.match(/^\| 30 % \|.*\|$/m) ?? [];
  const row = found?.split('|').slice(2, -1).map(Number);
  expect(row).toHaveLength(3);
  expect(row?.[2]).toBe(redAtSomeLook(RULES[2]!, 0.3));
});

it('noise alone is let through, a regression that no alarm of twice the usual would see is not', () => {
  const [good, bad] = [inventedRelease(1, 0, 0.05), inventedRelease(1, 0.3, 0.05)];
  expect(heldBack(RULES[1]!, 0, 100)).toBeLessThanOrEqual(1);
  expect(heldBack(RULES[1]!, 0.3, 100)).toBe(100);
  const mean = (values: readonly (number | null)[]) =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;
  expect(mean(bad[0]?.canary ?? [])).toBeLessThan(2 * mean(good[0]?.baseline ?? []));
});
