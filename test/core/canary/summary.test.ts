import fc from 'fast-check';
import { expect, it } from 'vitest';
import { summaryOf } from '../../../lambdas/core/canary/summary.ts';

it.each([
  [[], { samples: 0, gaps: 0 }],
  [[null, Number.NaN], { samples: 0, gaps: 2 }],
  [[7], { samples: 1, gaps: 0, five: [7, 7, 7, 7, 7] }],
  [[4, 1, null, 3, 2], { samples: 4, gaps: 1, five: [1, 1.5, 2.5, 3.5, 4] }],
  [[1, 2, 3, 4, 5], { samples: 5, gaps: 0, five: [1, 2, 3, 4, 5] }],
  [[1.234567], { samples: 1, gaps: 0, five: [1.235, 1.235, 1.235, 1.235, 1.235] }],
])('%j is %j', (samples, summary) => expect(summaryOf(samples)).toEqual(summary));

it('the five numbers never fall, in whatever order the samples come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      (all) => {
        const five = summaryOf(all).five ?? [];
        expect([...five].sort((a, b) => a - b)).toEqual(five);
        expect(summaryOf(all.toReversed())).toEqual(summaryOf(all));
      },
    ),
  );
});
