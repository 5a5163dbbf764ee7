import { expect, test } from 'vitest';
import { makeRandom, randomUuid } from '../../../simulator/random.ts';
import { makeWorld, type TraceLine } from '../../../simulator/world.ts';
import { START_MS } from './account.ts';

const aWorld = (seed = 1) => makeWorld({ seed, startMs: START_MS });

test('takes events by instant, and those of one instant as they were queued', async () => {
  const world = aWorld();
  const seen: string[] = [];
  for (const [delayMs, name] of [
    [30, 'd'],
    [10, 'a'],
    [10, 'b'],
    [20, 'c'],
  ] as const) {
    world.after(delayMs, name, () => seen.push(`${name}@${world.nowMs() - START_MS}`));
  }
  const report = await world.run();
  expect(seen).toEqual(['a@10', 'b@10', 'c@20', 'd@30']);
  expect(report).toEqual({ events: 4, ended: 'rest', busy: [] });
});

test('keeps the order of thousands of events, also when most are cancelled', async () => {
  const world = aWorld();
  const random = world.random('delays');
  const seen: number[] = [];
  const wanted: number[] = [];
  for (let index = 0; index < 5000; index += 1) {
    const delayMs = Math.floor(random() * 1000);
    const event = world.after(delayMs, 'event', () => seen.push(delayMs));
    if (index % 5 === 0) wanted.push(delayMs);
    else event.cancel();
  }
  const { events } = await world.run();
  expect(events).toBe(1000);
  expect(seen).toEqual(wanted.sort((one, other) => one - other));
});

test('lets every promise that an event started come to rest before the next event', async () => {
  const world = aWorld();
  const seen: string[] = [];
  world.after(1, 'first', async () => {
    for (let round = 0; round < 200; round += 1) await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    seen.push(`chain ended at ${world.nowMs() - START_MS}`);
  });
  world.after(2, 'second', () => seen.push('second'));
  await world.run();
  expect(seen).toEqual(['chain ended at 1', 'second']);
});

test('holds the next event back while an activity is not done', async () => {
  const world = aWorld();
  const seen: string[] = [];
  world.after(1, 'load', () => {
    const activity = world.activity('loading a module');
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (turns < 50) setImmediate(turn);
      else {
        seen.push(`loaded at ${world.nowMs() - START_MS}`);
        activity.done();
      }
    };
    turn();
  });
  world.after(2, 'next', () => seen.push('next'));
  await world.run();
  expect(seen).toEqual(['loaded at 1', 'next']);
});

test('names the activity that stalls instead of waiting for ever', async () => {
  const world = makeWorld({ seed: 1, startMs: START_MS, turnsMax: 100 });
  world.after(1, 'load', () => world.activity('loading a module'));
  world.after(2, 'next', () => undefined);
  await expect(world.run()).rejects.toThrow(
    'the world stands still at 2026-11-23T09:00:00.001Z, waiting for: loading a module',
  );
});

test('repeats background ticks at whole multiples without being kept awake by them', async () => {
  const world = aWorld();
  const ticks: number[] = [];
  world.after(500, 'early', () =>
    world.every(60_000, 'tick', () => ticks.push(world.nowMs() - START_MS)),
  );
  world.after(130_000, 'work', () => undefined);
  await world.run();
  expect(ticks).toEqual([60_000, 120_000]);
  await world.advance(60_000);
  expect(ticks).toEqual([60_000, 120_000, 180_000]);
  expect(world.nowMs() - START_MS).toBe(190_000);
});

test('runs on through background ticks while somebody is busy, and says who is stuck', async () => {
  const world = aWorld();
  const busy = world.busy('an execution');
  const tick = world.every(1000, 'tick', () => {
    if (world.nowMs() - START_MS === 3000) busy.cancel();
  });
  expect(await world.run()).toMatchObject({ events: 3, ended: 'rest' });
  tick.cancel();
  world.busy('another execution');
  expect(await world.run()).toEqual({ events: 0, ended: 'stuck', busy: ['another execution'] });
});

test('ends at the asked instant, at the asked number and when told to stop', async () => {
  const world = aWorld();
  for (let second = 1; second <= 5; second += 1) {
    world.after(second * 1000, 'event', () => undefined);
  }
  expect(await world.run({ untilMs: START_MS + 2500 })).toMatchObject({
    events: 2,
    ended: 'until',
  });
  expect(world.nowMs()).toBe(START_MS + 2500);
  expect(await world.run({ maxEvents: 1 })).toMatchObject({ events: 1, ended: 'max-events' });
  const stop = (): boolean => world.nowMs() >= START_MS + 4000;
  expect(await world.run({ stop })).toMatchObject({ events: 1, ended: 'stopped' });
  expect(await world.step()).toBe(true);
  expect(await world.step()).toBe(false);
});

test('fails the run with what an event threw or what was reported as the simulator being wrong', async () => {
  const thrown = aWorld();
  thrown.after(1, 'event', () => {
    throw new Error('broken rule');
  });
  await expect(thrown.run()).rejects.toThrow('broken rule');
  const reported = aWorld();
  reported.after(1, 'event', () => Promise.resolve().then(() => reported.fail(new Error('late'))));
  reported.after(2, 'next', () => undefined);
  await expect(reported.run()).rejects.toThrow('late');
  expect(reported.nowMs()).toBe(START_MS + 1);
});

test('gives each name and seed its own numbers, the same each time', () => {
  const numbers = (seed: number, name: string): number[] => {
    const random = makeRandom(seed, name);
    return Array.from({ length: 4 }, () => random());
  };
  expect(numbers(1, 'a')).toEqual(numbers(1, 'a'));
  const all = [numbers(1, 'a'), numbers(1, 'b'), numbers(2, 'a'), numbers(2, 'b')].flat();
  expect(new Set(all).size).toBe(16);
  expect(all.every((number) => number >= 0 && number < 1)).toBe(true);
  const mean = (count: number): number => {
    const random = makeRandom(7, 'mean');
    let sum = 0;
    for (let index = 0; index < count; index += 1) sum += random();
    return sum / count;
  };
  expect(mean(20_000)).toBeCloseTo(0.5, 1);
  const uuid = randomUuid(makeRandom(1, 'uuid'));
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a draw from one stream changes nothing in another', () => {
  const quiet = aWorld();
  const drawn = aWorld();
  for (let index = 0; index < 10; index += 1) drawn.random('other')();
  expect(drawn.random('mine')()).toBe(quiet.random('mine')());
});

test('stamps the trace with the virtual instant', async () => {
  const lines: TraceLine[] = [];
  const world = makeWorld({ seed: 1, startMs: START_MS, trace: (line) => lines.push(line) });
  world.after(1500, 'event', () => world.trace({ kind: 'world', message: 'hello' }));
  await world.run();
  expect(lines).toEqual([{ at: '2026-11-23T09:00:01.500Z', kind: 'world', message: 'hello' }]);
});

test('refuses an instant that is none', () => {
  expect(() => aWorld().after(Number.NaN, 'a wait', () => undefined)).toThrow('a wait: NaN');
});
