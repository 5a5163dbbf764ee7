import type { CloudWatchClient, GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { expect, it, vi } from 'vitest';
import { readSoakEvidence } from '../../lambdas/adapters/soak-evidence.ts';
import { aFleetPolicy, at } from '../builders.ts';

const policy = (what: 'requests' | 'samples' = 'requests') =>
  aFleetPolicy({
    soakEvidence: {
      ...{ what, min: 10, soakSecondsMax: 3_600 },
      metric: { namespace: 'Web', name: 'Requests', dimensions: { ImageId: '{{image}}' } },
    },
  });
function cloudWatch(...answers: readonly object[]) {
  const asked: GetMetricDataCommandInput[] = [];
  const client = {
    send: async ({ input }: { input: GetMetricDataCommandInput }) => {
      asked.push(input);
      return answers[asked.length - 1] ?? {};
    },
  } as unknown as CloudWatchClient;
  return { asked, client };
}

it('counts whole minutes from the beginning of the soak on, over all pages', async () => {
  const page = (Values: readonly number[], NextToken?: string) => ({
    MetricDataResults: [{ Id: 'seen', Values }],
    NextToken,
  });
  const { asked, client } = cloudWatch(page([10, 20.5], 'more'), page([5]));
  expect(await readSoakEvidence(client, policy(), 'ami-0new', at(90), at(600))).toBe(35);
  expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
  expect(asked[0]).toMatchObject({ StartTime: new Date(at(120)), EndTime: new Date(at(600)) });
  expect(asked[0]?.MetricDataQueries?.[0]?.MetricStat).toEqual({
    Metric: {
      Namespace: 'Web',
      MetricName: 'Requests',
      Dimensions: [{ Name: 'ImageId', Value: 'ami-0new' }],
    },
    Period: 60,
    Stat: 'Sum',
  });
});

it('counts values where samples are asked for', async () => {
  const { asked, client } = cloudWatch({});
  expect(await readSoakEvidence(client, policy('samples'), 'ami-0new', at(0), at(600))).toBe(0);
  expect(asked[0]?.MetricDataQueries?.[0]?.MetricStat?.Stat).toBe('SampleCount');
});

it('asks nothing before a minute is over, nor where no evidence is asked for', async () => {
  const { asked, client } = cloudWatch();
  expect(await readSoakEvidence(client, policy(), 'ami-0new', at(90), at(179))).toBe(0);
  expect(
    await readSoakEvidence(client, aFleetPolicy(), 'ami-0new', at(0), at(600)),
  ).toBeUndefined();
  expect(asked).toEqual([]);
});

it('what cannot be read is no evidence, and is told', async () => {
  const log = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const told = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const client = {
    send: async () => {
      throw new Error('throttled');
    },
  } as unknown as CloudWatchClient;
  try {
    expect(await readSoakEvidence(client, policy(), 'ami', at(0), at(600))).toBeUndefined();
  } finally {
    log.mockRestore();
    told.mockRestore();
  }
});
