import type { ComparisonOperator, StateValue } from '@aws-sdk/client-cloudwatch';

/** How an alarm looks at its data points. */
export interface AlarmRuleset {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  readonly treatMissingData: 'missing' | 'ignore' | 'breaching' | 'notBreaching';
}

/** Data points beyond EvaluationPeriods that are looked at when some are missing. @see CW-UG/alarms-and-missing-data */
export const EXTRA_DATAPOINTS = 2;

/**
 * The state of an alarm from its data points, oldest first, `undefined` where one is missing; the list covers
 * EvaluationPeriods and the extra ones. With enough real points the missing treatment plays no part.
 * @see CW-UG/alarms-and-missing-data, both tables
 */
export function evaluateAlarm(
  points: readonly (number | undefined)[],
  rules: AlarmRuleset,
  current: StateValue,
): { state: StateValue; reason: () => string; breaching: number; real: readonly number[] } {
  const all = points.filter((point) => point !== undefined);
  const real = all.slice(-rules.evaluationPeriods);
  const breaching = real.filter((point) => breaches(point, rules)).length;
  const missing = rules.evaluationPeriods - real.length;
  const answer = (state: StateValue) => ({
    state,
    reason: () => reasonOf(state, real, missing, breaching, rules),
    breaching,
    real,
  });
  if (breaching >= rules.datapointsToAlarm) return answer('ALARM');
  if (missing <= 0 || rules.treatMissingData === 'notBreaching') return answer('OK');
  if (rules.treatMissingData === 'breaching')
    return answer(breaching + missing >= rules.datapointsToAlarm ? 'ALARM' : 'OK');
  const ignore = rules.treatMissingData === 'ignore';
  if (real.length === 0) return answer(ignore ? current : 'INSUFFICIENT_DATA');
  if (breaching < real.length) return answer('OK');
  if (ignore) return answer(current);
  return answer(ageOfOldest(points) >= rules.datapointsToAlarm ? 'ALARM' : 'OK');
}

/**
 * Periods since the oldest real point, the newest period counting 1. When all real points breach and the oldest is as
 * old as DatapointsToAlarm, CloudWatch alarms rather than waits for points that may never come.
 */
function ageOfOldest(points: readonly (number | undefined)[]): number {
  return points.length - points.findIndex((point) => point !== undefined);
}

export function breaches(
  value: number,
  rules: Pick<AlarmRuleset, 'comparison' | 'threshold'>,
): boolean {
  switch (rules.comparison) {
    case 'GreaterThanThreshold':
      return value > rules.threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= rules.threshold;
    case 'LessThanThreshold':
      return value < rules.threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= rules.threshold;
    default:
      // Anomaly detection bands are refused when the alarm is made.
      throw new Error(`unsupported comparison ${rules.comparison}`);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

function reasonOf(
  state: StateValue,
  real: readonly number[],
  missing: number,
  breaching: number,
  rules: AlarmRuleset,
): string {
  const plural = (count: number) => `${count} datapoint${count === 1 ? '' : 's'}`;
  if (real.length === 0) {
    const treated =
      rules.treatMissingData === 'breaching' || rules.treatMissingData === 'notBreaching'
        ? ` and ${missing === 1 ? '1 missing datapoint was' : `${missing} missing datapoints were`} treated as [${rules.treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching'}]`
        : '';
    if (state === 'INSUFFICIENT_DATA')
      return `Insufficient Data: ${plural(missing)} ${missing === 1 ? 'was' : 'were'} unknown.`;
    return `Threshold Crossed: no datapoints were received for ${rules.evaluationPeriods} period${rules.evaluationPeriods === 1 ? '' : 's'}${treated}.`;
  }
  const comparison = `${WORDS[rules.comparison]} the threshold (${rules.threshold})`;
  const shown = `[${real.join(', ')}]`;
  if (state === 'ALARM')
    return `Threshold Crossed: ${breaching} out of the last ${plural(real.length)} ${shown} ${breaching === 1 ? 'was' : 'were'} ${comparison} (minimum ${plural(rules.datapointsToAlarm)} for OK -> ALARM transition).`;
  return `Threshold Crossed: ${real.length - breaching} out of the last ${plural(real.length)} ${shown} ${real.length - breaching === 1 ? 'was' : 'were'} not ${comparison} (minimum ${plural(rules.evaluationPeriods - rules.datapointsToAlarm + 1)} for ALARM -> OK transition).`;
}
