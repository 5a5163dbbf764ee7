import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../bin/cli/storm-plan-file.ts';
import { playNight } from '../../bin/cli/storm-play.ts';
import { page } from '../docs/pages.ts';
import { stageNamed } from './laboratory.ts';

/** Nights that broke a promise once, each shrunk, with what was learned from it. None breaks one any more. */

const folder = fileURLToPath(new URL('nights/', import.meta.url));
const kept = readdirSync(folder).map((file) => {
  const { lesson, plan } = JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
  return {
    name: file.replace('.json', ''),
    lesson: String(lesson),
    plan: parsePlan(JSON.stringify(plan), file),
  };
});

describe('a night that broke a promise once', () => {
  it.each(kept)('$name: $lesson', { timeout: 60_000 }, async ({ plan }) => {
    expect((await playNight(await stageNamed(plan.ground), plan)).breaches).toEqual([]);
  });
});

it('each is told of, with its lesson, where people read what storms have found', () => {
  const { text } = page('docs/observations/storms.md');
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.filter(({ name }) => !text.includes(`\`${name}\``)).map(({ name }) => name)).toEqual(
    [],
  );
});
