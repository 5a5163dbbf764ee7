import type { Json, OutgoingEvent } from '../contract.ts';
import type { AlarmRecord, AlarmState, MetricAlarmRecord } from './cloudwatch-alarms.ts';
import type { MetricName } from './cloudwatch-metrics.ts';

/** `CloudWatch Alarm State Change`. @see CW-UG/cloudwatch-and-eventbridge */
export function alarmEvent(alarm: AlarmRecord, previous: AlarmState): OutgoingEvent {
  const description = alarm.definition.AlarmDescription;
  return {
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      configuration: {
        ...(description === undefined ? {} : { description }),
        ...(alarm.kind === 'metric'
          ? { metrics: metricsOf(alarm) }
          : { alarmRule: alarm.definition.AlarmRule ?? '' }),
      },
      previousState: stateShown(previous),
      state: stateShown(alarm.state),
    },
  };
}

function stateShown(state: AlarmState): Json {
  return {
    value: state.value,
    reason: state.reason,
    ...(state.reasonData === undefined ? {} : { reasonData: state.reasonData }),
    timestamp: new Date(state.atMs).toISOString().replace('Z', '+0000'),
  };
}

function metricsOf(alarm: MetricAlarmRecord): Json {
  const { definition } = alarm;
  if (definition.Metrics === undefined) {
    const [metric] = alarm.input.metrics;
    if (metric === undefined) return [];
    const stat = definition.Statistic ?? definition.ExtendedStatistic ?? '';
    return [metricShown('m1', metric, alarm.input.periodSeconds, stat, true)];
  }
  return definition.Metrics.map((query) => {
    const returnData = query.ReturnData ?? true;
    const id = query.Id ?? '';
    if (query.MetricStat === undefined)
      return { id, expression: query.Expression ?? '', label: query.Label ?? id, returnData };
    const { Metric, Period, Stat } = query.MetricStat;
    const dimensions = Object.fromEntries(
      (Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
    );
    const metric = {
      namespace: Metric?.Namespace ?? '',
      name: Metric?.MetricName ?? '',
      dimensions,
    };
    return metricShown(id, metric, Period ?? 60, Stat ?? '', returnData);
  });
}

function metricShown(
  id: string,
  metric: MetricName,
  period: number,
  stat: string,
  returnData: boolean,
): Json {
  return {
    id,
    metricStat: {
      metric: {
        namespace: metric.namespace,
        name: metric.name,
        dimensions: { ...metric.dimensions },
      },
      period,
      stat,
    },
    returnData,
  };
}
