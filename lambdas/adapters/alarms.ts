import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { AlarmReading } from '../core/observation.ts';
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

export const alarmsOf = (policy: Pick<FleetPolicy, 'gates'>): readonly string[] => [
  ...new Set(policy.gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : []))),
];
