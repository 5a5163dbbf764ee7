import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';

/**
 * Private addresses of those instances that run; the others have left or are about to. Asked for by a filter, since one id
 * that EC2 does not know (any more) would fail the call for all.
 */
export async function privateAddresses(
  client: EC2Client,
  instanceIds: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
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
      for (const { InstanceId: id, PrivateIpAddress: v4, Ipv6Address: v6 } of instances) {
        const address = v4 ?? v6;
        if (id !== undefined && address !== undefined) found[id] = address;
      }
    }
    token = next;
  } while (token !== undefined);
  return found;
}
