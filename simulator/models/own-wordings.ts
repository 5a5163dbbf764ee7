/** The services that do not word what their model refuses as the others do. Each tells its first problem alone, but one. */

import { AwsError } from '../contract.ts';
import type { Limit, Problem, Step, Wrong } from './check.ts';
import { shownValue } from './coral-wording.ts';

/**
 * EC2. Seen: `The request must contain the parameter ImageId`, `The parameter ImageType is not recognized`,
 * `Value () for parameter groupId is invalid. The value cannot be empty`. UNCONFIRMED: the reason after the other values.
 */
export function ec2Refusal({ path, value, wrong }: Problem): AwsError {
  const at = queryPath(path);
  if (wrong.kind === 'missing') {
    return new AwsError('MissingParameter', `The request must contain the parameter ${at}`);
  }
  if (wrong.kind === 'unknown') {
    return new AwsError('UnknownParameter', `The parameter ${at} is not recognized`);
  }
  const name = `${at.charAt(0).toLowerCase()}${at.slice(1)}`;
  const reason = value === '' ? 'The value cannot be empty' : reasonOf(wrong);
  const message = `Value (${shownValue(value)}) for parameter ${name} is invalid. ${reason}`;
  return new AwsError('InvalidParameterValue', message);
}

function reasonOf(wrong: Wrong): string {
  const [limit] = limitsIn(wrong);
  if (limit === undefined)
    return `Expecting ${wrong.kind === 'type' ? aType(wrong) : 'another value'}.`;
  switch (limit.kind) {
    case 'enum':
      return `Expecting one of ${limit.values.join(', ')}.`;
    case 'pattern':
      return `Expecting a value that matches ${limit.pattern}.`;
    default: {
      const what = limit.of === 'length' ? 'a length' : 'a value';
      return `Expecting ${what} ${limit.kind === 'min' ? 'of at least' : 'of at most'} ${limit.bound}.`;
    }
  }
}

/**
 * Image Builder. Seen: `The value supplied for parameter 'semanticVersion' is not valid. semanticVersion must match pattern
 * ^…$`, and paths like `distributions[0].amiDistributionConfiguration.name`. UNCONFIRMED: all others.
 */
export function imageBuilderRefusal({ path, value, wrong }: Problem): AwsError {
  const at = bracketPath(path);
  if (wrong.kind === 'missing') {
    return new AwsError('InvalidParameterException', `The parameter '${at}' is required.`);
  }
  if (wrong.kind === 'unknown') {
    return new AwsError('InvalidParameterException', `The parameter '${at}' is not recognized.`);
  }
  const limits = limitsIn(wrong).map((limit) => `${at} must ${duty(limit)}`);
  const why = limits.length > 0 ? limits.join('; ') : `${shownValue(value)} has the wrong type`;
  const message = `The value supplied for parameter '${at}' is not valid. ${why}`;
  return new AwsError('InvalidParameterValueException', message);
}

function duty(limit: Limit): string {
  switch (limit.kind) {
    case 'pattern':
      return `match pattern ${limit.pattern}`;
    case 'enum':
      return `be one of [${limit.values.join(', ')}]`;
    default:
      return `have ${limit.of} ${limit.kind === 'min' ? 'greater' : 'less'} than or equal to ${limit.bound}`;
  }
}

/**
 * CloudWatch's PutMetricData tells every problem, one a line. Seen: `The parameter MetricData.member.1.Unit must be a value in
 * the set [ Seconds, … ].` UNCONFIRMED: lengths and ranges.
 */
export function metricDataRefusal(problems: readonly Problem[]): AwsError {
  const missing = problems.filter(({ wrong }) => wrong.kind === 'missing');
  if (missing.length > 0) {
    const lines = missing.map(({ path }) => `The parameter ${memberPath(path)} is required.`);
    return new AwsError('MissingParameter', lines.join('\n'));
  }
  const lines = problems.map(({ path, wrong }) => {
    const [limit] = limitsIn(wrong);
    if (limit?.kind === 'enum') {
      return `The parameter ${memberPath(path)} must be a value in the set [ ${limit.values.join(', ')} ].`;
    }
    const must = limit === undefined ? 'be known and of the right type' : duty(limit);
    return `The parameter ${memberPath(path)} must ${must}.`;
  });
  return new AwsError('InvalidParameterValue', lines.join('\n'));
}

function limitsIn(wrong: Wrong): readonly Limit[] {
  if (wrong.kind === 'limit') return [wrong.limit];
  return wrong.kind === 'parts' ? wrong.limits : [];
}

const aType = ({ expected }: Extract<Wrong, { kind: 'type' }>): string =>
  /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;

const partStep = (step: Exclude<Step, string>): string =>
  String(typeof step.part === 'number' ? step.part + 1 : step.part);

/** `Tags.1.Key` */
export function queryPath(path: readonly Step[]): string {
  return path.map((step) => (typeof step === 'string' ? step : partStep(step))).join('.');
}

/** `MetricData.member.1.Unit` */
function memberPath(path: readonly Step[]): string {
  return path
    .map((step) => (typeof step === 'string' ? step : `member.${partStep(step)}`))
    .join('.');
}

/** `distributions[0].region` */
export function bracketPath(path: readonly Step[]): string {
  const text = path.map((step) => (typeof step === 'string' ? `.${step}` : `[${step.part}]`));
  return text.join('').replace(/^\./, '');
}
