import { describe, expect, it } from 'vitest';
import { playNight } from '../../bin/cli/storm-play.ts';
import { type FaultName, faultKinds, faultNames } from '../../simulator/storm/faults.ts';
import { type Meddling, meddling, type StormPlan } from '../../simulator/storm/plan.ts';
import { Weather } from '../../simulator/storm/weather.ts';
import { nightOf, stageNamed } from './laboratory.ts';

/** Each fault strikes where it says; each meddling is done; and Kiln keeps its promises under every single one. */

const TIMEOUT_MS = 60_000;

/** A night of one fault, on for long enough to meet what it strikes. */
const faulty = (name: FaultName): StormPlan => ({
  ...nightOf(1, { temperament: 'sick' }),
  faults: [{ name, fromSeconds: 30, forSeconds: 1_500, strength: 0.4, pick: 0.95 }],
});

const meddled = (kind: Meddling): StormPlan => ({
  ...nightOf(1, {}),
  deeds: [
    { kind: 'release', afterSeconds: 10, pick: 0 },
    // Something that has failed is what can be begun again.
    ...(kind === 'redrive' ? [{ kind: 'stop' as const, state: 6, afterSeconds: 1, pick: 0 }] : []),
    {
      kind,
      pick: 0.1,
      ...(kind === 'cancel-bake' ? { afterSeconds: 60 } : { state: 13, afterSeconds: 20 }),
    },
  ],
});

/** Where there is what it strikes. */
const groundOf = (name: FaultName): string =>
  name === 'gate-functions' || name === 'lost-names' ? 'asked' : 'solo';

describe('every fault strikes, and no promise is broken by it', () => {
  it.each(faultNames)('%s', { timeout: TIMEOUT_MS }, async (name) => {
    const stage = await stageNamed(groundOf(name));
    const { faults, breaches } = await playNight(stage, faulty(name));
    expect(faults[name] ?? 0).toBeGreaterThan(0);
    expect(breaches).toEqual([]);
  });
});

describe('whatever a person does, no promise is broken', () => {
  it.each(meddling)('%s', { timeout: TIMEOUT_MS }, async (kind) => {
    let done = 0;
    const hear = (line: { readonly kind: string; readonly message?: unknown }): void => {
      if (line.kind === 'world' && String(line.message).startsWith(`operator: ${kind}: `))
        done += 1;
    };
    const stage = await stageNamed(kind === 'delete-target-group' ? 'backed' : 'solo');
    const { breaches } = await playNight(stage, meddled(kind), { hear });
    expect(done).toBe(1);
    expect(breaches).toEqual([]);
  });
});

describe('whoever is asked', () => {
  const asked = async (...picks: readonly number[]) => {
    const pages: string[] = [];
    const { outcomes, breaches } = await playNight(
      await stageNamed('asked'),
      {
        ...nightOf(1, {}),
        ground: 'asked',
        deeds: [
          { kind: 'release', afterSeconds: 10, pick: 0 },
          ...picks.map(
            (pick, index) =>
              ({ kind: 'answer', question: index + 1, afterSeconds: 60, pick }) as const,
          ),
        ],
      },
      {
        hear: (line) => {
          if (line.kind === 'world' && line.message.startsWith('operator: the page says')) {
            pages.push(line.message);
          }
        },
      },
    );
    expect(breaches).toEqual([]);
    return { outcomes, pages: pages.length };
  };
  // What follows the first digits of a pick says whether it is a yes, and whether it comes by link.
  it.each([
    ['says yes twice by execution', [0.002, 0.002], { promoted: 1 }, 0],
    ['says yes twice by link', [0.003, 0.003], { promoted: 1 }, 2],
    ['says no at the checkpoint', [0.0099], { 'rolled-back': 1 }, 1],
    ['says nothing about the wave', [0.002], { 'needs-a-person': 1 }, 0],
    ['says nothing at all', [], { 'rolled-back': 1 }, 0],
  ])('%s', { timeout: TIMEOUT_MS }, async (_what, picks, outcomes, pages) => {
    expect(await asked(...picks)).toEqual({ outcomes, pages });
  });
});

it('the same plan gives the same night, line by line', { timeout: TIMEOUT_MS }, async () => {
  const stage = await stageNamed('solo');
  const told = async (): Promise<string> => {
    const lines: string[] = [];
    await playNight(stage, faulty('lost-answers'), {
      hear: (line) => lines.push(`${line.at} ${line.kind}`),
    });
    return lines.join('\n');
  };
  const first = await told();
  expect(await told()).toBe(first);
  expect(first.length).toBeGreaterThan(10_000);
});

describe('how much of a time was calm', () => {
  const fault = { name: 'throttling', strength: 1, pick: 0 };
  const calm = (faults: readonly { fromSeconds: number; forSeconds: number }[]) => {
    const weather = new Weather(
      faultKinds,
      faults.map((one) => ({ ...fault, ...one })),
    );
    const world = {
      nowMs: () => 0,
      random: () => () => 0.5,
      at: () => undefined,
      after: () => undefined,
    };
    const account = { world, eventBridge: { setDisturbance: () => undefined } };
    const runtime = { setTroubles: () => undefined };
    weather.begin({ account: { ...account, runtime }, witness: {} } as never);
    return (fromMs: number, toMs: number) => weather.calmMs(fromMs, toMs);
  };
  const GRACE_MS = 240_000;

  it('is all of it before a storm begins, and where no fault is', () => {
    expect(new Weather(faultKinds, []).calmMs(1_000, 5_000)).toBe(4_000);
    expect(calm([])(0, 10_000)).toBe(10_000);
  });

  it('leaves out a fault and its aftermath, and counts what overlaps once', () => {
    expect(calm([{ fromSeconds: 100, forSeconds: 60 }])(0, 1_000_000)).toBe(
      1_000_000 - 60_000 - GRACE_MS,
    );
    const twice = calm([
      { fromSeconds: 100, forSeconds: 60 },
      { fromSeconds: 130, forSeconds: 60 },
    ]);
    expect(twice(0, 1_000_000)).toBe(1_000_000 - 90_000 - GRACE_MS);
    expect(calm([{ fromSeconds: 0, forSeconds: 100 }])(10_000, 20_000)).toBe(0);
  });

  it('knows no fault that is none', () => {
    const strange = { ...fault, name: 'locusts', fromSeconds: 0, forSeconds: 1 };
    expect(() => new Weather(faultKinds, [strange])).toThrow('there is no fault locusts');
  });
});
