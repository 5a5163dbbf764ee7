import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { synthesize } from '../../bin/cli/synthesize.ts';
import { orphansMetricLine } from '../../lambdas/core/metrics.ts';
import { AwsError } from '../../simulator/contract.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';
import { rigCatalogue } from '../simulation/rig-catalogue.ts';

/** What the sweep finds, whom it leaves alone, and whom it tells when it can do no more. */

let rig: Rig;
beforeEach(async () => {
  rig = await makeRig();
});
afterEach(() => {
  rig.disturb = () => undefined;
});

const listed = () =>
  rig
    .items()
    .filter(({ pk }) => pk === 'CATALOGUES')
    .map(({ sk, supersededAt }) => ({ digest: sk, superseded: supersededAt !== undefined }));
const sweep = () => rig.invoke('FindOrphans', {});

describe('a fleet that is taken out of the catalogue while it moves', () => {
  let without: string;
  beforeAll(async () => {
    const { solo, ...fleets } = rigCatalogue.fleets;
    expect(solo).toBeDefined();
    const waves = rigCatalogue.waves.map((wave) => ({
      ...wave,
      fleets: wave.fleets.filter((fleet) => fleet !== 'solo'),
    }));
    without = await synthesize({ ...rigCatalogue, fleets, waves });
  });

  const owner = () => rig.item('FLEET#solo', 'LOCK')?.executionArn;
  async function takenOutAndStopped(): Promise<void> {
    await rig.minutes(1);
    rig.simulation.deploy(without);
    for (const execution of rig.running()) await rig.stop(execution);
    expect(owner()).toBeDefined();
  }

  it('is found and brought to an end, with its release: with a person, as its roles may not touch its group any more', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Hold the fleet');
    await takenOutAndStopped();
    await rig.until('it has ended', () => rig.running().length === 0 && owner() === undefined);

    expect(rig.release(arn)?.outcome).toBe('needs-a-person');
    expect(rig.item('IMAGE#solo', 'CLAIM')?.executionArn).toBeUndefined();
    expect(rig.item('FLEET#solo', 'BLOCK')?.whatToDo).toMatch(
      /Process InstanceRefresh of the group is suspended .* by Kiln.*not authorized/,
    );
  });

  it('is found and brought to an end after a rollout by hand, by the catalogue that knows it', async () => {
    await rig.ended(await rig.start('release', { image: 'solo' }));
    await rig.start('rollout', { fleet: 'solo', to: 'previous', reason: 'x' });
    await rig.entered('Start the way back');
    await takenOutAndStopped();
    await rig.quiet();
    expect(owner()).toBeUndefined();
    expect(rig.leftovers()).toEqual([]);
  });

  it('is swept for a day after, and while it is owned; then its catalogue is forgotten', async () => {
    await rig.ended(await rig.start('release', { image: 'solo' }));
    const [first] = listed();
    expect(listed()).toEqual([{ digest: first?.digest, superseded: false }]);
    rig.simulation.deploy(without);
    await sweep();
    const [second] = listed().filter(({ digest }) => digest !== first?.digest);
    expect(listed()).toContainEqual({ digest: first?.digest, superseded: true });
    expect(second).toMatchObject({ superseded: false });

    const lock = { pk: 'FLEET#solo', sk: 'LOCK', releaseId: 'x', generation: 99 };
    const alive = await rig.start('release', { image: 'web' });
    await rig.put({ ...lock, executionArn: alive });
    await rig.minutes(24 * 60 - 15);
    await rig.put({ ...lock });
    await sweep();
    expect(listed()).toHaveLength(2);
    await rig.minutes(30);
    await sweep();
    expect(listed()).toEqual([second]);
  });

  it('is listed again when its catalogue is deployed again', async () => {
    await rig.ended(await rig.start('release', { image: 'solo' }));
    const [first] = listed();
    rig.simulation.deploy(without);
    await sweep();
    rig.simulation.deploy(await synthesize(rigCatalogue));
    await sweep();
    expect(listed()).toContainEqual({ digest: first?.digest, superseded: false });
    expect(listed().filter(({ superseded }) => superseded)).toHaveLength(1);
  });
});

