import { expect, test } from 'vitest';
import { asTold } from '../../../bin/cli/report.ts';
import type { Account } from '../../../simulator/index.ts';
import { playScenario, troubles } from './playing.ts';

test('a release that is cut off half way is told as one that needs a person, and the rehearsal is not as expected', async () => {
  let account: Account | undefined;
  let callsBefore: number | undefined;
  const played = await playScenario('good-image', {
    arrange: (made) => {
      account = made;
    },
    // Some calls into the first rollout: it has its lock and has begun to move its fleet.
    stop: () => {
      const rollouts = account?.stepFunctions
        .executions()
        .some(({ identity }) => identity.machineArn.endsWith('-rollout'));
      if (rollouts !== true) return false;
      const calls = account?.calls.count() ?? 0;
      callsBefore ??= calls;
      return calls > callsBefore + 60;
    },
  });
  expect(troubles(played).join()).toMatch(/had not ended/);
  const { releases } = asTold({ seed: 1, releases: played.releases, invariantsBroken: [] });
  expect(releases).toMatchObject([
    {
      outcome: 'needs-a-person',
      reason: 'it had not ended when the rehearsal did',
      fleets: [
        { name: 'web-staging', outcome: 'needs-a-person' },
        { name: 'web-prod', outcome: 'untouched' },
      ],
    },
  ]);
});
