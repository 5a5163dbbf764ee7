import { beforeEach, describe, expect, it } from 'vitest';
import { sickOnce } from '../../simulator/scenarios/behaviours.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** What people and releases are told of a fleet whose Auto Scaling group does not exist any more. */

let rig: Rig;
beforeEach(async () => {
  rig = await makeRig();
});

const item = (sk: string) => rig.item('FLEET#solo', sk);
const deleteGroup = async () => {
  const input = { AutoScalingGroupName: 'solo', ForceDelete: true };
  await rig.call('client-auto-scaling', 'DeleteAutoScalingGroup', input);
  await rig.minutes(5);
  expect(rig.hasGroup('solo')).toBe(false);
};
const missing = /there is no Auto Scaling group solo/;

it('a release is refused before anything moves, and told what to make or to take out', async () => {
  await deleteGroup();
  const arn = await rig.start('release', { image: 'solo' });
  expect(await rig.ended(arn)).toMatchObject({
    status: 'FAILED',
    error: 'ReleaseFailed',
    cause: expect.stringMatching(missing),
  });
  const fleet = rig.item(`RELEASE#${arn.split(':').at(-1)}`, 'FLEET#solo');
  expect(fleet).toMatchObject({ outcome: 'untouched', reason: expect.stringMatching(missing) });
  expect(rig.leftovers()).toEqual([]);
});

it('pinning it is refused with the same words', async () => {
  await deleteGroup();
  const pin = await rig.ended(
    await rig.start('rollout', { fleet: 'solo', pin: true, reason: 'x' }),
  );
  expect(pin.output).toMatchObject({
    outcome: 'untouched',
    reason: expect.stringMatching(missing),
  });
});

describe('in the middle of a rollout', () => {
  const told = () => rig.told().filter(({ subject }) => subject.includes('needs a person'));

  it.each(['Start the instance refresh', 'Hold the fleet', 'Start the way back'])(
    'a person is called at once, and told which fleet and group: after "%s"',
    async (state) => {
      let sick = false;
      rig.bakesWill(sickOnce(() => sick));
      const arn = await rig.start('release', { image: 'solo' });
      if (state === 'Start the way back') {
        await rig.entered('Hold the fleet');
        sick = true;
      }
      await rig.entered(state);
      await rig.world.advance(10_000);
      const deletedMs = rig.world.nowMs();
      await deleteGroup();
      expect(await rig.ended(arn)).toMatchObject({ status: 'FAILED' });

      const reason = expect.stringMatching(/no Auto Scaling group solo of fleet solo any more/);
      expect(item('BLOCK')).toMatchObject({
        reason,
        whatToDo: expect.stringMatching(
          /^Make Auto Scaling group solo again with launch template lt-0+1 version \d+ .*take the fleet out.*"fleet":"solo","unblock":true/,
        ),
      });
      const fleet = rig.item(`RELEASE#${arn.split(':').at(-1)}`, 'FLEET#solo');
      expect(fleet).toMatchObject({ outcome: 'needs-a-person', reason });
      expect(rig.release(arn)).toMatchObject({ outcome: 'needs-a-person', reason });
      expect(told().map(({ subject }) => subject)).toContain('Kiln: solo needs a person');
      // One rollout, which did not get lost, and nobody who had to recover it.
      expect(rig.executionsOf('rollout')).toHaveLength(1);
      expect(rig.executionsOf('recover')).toEqual([]);
      const since = Date.parse(item('BLOCK')?.since ?? '');
      expect(since - deletedMs).toBeLessThan(5 * 60_000);
      expect(rig.leftovers()).toEqual([]);
    },
  );

  it('no hold is said to be left on it', async () => {
    await rig.start('release', { image: 'solo' });
    await rig.entered('Hold the fleet');
    await rig.minutes(1);
    await deleteGroup();
    await rig.quiet();
    expect(item('ROLLOUT')?.hold).toBeUndefined();
    expect(item('BLOCK')?.whatToDo).not.toContain('suspended');
  });
});

it('a block is cleared all the same, with the record and the hold that went with the group', async () => {
  await rig.start('release', { image: 'solo' });
  await rig.entered('Hold the fleet');
  await rig.minutes(1);
  const held = item('ROLLOUT');
  expect(held).toMatchObject({ hold: { ours: true } });
  await deleteGroup();
  await rig.quiet();
  expect(item('BLOCK')).toBeDefined();
  // As it is when the owner died before it could lift what it held.
  await rig.put({ ...item('ROLLOUT'), pk: 'FLEET#solo', sk: 'ROLLOUT', hold: held?.hold });

  const arn = await rig.start('rollout', { fleet: 'solo', unblock: true, reason: 'group is gone' });
  expect(await rig.ended(arn)).toMatchObject({
    status: 'SUCCEEDED',
    output: { kind: 'unblocked', reason: expect.stringMatching(/^cleared \(group is gone\): .*/) },
  });
  expect(rig.outcome(arn).output?.['reason']).toMatch(missing);
  expect([item('BLOCK'), item('ROLLOUT')]).toEqual([undefined, undefined]);
});
