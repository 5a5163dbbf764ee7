import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { isoInstant } from '../core/durations.ts';
import type { LocateAnswer } from '../core/probe/exchange.ts';

/**
 * Where those instances are that run, and since when; the others have left or are about to. Asked for by a filter, since one id
 * that EC2 does not know (any more) would fail the call for all.
 */
export async function runningInstances(
  client: EC2Client,
  instanceIds: readonly string[],
): Promise<LocateAnswer['instances']> {
  const found: LocateAnswer['instances'] = {};
  let token: string | undefined;
  do {
    const { Reservations: reservations = [], NextToken: next } = await client.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'instance-id', Values: [...instanceIds] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    for (const { Instances: instances = [] } of reservations) {
      for (const {
        InstanceId: id,
        PrivateIpAddress: v4,
        Ipv6Address: v6,
        LaunchTime,
      } of instances) {
        const address = v4 ?? v6;
        if (id === undefined || address === undefined || LaunchTime === undefined) continue;
        // Of one that was stopped it is the last start. @see EC2 API reference, Instance
        found[id] = { address, startedAt: isoInstant(LaunchTime.getTime()) };
      }
    }
    token = next;
  } while (token !== undefined);
  return found;
}
