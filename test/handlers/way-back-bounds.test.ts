import { beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../simulator/contract.ts';
import { sickOnce } from '../../simulator/scenarios/behaviours.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** A way back that cannot do what it must ends with a person within its bound, and leaves nothing without an owner. */

let rig: Rig;
let sick: boolean;
beforeEach(async () => {
  rig = await makeRig();
  sick = false;
  rig.bakesWill(sickOnce(() => sick));
});

const HOUR_MS = 3_600_000;
/** Of a fleet that says nothing else: `limits.wayBack`. */
const WAY_BACK_MS = 4 * HOUR_MS;
const item = (sk: string) => rig.item('FLEET#solo', sk);
const forbidden = new AwsError('AccessDenied', 'a policy of the organisation', 403);

/** By a red gate, upon which Auto Scaling ends its refresh itself; or because somebody stops the release. */
async function turnedBackWhileHeld(
  by: 'a red gate' | 'a stop' = 'a red gate',
): Promise<{ readonly arn: string; readonly sinceMs: number }> {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Hold the fleet');
  await rig.minutes(1);
  if (by === 'a stop') await rig.stop(arn);
  else sick = true;
  await rig.entered('Supervise the way back');
  return { arn, sinceMs: rig.world.nowMs() };
}

const refuse = (refused: string) => {
  rig.disturb = ({ operation, caller }) =>
    operation === refused && caller.kind === 'role' ? { fail: forbidden } : undefined;
};

it.each([
  ['whose hold cannot be lifted', 'ResumeProcesses', 'a red gate', 0],
  ['whose refresh cannot be cancelled', 'CancelInstanceRefresh', 'a stop', 0.25 * HOUR_MS],
] as const)('a way back %s ends with a person within its bound', async (_, act, by, graceMs) => {
  refuse(act);
  const { arn, sinceMs } = await turnedBackWhileHeld(by);
  await rig.quiet(20);
  rig.disturb = () => undefined;

  const block = item('BLOCK');
  const tookMs = Date.parse(block?.since ?? '') - sinceMs;
  // The last turn of the loop, its tries and its pause.
  expect(tookMs).toBeLessThan(WAY_BACK_MS + graceMs + 5 * 60_000);
  expect(tookMs).toBeGreaterThan(WAY_BACK_MS - 5 * 60_000);
  expect(block?.reason).toMatch(/wayBackSeconds 14400/);
  expect(block?.whatToDo).toContain('{"fleet":"solo","unblock":true,');
  expect(rig.release(arn)?.outcome).toBe('needs-a-person');
  expect(rig.running()).toEqual([]);
});

it('a hold that could not be lifted is named with why and with what to do, and unblocking lifts it', async () => {
  refuse('ResumeProcesses');
  await turnedBackWhileHeld();
  await rig.quiet(20);
  expect(item('BLOCK')?.reason).toContain("Kiln's hold at checkpoint 50 % is still recorded");
  expect(item('BLOCK')?.whatToDo).toMatch(
    /InstanceRefresh of the group is suspended since .*, by Kiln.*AccessDenied: a policy of the organisation/,
  );
  expect(rig.suspended('solo')).toEqual(['InstanceRefresh']);
  rig.disturb = () => undefined;
  await rig.ended(await rig.start('rollout', { fleet: 'solo', unblock: true, reason: 'mended' }));
  expect(rig.suspended('solo')).toEqual([]);
  expect(item('BLOCK')).toBeUndefined();
});

describe('every rollout of a release is stopped once it goes back', () => {
  /** Each of them as it enters the state, the first one elsewhere. Answers the release, which has ended by then. */
  async function stranded(first: string, others: string): Promise<string> {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Hold the fleet');
    await rig.minutes(1);
    sick = first === 'Start the way back';
    if (sick) await rig.entered(first);
    await rig.world.advance(2_000);
    let from = rig.states.length;
    for (const { identity, running } of rig.executionsOf('rollout')) {
      if (running) await rig.stop(identity.arn);
    }
    const ended = () => rig.release(arn)?.outcome;
    const another = () => rig.states.slice(from).find(({ state }) => state === others)?.execution;
    for (;;) {
      await rig.until(
        'one more, or the end',
        () => ended() !== undefined || another() !== undefined,
      );
      if (ended() !== undefined) break;
      const rollout = another() ?? '';
      from = rig.states.length;
      await rig.stop(rollout);
    }
    expect(rig.release(arn)?.outcome).toBe('needs-a-person');
    return arn;
  }
  const active = () =>
    rig.refreshes('solo').filter(({ Status = '' }) => /InProgress|Pending|Cancelling/.test(Status));
  const owner = () => item('LOCK')?.executionArn;

  it.each([
    ['back is watched to its end', 'Start the way back', 'Supervise the way back', /is back/],
    [
      'forward is cancelled and its hold lifted',
      'Supervise the rollout',
      'Publish the previous image',
      /nothing more is begun; 1 instances are not on version 1/,
    ],
  ])('its refresh %s by an owner; the fleet stays blocked', async (_, first, others, says) => {
    await stranded(first, others);
    expect(active()).toHaveLength(1);
    const started = rig.refreshes('solo').length;
    await rig.until('somebody owns it', () => rig.running().includes(owner() ?? ''));
    let unowned = 0;
    rig.disturb = () => {
      if (owner() === undefined) unowned += active().length;
      return undefined;
    };
    await rig.quiet();
    rig.disturb = () => undefined;

    expect(unowned).toBe(0);
    expect(active()).toEqual([]);
    expect(rig.refreshes('solo')).toHaveLength(started);
    expect(rig.suspended('solo')).toEqual([]);
    expect(owner()).toBeUndefined();
    const { reason, whatToDo } = item('BLOCK') ?? {};
    expect(`${reason} ${whatToDo}`).toMatch(says);
    expect(whatToDo).toContain('{"fleet":"solo","unblock":true,');
    expect(rig.leftovers()).toEqual([]);
  });
});
