import { expect, test } from 'vitest';
import { fleetOutcomes, inOrder, playScenario, troubles } from './playing.ts';

const every = (patterns: readonly RegExp[]) => patterns.map((one) => expect.stringMatching(one));
const stagingBack = { 'web-staging': 'rolled-back', 'web-prod': 'untouched' };

test('sick-canary: an image that answers wrongly goes back before the first checkpoint is passed', async () => {
  const played = await playScenario('sick-canary');
  expect(troubles(played)).toEqual([]);
  const [release] = played.releases;
  expect(release).toMatchObject({ outcome: 'rolled-back', version: '2026.11.23-1' });
  expect(release?.reason).toContain('web-staging-5xx');
  expect(fleetOutcomes(release)).toEqual(stagingBack);
  expect(release?.fleets[0]?.endedOn).toBe(release?.fleets[0]?.from);
  expect(played.transcript).toContainEqual(expect.stringMatching(/^alarm web-staging-5xx: ALARM/));
  const keyLines = [
    /^Rollout web-staging: decides roll-back: red: .*web-staging-5xx/,
    /^Rollout web-staging: Turn back$/,
    /^Rollout web-staging: ends: Rolled back/,
    /^Release web: ends: Rolled back/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
  expect(played.transcript).not.toContainEqual(expect.stringMatching(/decides resume/));
});

test('sick-after-completion: a fault in the soak brings the whole fleet back, checkpoints passed or not', async () => {
  const played = await playScenario('sick-after-completion');
  expect(troubles(played)).toEqual([]);
  expect(played.releases[0]?.outcome).toBe('rolled-back');
  expect(fleetOutcomes(played.releases[0])).toEqual(stagingBack);
  const keyLines = [
    /^Rollout web-staging: decides resume: held at checkpoint 50 % .* green/,
    /^Auto Scaling web-staging: instance refresh: succeeded/,
    /^world: the fault of the new image shows itself/,
    /^Rollout web-staging: decides roll-back: red/,
    /^Rollout web-staging: Start the way back$/,
    /^Rollout web-staging: ends: Rolled back/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});

test('second-wave-fails: both waves go back', async () => {
  const played = await playScenario('second-wave-fails');
  expect(troubles(played)).toEqual([]);
  expect(played.releases[0]?.outcome).toBe('rolled-back');
  expect(fleetOutcomes(played.releases[0])).toEqual({
    'web-staging': 'rolled-back',
    'web-prod': 'rolled-back',
  });
  const keyLines = [
    /^Rollout web-staging: ends: Rolled out/,
    /^Rollout web-prod: ends: Rolled back/,
    /^Release web: Send the fleets back$/,
    /^Rollout web-staging: ends: Rolled back/,
    /^Release web: ends: Rolled back/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});

test('instances-never-healthy: a fleet whose new instances never serve goes back', async () => {
  const played = await playScenario('instances-never-healthy');
  expect(troubles(played)).toEqual([]);
  expect(played.releases[0]?.outcome).toBe('rolled-back');
  expect(fleetOutcomes(played.releases[0])).toEqual(stagingBack);
  expect(played.transcript).not.toContainEqual(expect.stringMatching(/^alarm/));
});

test('back-by-hand: what was promoted goes back when a person says so', async () => {
  const played = await playScenario('back-by-hand');
  expect(troubles(played)).toEqual([]);
  expect(played.releases.map(({ outcome }) => outcome)).toEqual(['promoted', 'rolled-back']);
  expect(played.releases[1]?.cause).toBe('a person: customers complain about the new look');
  const [promoted, back] = played.releases;
  expect(back?.fleets.map(({ endedOn }) => endedOn)).toEqual(
    promoted?.fleets.map(({ from }) => from),
  );
  const end = [/^Release web: ends: Gone back as asked/];
  expect(inOrder(played.transcript, end)).toEqual(every(end));
});

test('stopped-mid-canary: Recover brings back what a person stopped', async () => {
  const played = await playScenario('stopped-mid-canary');
  expect(troubles(played)).toEqual([]);
  expect(played.releases).toHaveLength(1);
  expect(played.releases[0]?.outcome).toBe('rolled-back');
  expect(fleetOutcomes(played.releases[0])).toEqual(stagingBack);
  const keyLines = [
    /^Rollout web-staging: Hold the fleet$/,
    /^operator: presses Stop on/,
    /^Release web: ends: ABORTED/,
    /^Recover: Take over$/,
    /^Rollout web-staging: begins: .*direction back/,
    /^Rollout web-staging: ends: Rolled back/,
    /^Recover: ends: Recovered/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});
