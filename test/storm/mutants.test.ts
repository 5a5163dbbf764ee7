import { afterAll, describe, expect, it } from 'vitest';
import { invariants } from '../../simulator/invariants/auditor.ts';
import { caughtAfter, stageNamed, withMutant } from './laboratory.ts';
import { mutants } from './mutants.ts';

/** The auditor can fail: each promise, broken by a build with one deliberate mistake, is seen to be broken. */

const TIMEOUT_MS = 120_000;

describe('a build with one mistake is caught', () => {
  const needed: string[] = [];

  it.each(mutants)('$breaks: $name', { timeout: TIMEOUT_MS }, async (mutant) => {
    const stage = await stageNamed(mutant.nights.ground ?? 'solo');
    const run = await withMutant(mutant, stage, (mutated) => caughtAfter(mutated, mutant));
    needed.push(`${mutant.name}: ${run ?? 'not'} of ${mutant.runsMax}`);
    expect(run, `not caught in ${mutant.runsMax} nights`).toBeDefined();
  });

  afterAll(() => {
    // How many nights each needed, for who reads the log.
    console.info(needed.join('\n'));
  });
});

it('the build without a mistake is caught in none of the nights that catch the others', async () => {
  const [first] = mutants.filter(({ nights }) => nights.ground === undefined);
  const stage = await stageNamed('solo');
  const nights = mutants.filter((one) => (one.nights.ground ?? 'solo') === 'solo').slice(0, 6);
  expect(first).toBeDefined();
  for (const { breaks, nights: kind } of nights) {
    const run = await caughtAfter(stage, { breaks, nights: kind, runsMax: 1 });
    expect(run, `invariant ${breaks} is broken by the build itself`).toBeUndefined();
  }
}, 120_000);

it('every invariant has a mistake that breaks it', () => {
  const broken = new Set(mutants.map(({ breaks }) => breaks));
  const numbers = Object.keys(invariants).map((name) => Number(name.split(' ')[0]));
  expect(numbers.filter((number) => !broken.has(number))).toEqual([]);
});
