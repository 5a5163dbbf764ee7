import { beforeAll, expect, it } from 'vitest';
import { AwsError } from '../../simulator/contract.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';

/** What a fleet ran is a history: forward pushes onto it, back takes off it again. */

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig();
});

const images = () => {
  const { current, history = [] } = rig.item('FLEET#solo', 'STATE') ?? {};
  return [current, ...history].map((one) => one?.imageId);
};

it('rolled out twice, then sent back twice: each way back leads to what was there before', async () => {
  const [first] = rig.imagesOf('solo');
  await rig.ended(await rig.start('release', { image: 'solo' }));
  const [second] = rig.imagesOf('solo');
  expect(images()).toEqual([second, first]);
  await rig.ended(await rig.start('release', { image: 'solo' }));
  const [third] = rig.imagesOf('solo');
  expect(new Set([first, second, third]).size).toBe(3);
  expect(images()).toEqual([third, second, first]);

  const back = { image: 'solo', rollBack: true, reason: 'customers complain' };
  expect(await rig.ended(await rig.start('release', back))).toMatchObject({
    status: 'SUCCEEDED',
    output: { outcome: 'rolled-back', asAsked: true },
  });
  expect(rig.imagesOf('solo')).toEqual([second]);
  expect(images()).toEqual([second, first]);

  const one = { fleet: 'solo', to: 'previous', reason: 'customers still complain' };
  expect(await rig.ended(await rig.start('rollout', one))).toMatchObject({
    output: { outcome: 'rolled-back', endedOn: first },
  });
  expect(rig.imagesOf('solo')).toEqual([first]);
  expect(images()).toEqual([first]);
  expect(rig.leftovers()).toEqual([]);

  // There is nothing further back.
  expect(await rig.ended(await rig.start('rollout', one))).toMatchObject({
    output: { outcome: 'untouched', reason: expect.stringContaining('nothing is recorded') },
  });
  expect(rig.imagesOf('solo')).toEqual([first]);
  expect(rig.leftovers()).toEqual([]);
});

it('closes although another write of the same items was in the way', async () => {
  let conflicts = 0;
  rig.disturb = ({ operation, caller }) => {
    const closes = caller.kind === 'role' && /Close(Rollout|Release)/.test(caller.session);
    if (operation !== 'TransactWriteItems' || !closes || conflicts >= 2) return undefined;
    conflicts += 1;
    const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
    const message = 'Transaction cancelled, please refer cancellation reasons';
    const fields = { CancellationReasons };
    return { fail: new AwsError('TransactionCanceledException', message, 400, fields) };
  };
  const arn = await rig.start('release', { image: 'solo' });
  expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted' } });
  rig.disturb = () => undefined;
  expect(conflicts).toBe(2);
  expect(rig.leftovers()).toEqual([]);
});
