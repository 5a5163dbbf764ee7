import type { EC2Client } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { runningInstances } from '../../lambdas/adapters/running-instances.ts';

const started = new Date('2026-11-23T10:00:00.000Z');
const page = (instances: readonly object[], token?: string) => ({
  Reservations: instances.map((one) => ({ Instances: [{ LaunchTime: started, ...one }] })),
  ...(token === undefined ? {} : { NextToken: token }),
});

it('finds those that run on all pages, by IPv4 where there is one, and leaves out what has no address', async () => {
  const asked: unknown[] = [];
  const pages = [
    page([{ InstanceId: 'i-1', PrivateIpAddress: '10.0.0.1', Ipv6Address: 'fd12::1' }], 'more'),
    page([{ InstanceId: 'i-2', Ipv6Address: 'fd12::2' }, { InstanceId: 'i-3' }]),
  ];
  const client = {
    send: async ({ input }: { input: unknown }) => {
      asked.push(input);
      return pages[asked.length - 1];
    },
  } as unknown as EC2Client;
  const startedAt = '2026-11-23T10:00:00.000Z';
  expect(await runningInstances(client, ['i-1', 'i-2', 'i-3', 'i-4'])).toEqual({
    'i-1': { address: '10.0.0.1', startedAt },
    'i-2': { address: 'fd12::2', startedAt },
  });
  // Ids by a filter: one that is not known any more fails nothing.
  const filters = [
    { Name: 'instance-id', Values: ['i-1', 'i-2', 'i-3', 'i-4'] },
    { Name: 'instance-state-name', Values: ['running'] },
  ];
  expect(asked).toEqual([{ Filters: filters }, { Filters: filters, NextToken: 'more' }]);
});
