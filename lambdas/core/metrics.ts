/** Names of Kiln's own metrics: what functions emit and what constructs read, said once. */
export const metricNamespace = 'Kiln';
export const hubDimension = 'Hub';

/** How many releases ended so. */
export const ReleaseMetric = {
  promoted: 'ReleasesPromoted',
  'rolled-back': 'ReleasesRolledBack',
  failed: 'ReleasesFailed',
  'needs-a-person': 'ReleasesNeedingAPerson',
} as const;
export type MeasuredOutcome = keyof typeof ReleaseMetric;

/** Dead executions whose Recovers died one after another, until a sweep began no more: what they own is left to a person. */
export const ORPHANS_GIVEN_UP = 'OrphansGivenUp';

/** A line of log, to be printed as JSON, of which CloudWatch makes the metric of a release that has ended. */
export const releaseMetricLine = (
  hub: string,
  outcome: MeasuredOutcome,
  nowMs: number,
): Readonly<Record<string, unknown>> => metricLine(hub, ReleaseMetric[outcome], 1, nowMs);

/** The same of how many orphans one sweep has given up. */
export const orphansMetricLine = (
  hub: string,
  count: number,
  nowMs: number,
): Readonly<Record<string, unknown>> => metricLine(hub, ORPHANS_GIVEN_UP, count, nowMs);

/** @see CloudWatch user guide, CloudWatch_Embedded_Metric_Format_Specification */
const metricLine = (
  hub: string,
  name: string,
  value: number,
  nowMs: number,
): Readonly<Record<string, unknown>> => ({
  _aws: {
    Timestamp: nowMs,
    CloudWatchMetrics: [
      {
        Namespace: metricNamespace,
        Dimensions: [[hubDimension]],
        Metrics: [{ Name: name, Unit: 'Count' }],
      },
    ],
  },
  [hubDimension]: hub,
  [name]: value,
});
