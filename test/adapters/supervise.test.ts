import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Call } from '../../simulator/calls.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** The two ways into a supervising function, under races: from its state, and from a wake. */

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig();
  // Whoever wakes does so by hand.
  rig.account.eventBridge.setDisturbance(() => 'lose');
});
afterEach(async () => {
  rig.disturb = () => undefined;
  rig.bakesWill(healthy);
  await rig.quiet();
});
const healthy = {
  healthySeconds: 60,
  metrics: () => ({ ErrorPercent: 0.1 }),
  targetFailureRatio: () => 0,
};

const by = ({ caller }: Call, name: string) =>
  caller.kind === 'role' && caller.session.includes(name);
const parked = (arn: string) => rig.item(`EXECUTION#${arn}`, 'PARKED');
/** As a wake asks for it: with what it found parked. */
const look = (name: string, executionArn: string) =>
  rig.invoking(name, { look: { parked: parked(executionArn) } });

/** A release whose bake is parked and under way for an hour. */
async function baking(seconds = 3600) {
  rig.bakesWill(healthy, seconds);
  const arn = await rig.start('release', { image: 'solo' });
  await rig.until('parked', () => parked(arn)?.token !== undefined);
  await rig.world.advance(2_000);
  return arn;
}

const entries = (arn: string, state: string) =>
  rig.states.filter(
    (one) => one.execution === arn && one.state === state && one.phase === 'entered',
  );

it('stores the token before it looks', async () => {
  const calls: string[] = [];
  rig.disturb = (call) => {
    if (by(call, 'SuperviseBake')) calls.push(call.operation);
    return undefined;
  };
  const arn = await baking();
  expect(calls.indexOf('PutItem')).toBeGreaterThan(-1);
  expect(calls.indexOf('GetImage')).toBeGreaterThan(calls.indexOf('PutItem'));
  await rig.stop(arn);
});

it('sees what happened before it was parked', async () => {
  // The image is there, and its event gone, before the start of the bake has answered.
  rig.bakesWill(healthy, 1);
  rig.disturb = ({ operation }) =>
    operation === 'StartImagePipelineExecution' ? { holdAnswerMs: 30_000 } : undefined;
  const arn = await rig.start('release', { image: 'solo' });
  await rig.until('baked', () => entries(arn, 'How did the bake end?').length > 0);
  const [from] = entries(arn, 'Supervise the bake');
  const [to] = entries(arn, 'How did the bake end?');
  expect((to?.atMs ?? 0) - (from?.atMs ?? 0)).toBeLessThan(3_000);
});

it('of two looks at once, one moves the execution and the other does no harm', async () => {
  const arn = await baking(60);
  await rig.world.advance(70_000);
  const answers = await rig.drive(
    Promise.all([look('SuperviseBake', arn), look('SuperviseBake', arn)]),
  );
  expect(answers.map(({ looked }) => looked).sort()).toEqual(['moved', 'not-parked']);
  await rig.quiet();
  expect(rig.outcome(arn).output).toMatchObject({ outcome: 'promoted' });
  expect(entries(arn, 'How did the bake end?')).toHaveLength(1);
  expect(parked(arn)).toBeUndefined();
});

it('never sends a stale decision with a later token', async () => {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Resume the fleet');
  await rig.until('soaking', () => rig.refreshes('solo')[0]?.Status === 'Successful');
  const rollout = rig.running().find((one) => one.includes('kiln-main-rollout')) ?? '';
  await rig.world.advance(20_000);
  const deadlineMs = Date.parse(
    String((parked(rollout) as { readonly deadline?: string } | undefined)?.deadline),
  );
  await rig.world.advance(deadlineMs - rig.world.nowMs() - 20_000);
  const alarm = (StateValue: string) =>
    rig.call('client-cloudwatch', 'SetAlarmState', {
      AlarmName: 'solo-errors',
      StateValue,
      StateReason: 'a person tries it out',
    });
  const before = parked(rollout)?.token;
  const sent: unknown[] = [];
  rig.disturb = (call) => {
    if (call.operation !== 'SendTaskSuccess') return undefined;
    sent.push(call.input);
    return sent.length === 1 ? { delayMs: 45_000 } : undefined;
  };
  await alarm('ALARM');
  const stale = look('SuperviseRollout', rollout);
  await rig.until('about to send', () => sent.length === 1);
  await alarm('OK');
  await rig.until('parked anew', () => {
    const { token } = parked(rollout) ?? {};
    return token !== undefined && token !== before;
  });
  expect(sent).toEqual([{ taskToken: before, output: expect.stringContaining('roll-back') }]);
  // Outrun, it looks once more at most, by what there is now.
  expect((await rig.drive(stale)).errorType).toBeUndefined();
  await rig.quiet();
  expect(sent.filter((one) => JSON.stringify(one).includes('roll-back'))).toHaveLength(1);
  expect(rig.outcome(arn).output).toMatchObject({ outcome: 'promoted' });
});

