import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { holdModel } from './hold.ts';
import { lockModel } from './lock.ts';
import { wakeModel } from './wake.ts';

/** All interleavings of a few actors, by the rules that the code follows, and by rules that are broken in one place each. */

describe('the checker', () => {
  it('finds the shortest way to what is wrong, and counts every state once', () => {
    const model = {
      initial: 0,
      steps: (at: number) => (at < 5 ? [1, 2].map((by) => ({ name: `+${by}`, to: at + by })) : []),
      wrong: (at: number) => (at === 4 ? 'four' : undefined),
      wrongAtEnd: () => undefined,
    };
    expect(explore(model).wrong).toEqual({ says: 'four', steps: ['+2', '+2'] });
    const fine = explore({ ...model, wrong: () => undefined });
    expect(fine).toEqual({ states: 7, ends: 2, wrong: undefined });
  });

  it('asks at the end what may not be an end', () => {
    const model = {
      initial: 'a',
      steps: (at: string) => (at === 'a' ? [{ name: 'goes', to: 'b' }] : []),
      wrong: () => undefined,
      wrongAtEnd: (at: string) => (at === 'b' ? 'not here' : undefined),
    };
    expect(explore(model).wrong).toEqual({ says: 'not here', steps: ['goes'] });
  });
});

describe('no wake is lost', () => {
  const right = { parkFirst: true, unparkOwn: true, observes: true } as const;

  it.each([
    { lossy: false, what: 'when its event comes once or twice, without any safety net' },
    { lossy: true, what: 'when its event is lost, by the safety net' },
  ])('$what', ({ lossy }) => {
    const { wrong, states, ends } = explore(wakeModel({ ...right, lossy }));
    expect(wrong).toBeUndefined();
    expect(states).toBeGreaterThan(50);
    expect(ends).toBeGreaterThan(0);
  });

  it('unless who waits looks before it parks', () => {
    const { wrong } = explore(wakeModel({ ...right, parkFirst: false, lossy: false }));
    expect(wrong?.says).toBe('the wake is lost: it waits for ever');
    expect(wrong?.steps).toEqual([
      'attempt 1 looks',
      'it happens, and is told 1 times',
      'the event comes',
      'a wake finds nobody',
      'attempt 1 parks',
      'attempt 1 goes on waiting',
    ]);
  });

  it('and an event is never believed', () => {
    const { wrong } = explore(wakeModel({ ...right, observes: false, lossy: false }));
    expect(wrong?.says).toBe('it moved on what an event said and was not so');
  });
});

describe('no two owners', () => {
  const right = { conditional: true, asksWhetherDead: true, letsGoOwn: true } as const;

  it('of three who want a lock, each of whom may die at any step', () => {
    const { wrong, states } = explore(lockModel(right, 3));
    expect(wrong).toBeUndefined();
    expect(states).toBeGreaterThan(500);
  });

  it.each([
    { broken: { conditional: false }, what: 'the write has no condition' },
    { broken: { asksWhetherDead: false }, what: 'nobody asks whether the owner is dead' },
    { broken: { letsGoOwn: false }, what: 'a lock is let go whoever has it by now' },
  ])('unless $what', ({ broken }) => {
    const { wrong } = explore(lockModel({ ...right, ...broken }, 3));
    expect(wrong?.says).toMatch(/^\d and \d own it at once$/);
  });
});

describe('no hold is forgotten, and no other one lifted', () => {
  const right = { recordsFirst: true, resumesFirst: true, knowsWhose: true } as const;

  it('wherever the rollout dies, and Recover too', () => {
    const { wrong, states } = explore(holdModel(right));
    expect(wrong).toBeUndefined();
    expect(states).toBeGreaterThan(15);
  });

  it.each([
    { broken: { recordsFirst: false }, says: 'the hold is forgotten: the process stays suspended' },
    { broken: { resumesFirst: false }, says: 'the hold is forgotten: the process stays suspended' },
    { broken: { knowsWhose: false }, says: 'a suspension that a person made was lifted' },
  ])('unless it is done otherwise: $broken', ({ broken, says }) => {
    expect(explore(holdModel({ ...right, ...broken })).wrong?.says).toBe(says);
  });
});
