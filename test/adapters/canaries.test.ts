import type { CloudWatchClient, GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { readCanaries } from '../../lambdas/adapters/canaries.ts';
import type { GatePolicy } from '../../lambdas/core/gate-policy.ts';
import { aCanaryGate, at } from '../builders.ts';

const SIDES = {
  comparison: { baseline: ['i-old'], canary: ['i-new'] },
  images: { baseline: 'ami-old', canary: 'ami-new' },
  present: new Set(['i-old', 'i-new']),
};
const GATES: readonly GatePolicy[] = [
  { kind: 'alarms', mode: 'enforce', alarms: ['a'] },
  aCanaryGate(),
];
const REFRESH = { requestedAtMs: at(0) };

type Answer = (input: GetMetricDataCommandInput, call: number) => object;
function cloudWatch(answer: Answer) {
  const asked: GetMetricDataCommandInput[] = [];
  const client = {
    send: async ({ input }: { input: GetMetricDataCommandInput }) => {
      asked.push(input);
      return answer(input, asked.length);
    },
  } as unknown as CloudWatchClient;
  return { asked, client };
}
const result = (Id: string, minutes: readonly number[], StatusCode = 'Complete') => ({
  Id,
  Timestamps: minutes.map((minute) => new Date(at(minute * 60))),
  Values: minutes,
  StatusCode,
});

describe('the values that a canary gate compares', () => {
  it('are asked for as they are published, and put in their places whatever their order', async () => {
    const { asked, client } = cloudWatch(() => ({
      MetricDataResults: [result('m0c0', [4, 2]), result('m0b0', [3, 2, 1])],
    }));
    const { canaries, unreadable } = await readCanaries(client, GATES, SIDES, REFRESH, at(360));
    expect(unreadable).toEqual([]);
    expect(canaries).toEqual([
      {
        gate: 1,
        samples: [{ baseline: [2, 3, null], canary: [2, null, 4] }],
        instances: { baseline: 1, canary: 1 },
        fromMs: at(120),
        toMs: at(300),
      },
    ]);
    expect(asked).toEqual([
      {
        MetricDataQueries: ['i-old', 'i-new'].map((Value, index) => ({
          Id: ['m0b0', 'm0c0'][index],
          ReturnData: true,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/EC2',
              MetricName: 'CPUUtilization',
              Dimensions: [{ Name: 'InstanceId', Value }],
            },
            Period: 60,
            Stat: 'Average',
          },
        })),
        StartTime: new Date(at(0)),
        EndTime: new Date(at(300)),
      },
    ]);
  });

  it('are read to the last page', async () => {
    const { asked, client } = cloudWatch((_, call) =>
      call === 1
        ? { MetricDataResults: [result('m0c0', [1], 'PartialData')], NextToken: 'more' }
        : { MetricDataResults: [result('m0c0', [2])] },
    );
    const { canaries } = await readCanaries(client, GATES, SIDES, REFRESH, at(360));
    expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
    expect(canaries?.[0]?.samples[0]?.canary).toEqual([1, 2, null, null]);
  });

  it.each([
    [
      'an error of the service',
      () => {
        throw new Error('throttled');
      },
      'Error: throttled',
    ],
    [
      'a series that CloudWatch could not read',
      () => ({ MetricDataResults: [result('m0c0', [], 'InternalError')] }),
      'Error: GetMetricData answered InternalError for m0c0',
    ],
    [
      'a series that is not all there',
      () => ({ MetricDataResults: [result('m0c0', [1], 'PartialData')] }),
      'Error: GetMetricData answered PartialData for m0c0',
    ],
  ])('are unreadable after %s, never a verdict', async (_, answer: Answer, error) => {
    const { client } = cloudWatch(answer);
    expect(await readCanaries(client, GATES, SIDES, REFRESH, at(360))).toEqual({
      unreadable: [{ source: 'canary', error }],
    });
  });

  it('are not asked for where nothing compares, or there is nothing to compare yet', async () => {
    const { asked, client } = cloudWatch(() => ({}));
    await readCanaries(client, GATES.slice(0, 1), SIDES, REFRESH, at(360));
    await readCanaries(client, GATES, undefined, REFRESH, at(360));
    expect(await readCanaries(client, GATES, SIDES, REFRESH, at(90))).toEqual({
      canaries: [],
      unreadable: [],
    });
    expect(asked).toEqual([]);
  });

  it('of many instances are asked for in calls of 500 queries', async () => {
    const ids = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    const [first] = aCanaryGate().metrics;
    const metrics = ids(20, 'm').map((name) => ({ ...first!, name }));
    const sides = { ...SIDES, comparison: { baseline: ids(50, 'o'), canary: ids(50, 'n') } };
    const { asked, client } = cloudWatch(() => ({ MetricDataResults: [] }));
    const gates = [aCanaryGate({ metrics })];
    const { canaries } = await readCanaries(client, gates, sides, REFRESH, at(3700));
    expect(asked.map(({ MetricDataQueries }) => MetricDataQueries?.length)).toEqual([
      500, 500, 500, 500,
    ]);
    expect(canaries?.[0]?.samples).toHaveLength(20);
  });
});
