import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readWake } from '../../lambdas/core/wakes.ts';
import type { Json } from '../../simulator/contract.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';
import { anEvent, fixtures } from './events.ts';

const REFRESH = 'ab00cf8f-9126-4f3c-8010-dbb8cad6fb86';
const solo = { kind: 'group', groupName: 'solo' };
const recipe = (recipeName: string) => ({ kind: 'recipe', recipeName });
const refresh = (more: object) => ({ kind: 'refresh', instanceRefreshId: REFRESH, ...more });

/** Every sample: whose subject it is, and what a look should come to see; nothing for those that wake nobody. */
const meanings: Readonly<
  Record<string, readonly [subject: object, announced: object] | undefined>
> = {
  'autoscaling/refresh-started': [solo, refresh({})],
  'autoscaling/refresh-checkpoint-reached': [solo, refresh({ percent: 50 })],
  'autoscaling/refresh-succeeded': [solo, refresh({ status: 'Successful' })],
  'autoscaling/refresh-failed': [solo, refresh({ status: 'Failed' })],
  'autoscaling/refresh-cancelled': [solo, refresh({ status: 'Cancelled' })],
  'autoscaling/refresh-rollback-started': [solo, refresh({ status: 'RollbackInProgress' })],
  'autoscaling/refresh-rollback-succeeded': [solo, refresh({ status: 'RollbackSuccessful' })],
  'autoscaling/refresh-rollback-failed': [solo, refresh({ status: 'RollbackFailed' })],
  'autoscaling/refresh-started-baking': [solo, refresh({})],
  'autoscaling/launch-unsuccessful': [solo, { kind: 'launch-failed' }],
  'autoscaling/launch-lifecycle-action': undefined,
  'autoscaling/invalid-refresh-no-id': undefined,
  'autoscaling/invalid-refresh-no-group': undefined,
  'cloudwatch/alarm-state-change': [
    { kind: 'alarm', alarmName: 'solo-errors' },
    { kind: 'alarm', name: 'solo-errors', state: 'ALARM' },
  ],
  'cloudwatch/composite-alarm-state-change': [
    { kind: 'alarm', alarmName: 'solo-errors' },
    { kind: 'alarm', name: 'solo-errors', state: 'ALARM' },
  ],
  'cloudwatch/alarm-configuration-change': undefined,
  'cloudwatch/invalid-no-state': undefined,
  'imagebuilder/image-available': [
    recipe('kiln-main-solo'),
    { kind: 'image', status: 'AVAILABLE' },
  ],
  'imagebuilder/image-failed': [recipe('kiln-main-solo'), { kind: 'image', status: 'FAILED' }],
  'imagebuilder/upstream-available': [recipe('golden'), { kind: 'image', status: 'AVAILABLE' }],
  'imagebuilder/upstream-building': [recipe('golden'), { kind: 'image', status: 'BUILDING' }],
  'imagebuilder/invalid-upstream-no-id': [recipe('golden'), { kind: 'image', status: 'AVAILABLE' }],
  'imagebuilder/invalid-no-resources': undefined,
  'imagebuilder/invalid-flat-state': undefined,
  'imagebuilder/cve-detected': undefined,
  'states/execution-aborted': undefined,
};

describe('an event says whose subject it is and what a look should come to see', () => {
  it('in every sample that we have', () => {
    expect(
      fixtures()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(Object.keys(meanings).sort());
  });
  it.each(fixtures())('$path', ({ path, event, origin }) => {
    expect(origin).not.toBe('');
    const [subject, announced] = meanings[path] ?? [];
    expect(readWake(event)).toEqual(subject && { subject, announced });
  });
  it.each([null, undefined, 'text', 7, [], {}, { source: 'aws.ec2' }])('nothing in %j', (event) => {
    expect(readWake(event)).toBeUndefined();
  });
});

describe('while a canary of fleet solo is held', () => {
  let rig: Rig;
  /** Virtual seconds, from the wake on, at which the parked execution was looked at. */
  let looks: number[];
  let fromMs: number;
  const publish = (path: string, detail: object = {}) => {
    const {
      source,
      'detail-type': detailType,
      resources,
      detail: sample,
    } = anEvent(path) as {
      readonly source: string;
      readonly 'detail-type': string;
      readonly resources: readonly string[];
      readonly detail: object;
    };
    fromMs = rig.world.nowMs();
    rig.account.eventBridge.emit({
      source,
      detailType,
      resources,
      detail: { ...sample, ...detail } as Json,
    });
  };

  beforeAll(async () => {
    rig = await makeRig();
    await rig.start('release', { image: 'solo' });
    await rig.entered('Hold the fleet');
    await rig.entered('Supervise the rollout');
    await rig.minutes(1);
    rig.disturb = ({ operation, caller, input }) => {
      const { FunctionName = '' } = input as { readonly FunctionName?: string };
      const byWake = caller.kind === 'role' && caller.session.includes('Wake');
      if (operation === 'Invoke' && byWake && /Supervise/.test(FunctionName)) {
        looks.push(Math.round((rig.world.nowMs() - fromMs) / 1000));
      }
      return undefined;
    };
  });
  beforeEach(() => {
    looks = [];
  });

  it('looks once when it sees what was announced', async () => {
    publish('autoscaling/launch-unsuccessful');
    await rig.world.advance(5_000);
    publish('cloudwatch/alarm-state-change', {
      state: { value: 'OK', reason: '', timestamp: '' },
    });
    await rig.world.advance(5_000);
    expect(looks).toHaveLength(2);
  });

  it('looks again after 15 s and 60 s when a look does not see it yet, then leaves it to the safety net', async () => {
    const [id] = rig.refreshes('solo').map(({ InstanceRefreshId }) => InstanceRefreshId);
    publish('autoscaling/refresh-succeeded', { InstanceRefreshId: id });
    await rig.world.advance(100_000);
    expect(looks).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = looks;
    expect(first).toBeLessThan(3);
    expect(second - first).toBeGreaterThanOrEqual(15);
    expect(second - first).toBeLessThan(20);
    expect(third - second).toBeGreaterThanOrEqual(60);
    expect(third - second).toBeLessThan(65);
  });

  it.each([
    'autoscaling/invalid-refresh-no-id',
    'autoscaling/launch-lifecycle-action',
    'cloudwatch/alarm-configuration-change',
    'imagebuilder/cve-detected',
    'imagebuilder/upstream-available',
    'states/execution-aborted',
  ])('nobody is woken by %s', async (path) => {
    publish(path);
    await rig.invoke('Wake', anEvent(path));
    await rig.world.advance(3_000);
    expect(looks).toEqual([]);
  });

  it('wakes nobody for a group, an image or an alarm that is not of this catalogue', async () => {
    const { detail } = anEvent('autoscaling/refresh-failed');
    const event = {
      ...anEvent('autoscaling/refresh-failed'),
      detail: { ...(detail as object), AutoScalingGroupName: 'somebody-elses' },
    };
    expect(await rig.invoke('Wake', event)).toEqual({ looks: 0 });
    expect(looks).toEqual([]);
  });
});

it('without any event, the safety net brings a release to its end', async () => {
  const rig = await makeRig();
  rig.account.eventBridge.setDisturbance(() => 'lose');
  const arn = await rig.start('release', { image: 'solo' });
  expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted' } });
  expect(
    rig.states.some(({ phase, state }) => phase === 'retried' && /^Supervise/.test(state)),
  ).toBe(true);
  expect(rig.leftovers()).toEqual([]);
});
