import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AlarmReading, GateReading, TargetReading } from '../core/observation.ts';
import type { FleetPolicy } from '../core/policy.ts';

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

/** Reads what the fleet's gates ask for. A source that cannot be read is named, and is no verdict. */
export async function readGates(
  clients: { readonly cloudWatch: CloudWatchClient; readonly elb: ElasticLoadBalancingV2Client },
  policy: FleetPolicy,
  targetGroupArns: readonly string[],
): Promise<GateReading> {
  const wantsTargets = policy.gates.some((gate) => gate.kind === 'target-health');
  const [alarms, targets] = await Promise.allSettled([
    readAlarms(clients.cloudWatch, alarmsOf(policy)),
    wantsTargets ? readTargets(clients.elb, targetGroupArns) : Promise.resolve([]),
  ]);
  const failed = (source: 'alarms' | 'target-health', result: PromiseSettledResult<unknown>) =>
    result.status === 'rejected' ? [{ source, error: String(result.reason) }] : [];
  return {
    alarms: alarms.status === 'fulfilled' ? alarms.value : [],
    targets: targets.status === 'fulfilled' ? targets.value : [],
    unreadable: [...failed('alarms', alarms), ...failed('target-health', targets)],
  };
}
