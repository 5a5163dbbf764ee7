import { beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../../simulator/contract.ts';
import { publishImage } from '../../../simulator/index.ts';
import { makeRig, type Rig } from '../rig.ts';
import { type Act, type Disturbed, loseAnswers, modes } from './disturbances.ts';

/** A base image moves while a person asks too; the answer to every act of starting and merging gets lost. */
const acts = [
  { name: 'remember the cause', by: 'ReceiveCause', operation: 'PutItem', input: 'CAUSE#' },
  { name: 'start the release', by: 'ReceiveCause', operation: 'StartExecution' },
  { name: 'remember the base image', by: 'ReceiveCause', operation: 'PutItem', input: 'BASE' },
  { name: 'merge', by: 'OpenRelease', operation: 'TransactWriteItems', input: 'PENDING' },
  { name: 'start the follow-up', by: 'CloseRelease', operation: 'StartExecution' },
  { name: 'take pending away', by: 'CloseRelease', operation: 'DeleteItem', input: 'PENDING' },
] as const satisfies readonly Act[];

let rig: Rig;
const check = { check: 'base-images' };
/** As the schedule does: nobody awaits the answer, and Lambda tries again. */
const tick = () =>
  rig.call('client-lambda', 'Invoke', {
    FunctionName: rig.functionName('ReceiveCause'),
    InvocationType: 'Event',
    Payload: new TextEncoder().encode(JSON.stringify(check)),
  });

beforeAll(async () => {
  rig = await makeRig({ fleets: [] });
  // How the releases go on does not matter here.
  rig.bakesFail(120);
  await rig.invoke('ReceiveCause', check);
});

describe.each(modes)('an act of causing is disturbed so: %s', (mode) => {
  let disturbed: Disturbed;
  let releases: ReturnType<Rig['executionsOf']>;
  let base: string;

  beforeAll(async () => {
    const before = rig.executionsOf('release').length;
    base = publishImage(rig.account, { parameter: '/aws/service/solo-base' });
    disturbed = loseAnswers(rig, acts, mode);
    await tick();
    if (mode === 'twice') await tick();
    await rig.entered('Supervise the bake');
    await rig.start('release', { image: 'solo', reason: `a person asks, ${mode}` });
    await rig.quiet();
    rig.disturb = () => undefined;
    // What was doubled may have left marks of duplicates; what counts is what was started.
    releases = rig.executionsOf('release').slice(before);
  });

  it('every act was disturbed', () => {
    expect([...disturbed.calls.keys()].sort()).toEqual(acts.map(({ name }) => name).sort());
  });

  it('starts one release for the base image, and one follow-up for the person', () => {
    const ends = releases.map(({ identity }) => rig.release(identity.arn));
    expect(ends).toEqual([
      expect.objectContaining({
        outcome: 'failed',
        cause: expect.objectContaining({ kind: 'base-image', to: base }),
      }),
      expect.objectContaining({
        outcome: 'merged',
        cause: expect.objectContaining({ kind: 'person', reason: `a person asks, ${mode}` }),
      }),
      expect.objectContaining({
        outcome: 'failed',
        cause: expect.objectContaining({ kind: 'merged' }),
      }),
    ]);
    expect(rig.leftovers()).toEqual([]);
  });

  it('keeps nothing pending, and the base image as seen', () => {
    expect(rig.item('IMAGE#solo', 'PENDING')).toBeUndefined();
    expect(rig.item('IMAGE#solo', 'BASE')?.value).toBe(base);
  });
});

it('a release that dies after it was closed leaves its follow-up to the sweep, which starts it once', async () => {
  const arn = await rig.start('release', { image: 'solo' });
  await rig.entered('Supervise the bake');
  await rig.start('release', { image: 'solo' });
  const before = rig.executionsOf('release').length;
  rig.disturb = ({ caller, operation }) =>
    operation === 'StartExecution' && caller.kind === 'role' && /CloseRelease/.test(caller.session)
      ? { fail: new AwsError('AccessDeniedException', 'a policy of the organisation') }
      : undefined;
  await rig.until('dead', () => !rig.execution(arn).running);
  rig.disturb = () => undefined;
  expect(rig.outcome(arn)).toMatchObject({ status: 'FAILED', error: 'AccessDeniedException' });
  expect(rig.release(arn)?.outcome).toBe('failed');
  await rig.quiet();
  const after = rig.executionsOf('release').slice(before);
  expect(after.map(({ identity }) => rig.release(identity.arn)?.outcome)).toEqual(['failed']);
  expect(rig.leftovers()).toEqual([]);
});
