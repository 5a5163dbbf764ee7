import { expect, test } from 'vitest';
import { fleetOutcomes, type Played, playScenario, troubles } from './playing.ts';

const untouched = { 'web-staging': 'untouched', 'web-prod': 'untouched' };

/** What Kiln asked of groups, launch templates and instances. */
const moves = ({ trace }: Played) =>
  trace.flatMap((line) =>
    line.kind === 'call' &&
    line.role !== '' &&
    /^(StartInstanceRefresh|CreateLaunchTemplateVersion|UpdateAutoScalingGroup|SuspendProcesses)$/.test(
      line.operation,
    )
      ? [line.operation]
      : [],
  );

test.each([
  ['bake-fails', /BakeFailed: .*FAILED.*InstallNginx/],
  ['inspect-blocks', /1 critical findings > 0/],
  ['cannot-roll-back', /web-staging cannot be moved: image ami-\w+ .* is missing/],
])('%s: the release fails, says why, and touches no fleet', async (scenario, why) => {
  const played = await playScenario(scenario);
  expect(troubles(played)).toEqual([]);
  const [release] = played.releases;
  expect(release?.outcome).toBe('failed');
  expect(release?.reason).toMatch(why);
  expect(fleetOutcomes(release)).toEqual(untouched);
  expect(moves(played)).toEqual([]);
});

test('inspect-blocks: the version is quarantined', async () => {
  const { acts } = await playScenario('inspect-blocks');
  expect(acts[0]?.releases[0]?.versionStatus).toBe('quarantined');
});
