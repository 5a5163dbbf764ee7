import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, it } from 'vitest';
import { readGatesTogether } from '../../lambdas/adapters/gates.ts';
import { inTurns } from '../../lambdas/adapters/in-turns.ts';
import { aFleetPolicy } from '../builders.ts';

const fleets = Array.from({ length: 250 }, (_, index) => ({
  policy: aFleetPolicy({
    name: `fleet-${index}`,
    gates: [
      { kind: 'alarms', mode: 'enforce', alarms: [`alarm-${index}`, 'of-all'] },
      { kind: 'target-health', mode: 'enforce', healthyPercentMin: 100 },
    ],
  }),
  targetGroupArns: [`targets-${index}`],
}));

/** Both services at once; counts calls, and how many are under way at a time. */
function services(fails: (input: unknown) => boolean = () => false) {
  const seen = { alarms: 0, targets: 0, atATime: 0 };
  let underWay = 0;
  const cloudWatch = {
    send: async ({ input }: { input: { AlarmNames: string[] } }) => {
      seen.alarms += 1;
      if (fails(input)) throw new Error('throttled');
      return {
        MetricAlarms: input.AlarmNames.map((AlarmName) => ({ AlarmName, StateValue: 'OK' })),
      };
    },
  } as unknown as CloudWatchClient;
  const elb = {
    send: async ({ input }: { input: { TargetGroupArn: string } }) => {
      seen.targets += 1;
      underWay += 1;
      seen.atATime = Math.max(seen.atATime, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      if (fails(input)) throw new Error('throttled');
      const Target = { Id: `i-of-${input.TargetGroupArn}` };
      return { TargetHealthDescriptions: [{ Target, TargetHealth: { State: 'healthy' } }] };
    },
  } as unknown as ElasticLoadBalancingV2Client;
  return { seen, clients: { cloudWatch, elb } };
}

it('the gates of a large wave are read in few calls, and few at a time', async () => {
  const { seen, clients } = services();
  const readings = await readGatesTogether(clients, fleets);
  // 251 names, 100 to a call.
  expect(seen).toEqual({ alarms: 3, targets: 250, atATime: 8 });
  expect(readings[7]).toEqual({
    alarms: [
      { name: 'alarm-7', state: 'OK', reason: '' },
      { name: 'of-all', state: 'OK', reason: '' },
    ],
    targets: [
      {
        targetGroupArn: 'targets-7',
        instanceId: 'i-of-targets-7',
        state: 'healthy',
        reason: undefined,
      },
    ],
    unreadable: [],
  });
});

it('target health that cannot be read is unreadable for its own fleet alone', async () => {
  const { clients } = services((input) => JSON.stringify(input).includes('"targets-3"'));
  const readings = await readGatesTogether(clients, fleets.slice(0, 5));
  expect(readings.map((one) => one.unreadable.map(({ source }) => source))).toEqual([
    [],
    [],
    [],
    ['target-health'],
    [],
  ]);
});

it('alarms that cannot be read are unreadable for every fleet', async () => {
  const { clients } = services((input) => JSON.stringify(input).includes('AlarmNames'));
  const readings = await readGatesTogether(clients, fleets.slice(0, 2));
  for (const { alarms, targets, unreadable } of readings) {
    expect({ alarms, unreadable }).toEqual({
      alarms: [],
      unreadable: [{ source: 'alarms', error: 'Error: throttled' }],
    });
    expect(targets).toHaveLength(1);
  }
});

it('work in turns answers in order, and fails when any of it does', async () => {
  const double = async (one: number) => {
    if (one === 13) throw new Error('unlucky');
    await new Promise((resolve) => setImmediate(resolve));
    return one * 2;
  };
  expect(await inTurns([3, 1, 2], 2, double)).toEqual([6, 2, 4]);
  expect(await inTurns([], 2, double)).toEqual([]);
  await expect(inTurns([1, 13, 2], 2, double)).rejects.toThrow('unlucky');
});
