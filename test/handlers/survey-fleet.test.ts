import { afterEach, beforeAll, expect, it } from 'vitest';
import { healthyImage } from '../../simulator/index.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** Whose fleet it is, and what is in the way: locks, other people's refreshes, blocks, groups that are not pinned. */

let rig: Rig;
let dead: string;
beforeAll(async () => {
  rig = await makeRig();
  await rig.ended(await rig.start('release', { image: 'solo' }));
  // An execution that has ended and owns nothing.
  dead = await rig.start('rollout', { nothing: true });
  await rig.quiet();
});
afterEach(async () => {
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

const lock = () => rig.item('FLEET#solo', 'LOCK');
const putLock = (executionArn: string) =>
  rig.put({
    pk: 'FLEET#solo',
    sk: 'LOCK',
    generation: (lock()?.generation ?? 0) + 1,
    executionArn,
    releaseId: 'another',
    acquiredAt: new Date(rig.world.nowMs()).toISOString(),
  });
/** Somebody alive holds the fleet: a release of another image, whose bake takes long. */
async function held(): Promise<string> {
  rig.bakesWill(healthyImage, 7_000);
  const owner = await rig.start('release', { image: 'web' });
  await rig.entered('Supervise the bake');
  rig.bakesWill(healthyImage);
  await putLock(owner);
  return owner;
}
async function letGo(owner: string): Promise<void> {
  await rig.put({ pk: 'FLEET#solo', sk: 'LOCK', generation: (lock()?.generation ?? 0) + 1 });
  await rig.stop(owner);
}
const outcomeOf = (arn: string) =>
  rig
    .items()
    .find(({ pk, sk }) => pk === `RELEASE#${arn.split(':').at(-1)}` && sk === 'FLEET#solo');
/** A person's own refresh, to what the group runs already. */
const foreign = (more: object = {}) =>
  rig.call('client-auto-scaling', 'StartInstanceRefresh', {
    AutoScalingGroupName: 'solo',
    Preferences: { MinHealthyPercentage: 50, ...more },
  });

it('takes over the lock of a dead owner on the way back, with a higher generation', async () => {
  await putLock(dead);
  const { generation = 0 } = lock() ?? {};
  const input = { fleet: 'solo', to: 'previous', reason: 'customers complain' };
  const arn = await rig.start('rollout', input);
  await rig.entered('Supervise the way back');
  expect(lock()).toMatchObject({ generation: generation + 1, executionArn: arn });
  await rig.quiet();
  expect(rig.outcome(arn)).toMatchObject({ output: { outcome: 'rolled-back' } });
});

it('turns a person away at once while another execution holds the fleet, and says which', async () => {
  const owner = await held();
  const input = { fleet: 'solo', to: 'previous', reason: 'customers complain' };
  const arn = await rig.start('rollout', input);
  await rig.until('ended', () => !rig.execution(arn).running);
  expect(rig.outcome(arn)).toMatchObject({
    output: { outcome: 'untouched', reason: expect.stringContaining(owner) },
  });
  await letGo(owner);
});

it('has a release wait for five minutes, then end without having touched the fleet', async () => {
  const owner = await held();
  const refreshes = rig.refreshes('solo').length;
  const from = rig.states.length;
  const arn = await rig.start('release', { image: 'solo' });
  await rig.until('ended', () => !rig.execution(arn).running);
  expect(rig.outcome(arn)).toMatchObject({ error: 'ReleaseFailed' });
  expect(outcomeOf(arn)).toMatchObject({ outcome: 'untouched' });
  const retried = rig.states
    .slice(from)
    .filter(({ phase, state }) => phase === 'retried' && state === 'Survey the fleet');
  expect(retried).toHaveLength(10);
  expect(rig.refreshes('solo')).toHaveLength(refreshes);
  expect(rig.item('FLEET#solo', 'BLOCK')).toBeUndefined();
  expect(lock()?.executionArn).toBe(owner);
  await letGo(owner);
});

it('waits for the refresh of somebody else, then goes on', async () => {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Inspect the image version');
  await foreign();
  await rig.entered('Wait for the other refresh');
  await rig.quiet();
  expect(rig.outcome(arn)).toMatchObject({ output: { outcome: 'promoted' } });
});

it('refuses at the limit, while the refresh of somebody else still goes on', async () => {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Inspect the image version');
  await foreign({ CheckpointPercentages: [50, 100], CheckpointDelay: 3600 });
  const asked = await rig.entered('Wait for the other refresh');
  const fromMs = rig.world.nowMs();
  await rig.until('ended', () => !rig.execution(arn).running);
  const minutes = (rig.world.nowMs() - fromMs) / 60_000;
  expect(minutes).toBeGreaterThan(29);
  expect(minutes).toBeLessThan(35);
  expect(rig.outcome(asked)).toMatchObject({
    status: 'SUCCEEDED',
    output: { outcome: 'untouched' },
  });
  expect(rig.outcome(arn)).toMatchObject({ error: 'ReleaseFailed' });
  expect(rig.refreshes('solo')[0]?.Status).toMatch(/InProgress|Pending/);
});

it('clears a block on request, with what was left of the rollout, and says that there was none', async () => {
  const block = { fleet: 'solo', releaseId: 'x', reason: 'stuck', whatToDo: 'mend it' };
  await rig.put({ pk: 'FLEET#solo', sk: 'BLOCK', ...block, since: '2026-11-23T09:00:00.000Z' });
  const refused = await rig.start('release', { image: 'solo' });
  await rig.ended(refused);
  expect(outcomeOf(refused)).toMatchObject({
    outcome: 'untouched',
    reason: expect.stringContaining('stuck'),
  });
  const input = { fleet: 'solo', unblock: true, reason: 'mended' };
  expect(await rig.ended(await rig.start('rollout', input))).toMatchObject({
    status: 'SUCCEEDED',
    output: { kind: 'unblocked', reason: expect.stringContaining('cleared (mended): stuck') },
  });
  expect(rig.item('FLEET#solo', 'BLOCK')).toBeUndefined();
  expect(await rig.ended(await rig.start('rollout', input))).toMatchObject({
    output: { reason: 'fleet solo was not blocked' },
  });
});

it('pins a group on request to the number that its instances run, once however its answer is lost', async () => {
  const { LaunchTemplate: template } = rig.group('solo');
  await rig.call('client-auto-scaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: 'solo',
    LaunchTemplate: { LaunchTemplateId: template?.LaunchTemplateId, Version: '$Latest' },
  });
  let calls = 0;
  rig.disturb = ({ operation, caller }) => {
    if (operation !== 'UpdateAutoScalingGroup' || caller.kind !== 'role') return undefined;
    calls += 1;
    return calls <= 2 ? { loseAnswer: true } : undefined;
  };
  const arn = await rig.start('rollout', { fleet: 'solo', pin: true, reason: 'for Kiln' });
  expect(await rig.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
  rig.disturb = () => undefined;
  expect(calls).toBe(3);
  expect(rig.group('solo').LaunchTemplate?.Version).toMatch(/^\d+$/);
});

it.each([
  [{ fleet: 'sollo', to: 'previous', reason: 'why' }, /fleet: expected .*did you mean "solo"/],
  [{ fleet: 'solo', to: 'previous' }, /reason: expected/],
  [{ fleet: 'solo', to: 'next', reason: 'why' }, /to: expected "previous", got "next"/],
  [{ fleet: 'solo', unblock: true, pin: true, reason: 'why' }, /pin: not taken together/],
  [{ image: 'solo' }, /image: unknown field/],
])('an input that is not valid says what is wrong: %j', async (input, problem) => {
  const before = rig.items();
  const { error, cause } = await rig.ended(await rig.start('rollout', input));
  expect(error).toBe('InvalidInput');
  expect(cause).toMatch(problem);
  expect(cause).toMatch(/A valid example: \{"fleet":"solo"/);
  expect(rig.items()).toEqual(before);
});
