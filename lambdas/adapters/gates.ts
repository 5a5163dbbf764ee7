import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AlarmReading, GateReading, TargetReading } from '../core/observation.ts';
import type { FleetPolicy } from '../core/policy.ts';
import { inTurns } from './in-turns.ts';

/** DescribeAlarms takes 100 names at most (CloudWatch API reference). */
const NAMES = 100;

/** Metric and composite alarms; one that does not exist reads `MISSING`. */
export async function readAlarms(
  client: CloudWatchClient,
  names: readonly string[],
): Promise<readonly AlarmReading[]> {
  const found = new Map<string, AlarmReading>();
  for (let start = 0; start < names.length; start += NAMES) {
    const answer = await client.send(
      new DescribeAlarmsCommand({
        AlarmNames: names.slice(start, start + NAMES),
        // Without this, composite alarms are left out (CloudWatch API reference, DescribeAlarms).
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: NAMES,
      }),
    );
    for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]) {
      if (alarm.AlarmName === undefined || alarm.StateValue === undefined) continue;
      const { AlarmName: name, StateValue: state, StateReason: reason = '' } = alarm;
      found.set(name, { name, state, reason });
    }
  }
  return names.map(
    (name) => found.get(name) ?? { name, state: 'MISSING', reason: 'there is no such alarm' },
  );
}

export const alarmsOf = (policy: FleetPolicy): readonly string[] => [
  ...new Set(policy.gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : []))),
];

export const enforcedAlarmsOf = (policy: FleetPolicy): readonly string[] => [
  ...new Set(
    policy.gates.flatMap((gate) =>
      gate.kind === 'alarms' && gate.mode === 'enforce' ? gate.alarms : [],
    ),
  ),
];

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

/** A fleet's gates, and where its instances are registered. */
export interface GatedFleet {
  readonly policy: FleetPolicy;
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
