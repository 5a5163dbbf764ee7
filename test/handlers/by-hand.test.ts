import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** What people ask of one fleet: at the wrong moment, of a blocked fleet, and where back leads. */

let rig: Rig;
let dead: string;
/** An image that is released, newest last, and what the group ran before any. */
const labels: string[] = [];
let origin: string;

const released = async () => {
  const arn = await rig.start('release', { image: 'solo' });
  expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted' } });
  labels.push(rig.release(arn)?.version ?? '');
};
beforeAll(async () => {
  rig = await makeRig();
  origin = rig.imagesOf('solo')[0] ?? '';
  await released();
  dead = await rig.start('rollout', { nothing: true });
  await rig.quiet();
});
afterEach(async () => {
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

const item = (sk: string) => rig.item('FLEET#solo', sk);
const lock = () => item('LOCK');
const now = () => new Date(rig.world.nowMs()).toISOString();
const owned = (executionArn: string, generation: number) => ({
  generation,
  executionArn,
  releaseId: 'another',
  acquiredAt: now(),
});
const outcomeOf = (arn: string) => rig.item(`RELEASE#${arn.split(':').at(-1)}`, 'FLEET#solo');
const toPrevious = { fleet: 'solo', to: 'previous', reason: 'errors' };
const unblock = { fleet: 'solo', unblock: true, reason: 'mended' };

/** Starts a rollout and lets it end, and nothing else. */
const byHand = async (input: object, name?: string) => {
  const arn = await rig.start('rollout', input, name);
  await rig.until('ended', () => !rig.execution(arn).running, 1);
  return { arn, ...rig.outcome(arn) };
};

describe('in the middle of a release of the image', () => {
  it('nothing is moved by hand', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Supervise the bake');
    const { output } = await byHand(toPrevious);
    expect(output).toMatchObject({
      outcome: 'untouched',
      reason: expect.stringContaining(`is being released by ${arn}`),
      whatToDo: expect.stringContaining('stop that execution'),
    });
    await rig.quiet();
    labels.push(rig.release(arn)?.version ?? '');
    expect(rig.outcome(arn)).toMatchObject({ output: { outcome: 'promoted' } });
  });

  it('a fleet whose owners are dead stays Recover’s', async () => {
    const { generation = 0 } = lock() ?? {};
    const claim = rig.item('IMAGE#solo', 'CLAIM');
    const claimed = { pk: 'IMAGE#solo', sk: 'CLAIM' };
    await rig.put({ pk: 'FLEET#solo', sk: 'LOCK', ...owned(dead, generation + 1) });
    await rig.put({ ...claimed, ...owned(dead, (claim?.generation ?? 0) + 1) });
    const { output } = await byHand(toPrevious);
    expect(output).toMatchObject({
      outcome: 'untouched',
      reason: expect.stringContaining('has ended without closing the release'),
    });
    expect(lock()).toMatchObject({ executionArn: dead, generation: generation + 1 });
    await rig.put({ pk: 'FLEET#solo', sk: 'LOCK', generation: generation + 2 });
    await rig.put({ ...claimed, generation: (claim?.generation ?? 0) + 2 });
  });

  it('a refusal without the lock overwrites no outcome', async () => {
    const name = 'a-release-of-this-name';
    const fared = {
      fleet: 'solo',
      from: 'a',
      to: 'b',
      endedOn: 'b',
      outcome: 'rolled-out',
      reason: 'long ago',
      endedAt: now(),
    };
    const key = { pk: `RELEASE#${name}`, sk: 'FLEET#solo' };
    await rig.put({ ...key, ...fared });
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Supervise the bake');
    const { output } = await byHand(toPrevious, name);
    expect(output).toMatchObject(fared);
    expect(rig.item(key.pk, key.sk)).toEqual({ ...key, ...fared });
    await rig.quiet();
    labels.push(rig.release(arn)?.version ?? '');
  });
});

describe('of a blocked fleet', () => {
  const BLOCK = { fleet: 'solo', releaseId: 'x', reason: 'stuck', whatToDo: 'Mend it.' };
  const block = async (hold?: { readonly ours: boolean }) => {
    await rig.put({ pk: 'FLEET#solo', sk: 'BLOCK', ...BLOCK, since: now() });
    await rig.put({
      pk: 'FLEET#solo',
      sk: 'ROLLOUT',
      fleet: 'solo',
      releaseId: 'x',
      executionArn: dead,
      direction: 'back',
      startedAt: now(),
      from: item('STATE')?.current,
      moved: true,
      judgedPercent: 0,
      ...(hold && { hold: { checkpointPercent: 50, since: now(), ...hold } }),
    });
    if (hold === undefined) return;
    await rig.call('client-auto-scaling', 'SuspendProcesses', {
      AutoScalingGroupName: 'solo',
      ScalingProcesses: ['InstanceRefresh'],
    });
  };

  it('no release moves it forward, and says why', async () => {
    await block();
    const record = item('ROLLOUT');
    const arn = await rig.start('release', { image: 'solo' });
    expect(await rig.ended(arn)).toMatchObject({ error: 'ReleaseFailed' });
    expect(outcomeOf(arn)).toMatchObject({
      outcome: 'untouched',
      reason: expect.stringContaining('stuck'),
    });
    expect(item('ROLLOUT')).toEqual(record);
  });

  it('no release moves it back, and says that it needs a person', async () => {
    const record = item('ROLLOUT');
    const { generation = 0 } = lock() ?? {};
    const refreshes = rig.refreshes('solo').length;
    const arn = await rig.start('release', { image: 'solo', rollBack: true, reason: 'bad' });
    expect(await rig.ended(arn)).toMatchObject({ error: 'NeedsAPerson' });
    expect(outcomeOf(arn)).toMatchObject({
      outcome: 'needs-a-person',
      reason: expect.stringContaining('stuck'),
    });
    expect(rig.refreshes('solo')).toHaveLength(refreshes);
    expect(item('ROLLOUT')).toEqual(record);
    expect(item('BLOCK')).toMatchObject(BLOCK);
    expect(lock()).toEqual({ pk: 'FLEET#solo', sk: 'LOCK', generation: generation + 1 });
  });

  it('a person moves it back, which clears the block', async () => {
    expect(item('BLOCK')).toBeDefined();
    const { arn, output } = await byHand(toPrevious);
    expect(output).toMatchObject({ outcome: 'rolled-back' });
    expect(outcomeOf(arn)).toMatchObject({ outcome: 'rolled-back' });
    expect(item('BLOCK')).toBeUndefined();
    expect(item('ROLLOUT')).toBeUndefined();
  });

  it('Recover ends what a person began on it', async () => {
    await block();
    // Every function after the survey starts late, so that it is stopped before it is done.
    rig.disturb = ({ operation, caller }) =>
      operation === 'Invoke' && caller.kind === 'role' && lock()?.executionArn !== undefined
        ? { delayMs: 20_000 }
        : undefined;
    const arn = await rig.start('rollout', toPrevious);
    await rig.entered('Supervise the way back');
    await rig.stop(arn);
    rig.disturb = () => undefined;
    await rig.quiet();
    expect(rig.outcome(arn).status).toBe('ABORTED');
    expect(outcomeOf(arn)).toMatchObject({ outcome: 'rolled-back' });
    expect(item('BLOCK')).toBeUndefined();
  });

  it.each([
    { whose: 'Kiln’s own', ours: true, after: [] },
    { whose: 'a person’s', ours: false, after: ['InstanceRefresh'] },
  ])('unblock sees to a suspension that is $whose', async ({ ours, after }) => {
    await block({ ours });
    const { output } = await byHand(unblock);
    const text = 'process InstanceRefresh of group solo, which Kiln had suspended, is resumed';
    expect(output).toMatchObject({ kind: 'unblocked' });
    expect(String(output?.['reason']).includes(text)).toBe(ours);
    expect(rig.suspended('solo')).toEqual(after);
    expect(item('ROLLOUT')).toBeUndefined();
    await rig.call('client-auto-scaling', 'ResumeProcesses', { AutoScalingGroupName: 'solo' });
  });

  it('the block names the suspension, and the decision rather than what failed before it', async () => {
    await block({ ours: true });
    const generation = (lock()?.generation ?? 0) + 1;
    await rig.put({ pk: 'FLEET#solo', sk: 'LOCK', ...owned(dead, generation) });
    const catalogueDigest = 'any';
    const answer = await rig.invoke('CloseRollout', {
      mandate: { fleet: 'solo', releaseId: 'x', executionArn: dead, generation, catalogueDigest },
      step: 'needs-a-person',
      decision: { kind: 'escalate', reason: 'no capacity', whatToDo: 'Find some.' },
      failure: { step: 'Start the instance refresh', error: 'Stale', cause: 'long over' },
    });
    const said = {
      reason: 'no capacity',
      whatToDo: expect.stringMatching(/^Find some\. Process InstanceRefresh .* by Kiln: .*unblock/),
    };
    expect(answer).toMatchObject({ outcome: 'needs-a-person', ...said });
    expect(item('BLOCK')).toMatchObject(said);
    await byHand(unblock);
    expect(rig.suspended('solo')).toEqual([]);
  });
});

describe('where back leads', () => {
  const current = () => item('STATE')?.current?.version;
  const past = () => item('STATE')?.history?.map(({ version }) => version);

  it('past a version that is quarantined', async () => {
    const [first = '', second = '', third = ''] = labels;
    expect(current()).toBe(third);
    expect(past()).toEqual([second, first, origin]);
    const key = rig.item('IMAGE#solo', `VERSION#${second}`);
    await rig.put({ ...key, status: 'quarantined', reason: 'red elsewhere' });
    const { output } = await byHand(toPrevious);
    expect(output).toMatchObject({ outcome: 'rolled-back', endedOn: first });
    // What came after it is no way back any more.
    expect(past()).toEqual([origin]);
  });

  it('not from a version that the fleet does not run', async () => {
    const images = rig.imagesOf('solo');
    const promoted = rig.item('IMAGE#solo', 'CURRENT')?.version;
    expect(promoted).not.toBe(labels[0]);
    const arn = await rig.start('release', { image: 'solo', rollBack: true, reason: 'bad' });
    await rig.ended(arn);
    expect(outcomeOf(arn)).toMatchObject({
      outcome: 'untouched',
      reason: `fleet solo runs ${labels[0]}, not ${promoted}, which goes back`,
    });
    expect(rig.imagesOf('solo')).toEqual(images);
  });

  it('not to an image that is gone', async () => {
    await rig.call('client-ec2', 'DeregisterImage', { ImageId: origin });
    const images = rig.imagesOf('solo');
    const { output } = await byHand(toPrevious);
    expect(output).toMatchObject({
      outcome: 'untouched',
      reason: expect.stringContaining(`whose image ${origin} is `),
      whatToDo: expect.stringContaining('start Release'),
    });
    expect(rig.imagesOf('solo')).toEqual(images);
  });
});

describe('a fleet that is there already', () => {
  it('is recorded, with its history, as nobody’s who could bring it back', async () => {
    const state = item('STATE');
    await rig.put({ ...state, current: { ...state?.current, version: 'ami-by-hand' } });
    const arn = await rig.start('release', { image: 'solo', version: labels[0] });
    expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted' } });
    expect(item('STATE')).toEqual({ ...state, recordedAt: expect.any(String) });
    expect(outcomeOf(arn)).toMatchObject({ outcome: 'rolled-out', endedOn: labels[0] });
  });

  it('is recorded for the first time', async () => {
    const state = item('STATE');
    await rig.call('client-dynamodb', 'DeleteItem', {
      TableName: rig.table,
      Key: { pk: { S: 'FLEET#solo' }, sk: { S: 'STATE' } },
    });
    const arn = await rig.start('release', { image: 'solo', version: labels[0] });
    expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted' } });
    expect(item('STATE')).toMatchObject({ current: state?.current, history: [] });
  });
});

it('counts the instances of a warm pool', async () => {
  await rig.call('client-auto-scaling', 'PutWarmPool', {
    AutoScalingGroupName: 'solo',
    MinSize: 1,
    MaxGroupPreparedCapacity: 3,
  });
  await rig.minutes(6);
  const { LaunchTemplate: template } = rig.group('solo');
  const update = (Version: string) =>
    rig.call('client-auto-scaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: 'solo',
      LaunchTemplate: { LaunchTemplateId: template?.LaunchTemplateId, Version },
    });
  await update('1');
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Survey the fleet');
  await rig.until('ended', () => !rig.execution(arn).running);
  expect(outcomeOf(arn)).toMatchObject({
    outcome: 'untouched',
    reason: expect.stringContaining('3 of 3 instances are not on the saved version 1'),
  });
  await update(template?.Version ?? '');
});

