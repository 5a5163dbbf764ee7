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

/**
 * A line of log, to be printed as JSON, of which CloudWatch makes the metric of a release that has ended.
 *
 * @see CloudWatch user guide, CloudWatch_Embedded_Metric_Format_Specification
 */
export const releaseMetricLine = (
  hub: string,
  outcome: MeasuredOutcome,
  nowMs: number,
): Readonly<Record<string, unknown>> => ({
  _aws: {
    Timestamp: nowMs,
    CloudWatchMetrics: [
      {
        Namespace: metricNamespace,
        Dimensions: [[hubDimension]],
        Metrics: [{ Name: ReleaseMetric[outcome], Unit: 'Count' }],
      },
    ],
  },
  [hubDimension]: hub,
  [ReleaseMetric[outcome]]: 1,
});