it('parks anew with a new token when the safety net takes effect', async () => {
  const arn = await baking(700);
  const first = parked(arn);
  await rig.minutes(6);
  const second = parked(arn);
  expect(second?.token).not.toBe(first?.token);
  expect([first?.retryCount, second?.retryCount]).toEqual([0, 1]);
  await rig.quiet();
  expect(rig.outcome(arn).output).toMatchObject({ outcome: 'promoted' });
});

/** Parks by hand, under an execution of its own, for what this release waits for. */
function parking(arn: string, retryCount: number) {
  const { input = '{}' } = (parked(arn) ?? {}) as { readonly input?: string };
  return {
    ...JSON.parse(input),
    park: {
      token: `token-${retryCount}`,
      executionArn: `${arn}-another`,
      stateEnteredAt: '2026-11-23T09:00:00.000Z',
      retryCount,
      redriveCount: 0,
      seconds: 300,
    },
  };
}

it.each([
  { case: 'the newer is slower', slow: 1 },
  { case: 'the older is slower', slow: 0 },
])('an older attempt never ends up over a newer one: $case', async ({ slow }) => {
  const arn = await baking();
  const other = `${arn}-another`;
  rig.disturb = ({ operation, input }) =>
    operation === 'PutItem' && JSON.stringify(input).includes(`token-${slow}`)
      ? { delayMs: 5_000 }
      : undefined;
  const [older, newer] = await rig.drive(
    Promise.all([
      rig.invoking('SuperviseBake', parking(arn, 0)),
      rig.invoking('SuperviseBake', parking(arn, 1)),
    ]),
  );
  expect(parked(other)).toMatchObject({ token: 'token-1', retryCount: 1 });
  expect(newer).toMatchObject({ looked: 'waiting' });
  expect(older?.errorType).toBeUndefined();
  // One that comes late is turned away.
  expect(await rig.invoke('SuperviseBake', parking(arn, 0))).toMatchObject({
    looked: 'not-parked',
  });
  expect(parked(other)).toMatchObject({ token: 'token-1' });
  await rig.call('client-dynamodb', 'DeleteItem', {
    TableName: rig.table,
    Key: { pk: { S: `EXECUTION#${other}` }, sk: { S: 'PARKED' } },
  });
  await rig.stop(arn);
});

it('looks although the answer to its parking was lost', async () => {
  const arn = await baking();
  let lost = 0;
  rig.disturb = (call) => {
    if (call.operation !== 'PutItem' || !by(call, 'SuperviseBake') || lost > 0) return undefined;
    lost += 1;
    return { loseAnswer: true };
  };
  expect(await rig.invoke('SuperviseBake', parking(arn, 0))).toMatchObject({ looked: 'waiting' });
  expect(lost).toBe(1);
  await rig.stop(arn);
});

it('leaves no token behind of a look from its state that fails', async () => {
  const arn = await baking();
  const unknown = parking(arn, 0);
  const mandate = { ...unknown.mandate, version: '2000.01.01-1' };
  expect(await rig.invoke('SuperviseBake', { ...unknown, mandate })).toMatchObject({
    errorMessage: expect.stringContaining('expected version 2000.01.01-1 of image solo'),
  });
  expect(parked(`${arn}-another`)).toBeUndefined();
  await rig.stop(arn);
});