describe('an execution that DescribeExecution does not know', () => {
  const unknown = new AwsError('ExecutionDoesNotExist', 'Execution Does Not Exist');
  beforeEach(() => {
    rig.disturb = ({ operation, caller }) =>
      operation === 'DescribeExecution' && caller.kind === 'role' ? { fail: unknown } : undefined;
  });
  const age = () =>
    rig.world.nowMs() - Date.parse(rig.item('IMAGE#solo', 'CLAIM')?.acquiredAt ?? '');

  it('has just begun when its lock is young: nothing is taken from it', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Start the bake');
    expect(await sweep()).toMatchObject({ recovered: [] });
    await rig.world.advance(299_000 - age());
    expect(await sweep()).toMatchObject({ recovered: [] });
    const recover = await rig.start('recover', { executionArn: arn });
    await rig.until('recovered', () => !rig.running().includes(recover));
    expect(rig.outcome(recover).output).toMatchObject({ kind: 'nothing' });
    expect(await rig.ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('has ended when its lock is older than five minutes', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Start the bake');
    await rig.world.advance(301_000 - age());
    expect(await sweep()).toMatchObject({ recovered: [arn] });
  });

  it('is not robbed of its fleet by a way back by hand', async () => {
    await rig.ended(await rig.start('release', { image: 'solo' }));
    const input = { fleet: 'solo', to: 'previous', reason: 'x' };
    const first = await rig.start('rollout', input);
    await rig.entered('Start the way back');
    const second = await rig.start('rollout', input);
    await rig.until('refused', () => !rig.running().includes(second));
    expect(rig.outcome(second).output).toMatchObject({
      outcome: 'untouched',
      reason: expect.stringContaining(`is being rolled out by ${first}`),
    });
    expect(await rig.ended(first)).toMatchObject({ output: { outcome: 'rolled-back' } });
  });
});

describe('what an execution has parked that owns nothing', () => {
  const died = (executionArn: string) => rig.invoke('FindOrphans', { detail: { executionArn } });
  const parkedOf = (arn: string) => rig.item(`EXECUTION#${arn}`, 'PARKED');
  const leave = async (arn: string) => {
    const parked = { executionArn: arn, token: 'a-token', supervisor: 'bake', input: '{}' };
    const since = { stateEnteredAt: '2026-11-23T09:00:00.000Z', retryCount: 0, redriveCount: 0 };
    await rig.put({
      ...{ pk: `EXECUTION#${arn}`, sk: 'PARKED', deadline: '2026-11-23T09:10:00.000Z' },
      ...{ ...parked, ...since },
    });
    expect(parkedOf(arn)).toBeDefined();
  };

  it('goes when it is told that the execution has ended, and not without', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.ended(arn);
    await leave(arn);
    await sweep();
    expect(parkedOf(arn)).toBeDefined();
    await died(arn);
    expect(parkedOf(arn)).toBeUndefined();
    await died(arn);
  });

  it('stays while the execution runs, and while it owns something: that is Recover’s', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Supervise the bake');
    await rig.until('parked', () => parkedOf(arn) !== undefined);
    const claim = rig.item('IMAGE#solo', 'CLAIM');
    await died(arn);
    expect(parkedOf(arn)).toBeDefined();
    await rig.put({ pk: 'IMAGE#solo', sk: 'CLAIM', generation: 99 });
    await died(arn);
    expect(parkedOf(arn)).toBeDefined();
    await rig.put({ ...claim });
    rig.disturb = ({ operation }) =>
      operation === 'PutItem' || operation === 'StartExecution'
        ? { fail: new AwsError('InternalServerError', 'not now') }
        : undefined;
    await rig.stop(arn);
    await died(arn).catch(() => undefined);
    expect(parkedOf(arn)).toBeDefined();
    rig.disturb = () => undefined;
    await rig.quiet();
    expect(rig.leftovers()).toEqual([]);
  });
});

it('an image that a dead execution holds, of a release that has ended, is let go, and no fleet moves', async () => {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.ended(arn);
  const claim = () => rig.item('IMAGE#solo', 'CLAIM');
  const [outcome, state] = [rig.release(arn)?.outcome, rig.item('FLEET#solo', 'STATE')];
  expect(outcome).toBe('promoted');
  await rig.put({
    ...{ pk: 'IMAGE#solo', sk: 'CLAIM', generation: Number(claim()?.generation) + 1 },
    ...{ executionArn: arn, releaseId: arn.split(':').at(-1) },
  });
  expect(await sweep()).toMatchObject({ recovered: [arn] });
  await rig.quiet();
  expect(claim()?.executionArn).toBeUndefined();
  expect(rig.release(arn)?.outcome).toBe(outcome);
  expect(rig.item('FLEET#solo', 'STATE')).toEqual(state);
  expect(await sweep()).toMatchObject({ recovered: [] });
});

it('a sweep whose every Recover has died tells a person by a metric, as long as that lasts', async () => {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Start the bake');
  let asked = 0;
  rig.disturb = ({ operation, caller }) => {
    if (operation !== 'StartExecution' || caller.kind !== 'role') return undefined;
    asked += 1;
    return { fail: new AwsError('ExecutionAlreadyExists', 'it ran before') };
  };
  const lines = rig.logs.length;
  await rig.stop(arn);
  await rig.minutes(1);
  expect(await sweep()).toMatchObject({ recovered: [], givenUp: [arn] });
  expect(asked).toBeGreaterThanOrEqual(100);
  const told = rig.logs.slice(lines).filter((line) => JSON.stringify(line).includes('_aws'));
  const { _aws: expected, ...fields } = orphansMetricLine('main', 1, 0);
  expect(told.at(-1)).toMatchObject({
    ...fields,
    _aws: { CloudWatchMetrics: (expected as { CloudWatchMetrics: unknown }).CloudWatchMetrics },
  });
  rig.disturb = () => undefined;
  await sweep();
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});
