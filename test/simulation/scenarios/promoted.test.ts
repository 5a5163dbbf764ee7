import { expect, test } from 'vitest';
import { fleetOutcomes, inOrder, playScenario, troubles } from './playing.ts';

const rolledOut = { 'web-staging': 'rolled-out', 'web-prod': 'rolled-out' };
const every = (patterns: readonly RegExp[]) => patterns.map((one) => expect.stringMatching(one));

test('good-image: a moved base image is promoted wave by wave', async () => {
  const played = await playScenario('good-image');
  expect(troubles(played)).toEqual([]);
  const [release] = played.releases;
  expect(release).toMatchObject({ image: 'web', version: '2026.11.23-1', outcome: 'promoted' });
  expect(release?.cause).toContain('/aws/service/ami-amazon-linux-latest/');
  expect(fleetOutcomes(release)).toEqual(rolledOut);
  const keyLines = [
    /^world: AWS publishes/,
    /^Release web: begins: image web, cause base-ami-/,
    /^Release web: Supervise the bake$/,
    /^Release web: Inspect the image version$/,
    /^Rollout web-staging: begins: .*forward/,
    /^Rollout web-staging: decides hold: checkpoint 50 % reached: 3 healthy/,
    /^Rollout web-staging: decides resume: held at checkpoint 50 % .* green/,
    /^Rollout web-staging: ends: Rolled out/,
    /^Release web: Soak the wave$/,
    /^Rollout web-prod: decides hold: checkpoint 10 % reached: 1 healthy/,
    /^Rollout web-prod: decides hold: checkpoint 50 % reached/,
    /^Rollout web-prod: ends: Rolled out/,
    /^Release web: ends: Promoted/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});

test('unpinned-group: a group on $Latest is pinned when a person asks, then released to', async () => {
  const played = await playScenario('unpinned-group');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  const keyLines = [
    /^operator: starts kiln-main-rollout as by-hand-\w+: \{"fleet":"web-staging","pin":true/,
    /^Rollout web-staging: Pin the launch template version$/,
    /^Rollout web-staging: ends: Pinned/,
    /^Rollout web-staging: Start the instance refresh$/,
    /^Release web: ends: Promoted/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});

test('by-hand: what a person starts is promoted, and the cause says a person', async () => {
  const played = await playScenario('by-hand');
  expect(troubles(played)).toEqual([]);
  expect(played.releases).toHaveLength(1);
  expect(played.releases[0]).toMatchObject({ outcome: 'promoted', cause: 'a person' });
  expect(inOrder(played.transcript, [/^operator: starts .*\{"image":"web"\}$/])).not.toContain(
    undefined,
  );
});

test('duplicate-and-lost-events: one release is promoted and the cause told twice is a duplicate', async () => {
  const played = await playScenario('duplicate-and-lost-events');
  expect(troubles(played)).toEqual([]);
  expect(played.releases.map(({ outcome }) => outcome)).toEqual(['promoted', 'duplicate']);
  expect(played.releases[1]).toMatchObject({ version: null, fleets: [], seconds: 0 });
  // Troubled it was: some refresh ended without anybody being told.
  const unheard = played.trace.filter(
    (line) =>
      line.kind === 'event' && line.source === 'aws.autoscaling' && line.delivered.length === 0,
  );
  expect(unheard.length).toBeGreaterThan(0);
});

test('slow-bake: a bake of several look intervals is waited for', async () => {
  const played = await playScenario('slow-bake');
  expect(troubles(played)).toEqual([]);
  expect(played.releases[0]?.outcome).toBe('promoted');
  expect(played.releases[0]?.seconds).toBeGreaterThan(5 * 15 * 60);
  const looks = played.trace.filter(
    (line) => line.kind === 'state' && line.phase === 'retried' && /bake/.test(line.state),
  );
  expect(looks.length).toBeGreaterThanOrEqual(3);
});