describe('a fleet whose owner is dead', () => {
  /** What Release hands to a rollout of its own, for the function alone. */
  const survey = (direction: 'forward' | 'back', releaseId: string) => {
    const catalogue = rig.items().find(({ pk }) => pk.startsWith('CATALOGUE#'));
    return rig.invoke('SurveyFleet', {
      executionArn: `${dead}-${direction}`,
      input: {
        fleet: 'solo',
        direction,
        releaseId,
        parentExecutionArn: dead,
        catalogueDigest: catalogue?.pk.split('#')[1],
        ...(direction === 'forward' ? { version: labels[0] } : {}),
      },
    });
  };
  const died = async () => {
    const generation = (lock()?.generation ?? 0) + 1;
    await rig.put({ pk: 'FLEET#solo', sk: 'LOCK', ...owned(dead, generation) });
    return lock();
  };
  const claim = () => rig.item('IMAGE#solo', 'CLAIM');
  /** The release that goes forward has its image. */
  const claimed = () =>
    rig.put({ pk: 'IMAGE#solo', sk: 'CLAIM', ...owned(dead, (claim()?.generation ?? 0) + 1) });
  const free = async () => {
    await rig.put({ pk: 'FLEET#solo', sk: 'LOCK', generation: (lock()?.generation ?? 0) + 1 });
    await rig.put({ pk: 'IMAGE#solo', sk: 'CLAIM', generation: (claim()?.generation ?? 0) + 1 });
  };

  it('does not go forward for a release that has lost its image', async () => {
    const before = await died();
    expect(await survey('forward', 'another')).toMatchObject({
      errorType: 'Outbid',
      errorMessage: expect.stringContaining('image solo belongs to nobody'),
    });
    expect(lock()).toEqual(before);
    await free();
  });

  it.each([
    ['ended-for-it', { sk: 'FLEET#solo', outcome: 'untouched' }, 'it is untouched in'],
    ['gone-back', { sk: 'META', wayBackReason: 'red' }, 'release gone-back goes back'],
  ])('does not go forward in release %s', async (id, item, says) => {
    await claimed();
    const ended = { fleet: 'solo', from: 'a', to: 'b', endedOn: 'a', reason: 'because' };
    const release = rig.items().find(({ sk }) => sk === 'META');
    const endedAt = '2026-11-23T09:00:00.000Z';
    await rig.put({ ...release, ...ended, endedAt, ...item, id, pk: `RELEASE#${id}` });
    const before = await died();
    expect(await survey('forward', id)).toMatchObject({
      errorType: 'Outbid',
      errorMessage: expect.stringContaining(says),
    });
    expect(lock()).toEqual(before);
    await free();
  });

  it('is left to Recover by another release that goes forward', async () => {
    await claimed();
    // Earlier tests have seen release x to its end.
    const Key = { pk: { S: 'RELEASE#x' }, sk: { S: 'FLEET#solo' } };
    await rig.call('client-dynamodb', 'DeleteItem', { TableName: rig.table, Key });
    const before = await died();
    expect(await survey('forward', 'x')).toMatchObject({
      errorType: 'Busy',
      errorMessage: expect.stringContaining(dead),
    });
    expect(lock()).toEqual(before);
    await free();
  });

  it.each([
    { direction: 'forward', releaseId: 'another' },
    { direction: 'back', releaseId: 'x' },
  ] as const)('is taken over $direction by release $releaseId', async (by) => {
    await claimed();
    await died();
    await survey(by.direction, by.releaseId);
    expect(lock()).toMatchObject({ executionArn: `${dead}-${by.direction}` });
    await free();
  });
});
