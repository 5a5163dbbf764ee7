import { ec2Client } from '../adapters/clients/ec2.ts';
import { entry } from '../adapters/entry.ts';
import { runningInstances } from '../adapters/running-instances.ts';
import { type LocateAnswer, LocateRequest } from '../core/probe/exchange.ts';

const client = ec2Client();

/** Where instances are, and since when. A function of its own: no other has to carry the client of EC2 for it. */
export const handler = entry(async (event: unknown): Promise<LocateAnswer> => {
  const { instanceIds } = LocateRequest.parse(event);
  return { instances: await runningInstances(client, instanceIds) };
});
