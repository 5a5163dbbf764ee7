import type { GetMetricDataOutput } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import type { ImageBehaviour } from '../../../simulator/contract.ts';
import { type Account, Fleet, healthyBehaviour, makeAccount, START_MS } from './account.ts';

const CPU = { namespace: 'AWS/EC2', name: 'CPUUtilization', shows: 'burden' } as const;
const dimensions = { InstanceId: '{{instance}}', ImageId: '{{image}}' };

/** All values of one metric of an instance or image, oldest first. */
function valuesOf(account: Account, name: string, by: Readonly<Record<string, string>>) {
  const { MetricDataResults: [found] = [] } = account.call<GetMetricDataOutput>(
    account.cloudWatch,
    'GetMetricData',
    {
      ScanBy: 'TimestampAscending',
      StartTime: new Date(START_MS),
      EndTime: new Date(account.world.nowMs()),
      MetricDataQueries: [
        {
          Id: 'one',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/EC2',
              MetricName: name,
              Dimensions: Object.entries(by).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: 60,
            Stat: 'Average',
          },
        },
      ],
    },
  );
  return found?.Values ?? [];
}

async function published(behaviour: ImageBehaviour, minutes = 40) {
  const account = makeAccount();
  const fleet = await Fleet.make(account, { size: 2, behaviour });
  account.autoScaling.publish('web', [
    { ...CPU, dimensions },
    { ...CPU, name: 'Idle', shows: 'relief', dimensions },
    { ...CPU, name: 'Requests', shows: 'nothing', dimensions: { Fleet: 'web' } },
  ]);
  fleet.start({
    CheckpointPercentages: [50, 100],
    CheckpointDelay: 7200,
    MinHealthyPercentage: 50,
  });
  await account.minutes(minutes);
  const by = (version: string, imageId: string) => {
    const instances = fleet.group().Instances ?? [];
    const found = instances.find((one) => one.LaunchTemplate?.Version === version);
    return { InstanceId: found?.InstanceId ?? '', ImageId: imageId };
  };
  return { account, old: by('1', fleet.oldImage), fresh: by('2', fleet.newImage) };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('what the instances of a group publish', () => {
  it('is a value a minute of each, and a common one where no dimension tells them apart', async () => {
    const { account, old, fresh } = await published(healthyBehaviour);
    expect(valuesOf(account, 'CPUUtilization', old).length).toBeGreaterThanOrEqual(39);
    const young = valuesOf(account, 'CPUUtilization', fresh);
    expect(young.length).toBeGreaterThan(20);
    expect(mean(young) / mean(valuesOf(account, 'CPUUtilization', old))).toBeCloseTo(1, 1);
    expect(valuesOf(account, 'Requests', { Fleet: 'web' }).length).toBeGreaterThanOrEqual(39);
  });

  it('shows the burden of an image, and what its relief is', async () => {
    const { account, old, fresh } = await published({ ...healthyBehaviour, burden: () => 2 });
    const ratio = (name: string) =>
      mean(valuesOf(account, name, fresh)) / mean(valuesOf(account, name, old));
    expect(ratio('CPUUtilization')).toBeCloseTo(2, 0);
    expect(ratio('Idle')).toBeCloseTo(0.5, 0);
  });

  it('is nothing from an image that has fallen silent', async () => {
    const burden = (minute: number) => (minute < 3 ? 1 : undefined);
    const { account, old, fresh } = await published({ ...healthyBehaviour, burden });
    expect(valuesOf(account, 'CPUUtilization', fresh).length).toBeLessThanOrEqual(3);
    expect(valuesOf(account, 'CPUUtilization', old).length).toBeGreaterThanOrEqual(39);
  });

  it('is read of an instance that has left, too', async () => {
    const { account, old } = await published(healthyBehaviour);
    account.call(account.autoScaling, 'TerminateInstanceInAutoScalingGroup', {
      InstanceId: old.InstanceId,
      ShouldDecrementDesiredCapacity: true,
    });
    const before = valuesOf(account, 'CPUUtilization', old).length;
    await account.minutes(10);
    const after = valuesOf(account, 'CPUUtilization', old).length;
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeLessThan(before + 5);
  });

  it('belongs to a group that there is', () => {
    expect(() => makeAccount().autoScaling.publish('nowhere', [])).toThrow();
  });
});
