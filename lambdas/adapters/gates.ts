import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { GateReading, TargetReading } from '../core/observation.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { alarmsOf, readAlarms } from './alarms.ts';
import { inTurns } from './in-turns.ts';

async function readTargets(
  client: ElasticLoadBalancingV2Client,
  targetGroupArns: readonly string[],
): Promise<readonly TargetReading[]> {
  const read = await Promise.all(
    targetGroupArns.map(async (targetGroupArn) => {
      const { TargetHealthDescriptions: targets = [] } = await client.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
      );
      return targets.map((one) => ({
        targetGroupArn,
        instanceId: one.Target?.Id ?? '',
        state: one.TargetHealth?.State ?? 'unavailable',
        reason: one.TargetHealth?.Description ?? one.TargetHealth?.Reason,
      }));
    }),
  );
  return read.flat();
}

interface Clients {
  readonly cloudWatch: CloudWatchClient;
  readonly elb: ElasticLoadBalancingV2Client;
}

/** The gates of a fleet or a wave, and where its instances are registered. */
export interface GatedFleet {
  readonly policy: Pick<FleetPolicy, 'gates'>;
  readonly targetGroupArns: readonly string[];
}

/** Fleets whose target health is read at a time. */
const FLEETS_AT_A_TIME = 8;

/** Reads what the fleet's gates ask for. A source that cannot be read is named, and is no verdict. */
export async function readGates(
  clients: Clients,
  policy: FleetPolicy,
  targetGroupArns: readonly string[],
): Promise<GateReading> {
  const [reading] = await readGatesTogether(clients, [{ policy, targetGroupArns }]);
  return reading ?? { alarms: [], targets: [], unreadable: [] };
}

/**
 * The same for many fleets, in their order: the alarms of all in as few calls as they fit in, and target health a few fleets
 * at a time, so that a large wave does not throttle its own look.
 */
export async function readGatesTogether(
  clients: Clients,
  fleets: readonly GatedFleet[],
): Promise<readonly GateReading[]> {
  const names = new Set(fleets.flatMap(({ policy }) => alarmsOf(policy)));
  const [[alarms], targets] = await Promise.all([
    Promise.allSettled([readAlarms(clients.cloudWatch, [...names])]),
    inTurns(fleets, FLEETS_AT_A_TIME, async ({ policy, targetGroupArns }) => {
      const wanted = policy.gates.some((gate) => gate.kind === 'target-health');
      const [read] = await Promise.allSettled([
        wanted ? readTargets(clients.elb, targetGroupArns) : [],
      ]);
      return read;
    }),
  ]);
  const byName = new Map(
    alarms.status === 'fulfilled' ? alarms.value.map((one) => [one.name, one]) : [],
  );
  return fleets.map(({ policy }, index) => {
    const health = targets[index] ?? { status: 'rejected', reason: 'not read' };
    return {
      alarms: alarmsOf(policy).flatMap((name) => byName.get(name) ?? []),
      targets: health.status === 'fulfilled' ? health.value : [],
      unreadable: [...failed('alarms', alarms), ...failed('target-health', health)],
    };
  });
}

const failed = (source: 'alarms' | 'target-health', result: PromiseSettledResult<unknown>) =>
  result.status === 'rejected' ? [{ source, error: String(result.reason) }] : [];
