import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** An execution is stopped, wherever it stands: everything that it owned comes to an end. */

let rig: Rig;
let images: readonly string[];
beforeAll(async () => {
  rig = await makeRig();
  images = rig.imagesOf('solo');
});
afterEach(async () => {
  rig.account.eventBridge.setDisturbance(() => 'deliver');
  rig.disturb = () => undefined;
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

/** Starts a release and stops it some seconds after somebody has entered the state. */
async function stoppedAt(state: string, seconds: number) {
  const from = rig.states.length;
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered(state, from);
  await rig.world.advance(seconds * 1000);
  await rig.stop(arn);
  return arn;
}

describe('a release is stopped', () => {
  it.each([
    ['Open the release', 0.05, 'failed'],
    ['Start the bake', 0.4, 'failed'],
    ['Inspect the image version', 0.05, 'failed'],
    ['Roll out the wave', 0, 'failed'],
    ['Make the launch template version', 0.3, 'rolled-back'],
    ['Start the instance refresh', 0.05, 'rolled-back'],
    ['Hold the fleet', 0.05, 'rolled-back'],
    ['Record the rollout', 0.05, 'rolled-back'],
  ])('in "%s" after %d s', async (state, seconds, outcome) => {
    const arn = await stoppedAt(state, seconds);
    await rig.quiet();
    // What an invocation under way did after the stop is found by the sweep.
    if (rig.leftovers().length > 0) await rig.minutes(11);
    await rig.quiet();
    expect(rig.leftovers()).toEqual([]);
    expect(rig.imagesOf('solo')).toEqual(images);
    const release = rig.release(arn);
    expect(release?.outcome ?? 'never opened').toMatch(
      outcome === 'rolled-back' ? /rolled-back|failed/ : /failed|never opened/,
    );
  });

  it('as it closes: it is promoted or taken back, and the fleet is on what the ledger says', async () => {
    const arn = await stoppedAt('Close the release', 0.05);
    await rig.quiet();
    expect(rig.release(arn)?.outcome).toMatch(/promoted|rolled-back/);
    const { current } = rig.item('FLEET#solo', 'STATE') ?? {};
    images = rig.imagesOf('solo');
    expect(images).toEqual([current?.imageId]);
  });
});

describe('Recover itself is stopped', () => {
  it.each(['Take over', 'Take the fleet back'])(
    'in "%s": another brings it to its end',
    async (state) => {
      const arn = await stoppedAt('Hold the fleet', 60);
      const recover = await rig.entered(state);
      expect(recover).toContain('recover');
      await rig.stop(recover);
      await rig.quiet();
      expect(rig.leftovers()).toEqual([]);
      expect(rig.release(arn)?.outcome).toBe('rolled-back');
      expect(rig.imagesOf('solo')).toEqual(images);
    },
  );

  it('and no event says so: the sweep finds it', async () => {
    const arn = await stoppedAt('Hold the fleet', 60);
    const recover = await rig.entered('Take over');
    rig.account.eventBridge.setDisturbance(({ source }) =>
      source === 'aws.states' ? 'lose' : 'deliver',
    );
    await rig.stop(recover);
    await rig.minutes(11);
    await rig.quiet();
    expect(rig.release(arn)?.outcome).toBe('rolled-back');
    expect(rig.imagesOf('solo')).toEqual(images);
  });
});

describe('a rollout is stopped', () => {
  it('by hand, on its way back: Recover brings it to where it was going', async () => {
    await rig.ended(await rig.start('release', { image: 'solo' }));
    const before = rig.imagesOf('solo');
    const input = { fleet: 'solo', to: 'previous', reason: 'customers complain' };
    const rollout = await rig.start('rollout', input);
    await rig.until('moving', () => new Set(rig.imagesOf('solo')).size > 1);
    await rig.stop(rollout);
    await rig.quiet();
    expect(rig.imagesOf('solo')).not.toEqual(before);
    expect(rig.imagesOf('solo')).toEqual(images);
  });

  it.each(['Take over', 'Survey the fleet'])(
    'by hand, and its Recover is stopped in "%s": another brings it to its end',
    async (state) => {
      await rig.ended(await rig.start('release', { image: 'solo' }));
      const input = { fleet: 'solo', to: 'previous', reason: 'customers complain' };
      const rollout = await rig.start('rollout', input);
      await rig.until('moving', () => new Set(rig.imagesOf('solo')).size > 1);
      await rig.stop(rollout);
      await rig.entered(state);
      const recover = rig.running().find((arn) => arn.includes('kiln-main-recover')) ?? '';
      await rig.stop(recover);
      await rig.quiet();
      expect(rig.leftovers()).toEqual([]);
      expect(rig.imagesOf('solo')).toEqual(images);
    },
  );

  it('of a release that lives: it is left to that release, which takes the fleet back', async () => {
    const recovers = rig.executionsOf('recover').length;
    const arn = await rig.start('release', { image: 'solo' });
    const rollout = await rig.entered('Hold the fleet');
    await rig.minutes(1);
    await rig.stop(rollout);
    await rig.quiet();
    expect(rig.outcome(arn)).toMatchObject({ error: 'RolledBack' });
    expect(rig.executionsOf('recover')).toHaveLength(recovers);
    expect(rig.imagesOf('solo')).toEqual(images);
  });
});

it('Recover refuses what is no execution, and leaves alone what lives or left nothing', async () => {
  const wrong = await rig.ended(await rig.start('recover', { execution: 'x' }));
  expect(wrong).toMatchObject({
    error: 'InvalidInput',
    cause: expect.stringContaining('executionArn:'),
  });
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Supervise the bake');
  const recover = await rig.start('recover', { executionArn: arn });
  await rig.until('ended', () => !rig.execution(recover).running);
  expect(rig.outcome(recover)).toMatchObject({ status: 'SUCCEEDED', output: { kind: 'nothing' } });
  expect(rig.execution(arn).running).toBe(true);
  await rig.quiet();
  const late = await rig.ended(await rig.start('recover', { executionArn: arn }));
  expect(late).toMatchObject({ status: 'SUCCEEDED', output: { kind: 'nothing' } });
});
