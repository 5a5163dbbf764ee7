import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../bin/cli/storm-plan-file.ts';
import { drawPlan } from '../../simulator/storm/draw.ts';
import { faultNames } from '../../simulator/storm/faults.ts';
import { meddling, type StormPlan } from '../../simulator/storm/plan.ts';
import { shrink } from '../../simulator/storm/shrink.ts';

const grounds = [
  { name: 'small', groupNames: ['a'], weight: 2, asks: false },
  { name: 'large', groupNames: ['a', 'b'], weight: 1, asks: true },
];
const draw = (seed: number): StormPlan => drawPlan({ seed, grounds, faults: faultNames, meddling });

describe('a plan', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('is text that can be kept and read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const plan = draw(seed);
        expect(parsePlan(JSON.stringify(plan), 'a file')).toEqual(plan);
      }),
      { numRuns: 200 },
    );
  });

  it('has, over many seeds, every fault, everything that a person does, and both catalogues', () => {
    const plans = Array.from({ length: 600 }, (_, seed) => draw(seed));
    const faults = new Set(plans.flatMap((plan) => plan.faults.map(({ name }) => name)));
    const deeds = new Set<string>(plans.flatMap((plan) => plan.deeds.map(({ kind }) => kind)));
    expect([...faults].sort()).toEqual([...faultNames].sort());
    expect(meddling.filter((kind) => !deeds.has(kind))).toEqual([]);
    expect(new Set(plans.map(({ ground }) => ground)).size).toBe(2);
  });

  it('has no faults and no meddling when none are asked for', () => {
    const plans = Array.from({ length: 50 }, (_, seed) =>
      drawPlan({ seed, grounds, faults: [], meddling: [] }),
    );
    expect(plans.flatMap(({ faults }) => faults)).toEqual([]);
    const kinds = plans.flatMap(({ deeds }) => deeds.map(({ kind }) => kind));
    expect(kinds.filter((kind) => meddling.some((one) => one === kind))).toEqual([]);
  });

  it.each([
    ['no JSON', 'nonsense', 'a file is not JSON'],
    ['another fault', '{"faults":[{"name":"locusts"}]}', 'a file:'],
    ['another shape', '[]', 'a file: the file'],
  ])('that is %s is refused by name', (_what, text, says) => {
    expect(() => parsePlan(text, 'a file')).toThrow(says);
  });
});

describe('shrinking', () => {
  const guilty = (plan: StormPlan): boolean =>
    plan.faults.some(({ name }) => name === 'lost-answers') &&
    plan.deeds.some(({ kind }) => kind === 'stop');
  const seed = Array.from({ length: 5_000 }, (_, one) => one).find(
    (one) => guilty(draw(one)) && draw(one).faults.length >= 3 && draw(one).ground === 'large',
  );
  const plan = draw(seed ?? 0);

  it('leaves the one fault and the one deed that it takes, on the smallest catalogue', async () => {
    const shrunk = await shrink({
      plan,
      breaks: (smaller) => Promise.resolve(guilty(smaller)),
      triesMax: 200,
      grounds: ['small', 'large'],
    });
    expect(shrunk.plan.faults.map(({ name }) => name)).toEqual(['lost-answers']);
    expect(shrunk.plan.deeds.map(({ kind }) => kind)).toEqual(['stop']);
    expect(shrunk.plan).toMatchObject({ ground: 'small', groups: {}, readings: {} });
    expect(shrunk.plan.bakes).toHaveLength(1);
  });

  it('keeps what cannot go', async () => {
    const breaks = (smaller: StormPlan) => Promise.resolve(smaller === plan);
    const grounds = ['small', 'large'];
    expect((await shrink({ plan, breaks, triesMax: 200, grounds })).plan).toBe(plan);
  });

  it('tries no more than it may', async () => {
    let tried = 0;
    const breaks = () => {
      tried += 1;
      return Promise.resolve(false);
    };
    const { tries } = await shrink({ plan, breaks, triesMax: 4, grounds: ['small'] });
    expect([tried, tries]).toEqual([4, 4]);
  });
});
