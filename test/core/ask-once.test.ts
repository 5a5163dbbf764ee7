import { expect, it } from 'vitest';
import { ASKED_SECONDS, refuseWhileAsked } from '../../lambdas/core/ask-once.ts';

const ASKED = Date.UTC(2026, 10, 23, 9);
const refuse = (seconds: number) =>
  refuseWhileAsked('the bake', new Date(ASKED).toISOString(), ASKED + seconds * 1000);

it('refuses while whoever asked may still be about to make its call', () => {
  const because = 'the bake was asked for at 2026-11-23T09:00:00Z and does not show yet';
  expect(() => refuse(0)).toThrow(expect.objectContaining({ name: 'Busy', message: because }));
  expect(() => refuse(ASKED_SECONDS - 1)).toThrow(because);
});

it('lets the next one ask when nobody can be about to any more', () => {
  expect(() => refuse(ASKED_SECONDS)).not.toThrow();
});
