import type { FaultKind } from './weather.ts';

/** What befalls functions themselves. */

/** Longer than most functions take. */
const LIFE_MS_MAX = 1_500;
/** As far as clocks of hosts that have lost their time server are apart (chosen). */
const SKEW_MS_MAX = 4_000;

export const functionFaults = {
  'killed-during': {
    says: 'the process of a function dies at some instant',
    gust: ({ random, fault, struck }) => ({
      diesAfterMs: () => {
        if (random() >= fault.strength) return undefined;
        struck();
        return Math.floor(random() * LIFE_MS_MAX);
      },
    }),
  },
  'run-twice': {
    says: 'asynchronous events and messages reach a function twice',
    gust: ({ random, fault, struck }) => ({
      doubles: () => {
        if (random() >= fault.strength) return false;
        struck();
        return true;
      },
    }),
  },
  'clock-skew': {
    says: 'clocks of functions go fast or slow by seconds',
    gust: ({ random, fault, struck }) => ({
      clockAheadMs: () => {
        if (random() >= fault.strength) return 0;
        struck();
        return Math.floor((2 * random() - 1) * SKEW_MS_MAX);
      },
    }),
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
