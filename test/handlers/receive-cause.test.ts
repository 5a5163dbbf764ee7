import { afterEach, beforeAll, expect, it } from 'vitest';
import { AwsError } from '../../simulator/contract.ts';
import { publishImage } from '../../simulator/index.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';
import { UPSTREAM } from '../simulation/rig-catalogue.ts';
import { anEvent } from './events.ts';

/** What happens in the account becomes releases, each once. Bakes fail here at once: how they go on is not the matter. */

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig({ fleets: [] });
  rig.bakesFail();
});
afterEach(async () => {
  rig.disturb = () => undefined;
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

const tick = () => rig.invoke('ReceiveCause', { check: 'base-images' });
const releases = () => rig.executionsOf('release').map(({ identity }) => identity.name);
const marks = () => rig.items().filter(({ sk }) => sk.startsWith('DUPLICATE#'));
const move = (image: string, imageId?: string) =>
  publishImage(rig.account, {
    parameter: `/aws/service/${image}-base`,
    ...(imageId === undefined ? {} : { imageId }),
  });

const A = 'ami-0aaaaaaaaaaaaaaaa';
const B = 'ami-0bbbbbbbbbbbbbbbb';

it('records a base image at first sight, and starts nothing', async () => {
  move('solo', A);
  expect(await tick()).toEqual({ started: [] });
  expect(rig.item('IMAGE#solo', 'BASE')?.value).toBe(A);
  expect(rig.item('IMAGE#web', 'BASE')?.value).toBeDefined();
  expect(releases()).toEqual([]);
});

it('starts one release by the name of the cause when a base image has moved', async () => {
  move('solo', B);
  const [first, second] = await rig.drive(
    Promise.all([
      rig.invoking('ReceiveCause', { check: 'base-images' }),
      rig.invoking('ReceiveCause', { check: 'base-images' }),
    ]),
  );
  expect(releases()).toEqual([expect.stringMatching(/^solo-base-ami-0bbbbbbbbbbbbbbbb-/)]);
  const started = [first, second].map((answer) => answer?.started);
  expect(started).toContainEqual(releases());
  expect(rig.item('IMAGE#solo', 'BASE')?.value).toBe(B);
  expect(marks()).toEqual([]);
});

it('starts nothing while a base image stays where it is', async () => {
  const before = releases();
  expect(await tick()).toEqual({ started: [] });
  expect(releases()).toEqual(before);
});

it('marks the same move once more as a duplicate', async () => {
  move('solo', A);
  await tick();
  const before = releases();
  expect(before).toHaveLength(2);
  move('solo', B);
  expect(await tick()).toEqual({ started: [] });
  expect(releases()).toEqual(before);
  expect(marks()).toEqual([
    expect.objectContaining({ releaseId: before[0], eventId: expect.any(String) }),
  ]);
});

it('looks at the other base images when one cannot be read, and says which', async () => {
  move('solo', 'ami-0cccccccccccccccc');
  move('web', 'ami-0dddddddddddddddd');
  rig.disturb = ({ operation, input }) =>
    operation === 'GetParameter' && JSON.stringify(input).includes('solo-base')
      ? { fail: new AwsError('ParameterNotFound', '') }
      : undefined;
  const before = releases().length;
  expect(await tick()).toMatchObject({
    errorType: 'Unexpected',
    errorMessage: expect.stringContaining('solo: '),
  });
  expect(releases().slice(before)).toEqual([expect.stringMatching(/^web-base-ami-0dddd/)]);
  rig.disturb = () => undefined;
  expect(await tick()).toEqual({ started: [expect.stringMatching(/^solo-base-ami-0cccc/)] });
});

it('starts a release for an upstream image, by an event of the account', async () => {
  const before = releases().length;
  rig.finishUpstream?.();
  await rig.quiet();
  expect(releases().slice(before)).toEqual([expect.stringMatching(/^api-upstream-golden-/)]);
});

it('starts nothing twice when the same event is delivered twice; another that tells the same is a duplicate', async () => {
  const before = releases().length;
  const event = {
    ...anEvent('imagebuilder/upstream-available'),
    id: 'first',
    resources: [`${UPSTREAM}/9.0.0/1`],
  };
  const marksBefore = marks().length;
  const first = await rig.invoke('ReceiveCause', event);
  expect(first).toEqual({ started: [expect.stringMatching(/^api-upstream-golden-9/)] });
  // While it runs, the same start is answered as started; after its end, as one that was.
  expect(await rig.invoke('ReceiveCause', event)).toEqual(first);
  expect(marks()).toHaveLength(marksBefore);
  expect(await rig.invoke('ReceiveCause', { ...event, id: 'second' })).toEqual({ started: [] });
  expect(marks()).toHaveLength(marksBefore + 1);
  await rig.quiet();
  await rig.invoke('ReceiveCause', event);
  expect(releases().slice(before)).toHaveLength(1);
});

it.each([
  'imagebuilder/upstream-building',
  'imagebuilder/invalid-upstream-no-id',
  'imagebuilder/invalid-flat-state',
  'imagebuilder/image-available',
  'cloudwatch/alarm-state-change',
])('starts nothing for %s', async (path) => {
  const before = releases();
  expect(await rig.invoke('ReceiveCause', anEvent(path))).toEqual({ started: [] });
  expect(releases()).toEqual(before);
});
