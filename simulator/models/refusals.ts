/** What a service answers to an input that its model refuses. */

import { AwsError } from '../contract.ts';
import type { Problem, Wrong } from './check.ts';
import { coralMessage } from './coral-wording.ts';
import { bracketPath, ec2Refusal, imageBuilderRefusal, metricDataRefusal } from './own-wordings.ts';
import type { ShapeData } from './shapes.ts';

/** The query services have `ValidationError`, the JSON ones `ValidationException`. CloudWatch kept its older name. */
const validationCodes: Readonly<Record<string, string>> = {
  'client-auto-scaling': 'ValidationError',
  'client-cloudwatch': 'ValidationError',
  'client-elastic-load-balancing-v2': 'ValidationError',
  'client-sns': 'ValidationError',
};

export function refusalOf(
  client: string,
  operation: string,
  problems: readonly [Problem, ...Problem[]],
): AwsError {
  const [first] = problems;
  if (client === 'client-ec2') return ec2Refusal(first);
  if (client === 'client-imagebuilder') return imageBuilderRefusal(first);
  if (operation === 'PutMetricData') return metricDataRefusal(problems);
  const code = validationCodes[client] ?? 'ValidationException';
  // What cannot be read is refused before any limit is looked at.
  const unread = problems.find(({ wrong }) => wrong.kind === 'type');
  if (unread !== undefined) return unreadable(code, unread);
  const unknown = problems.find(({ wrong }) => wrong.kind === 'unknown');
  if (unknown !== undefined) return new AwsError(code, unknownMessage(unknown));
  return new AwsError(code, coralMessage(problems));
}

/**
 * AWS ignores what it does not know, so this is worded as by botocore, which refuses it before it is sent: in a simulated
 * account a misspelt member must not pass unnoticed.
 */
function unknownMessage({ path, wrong }: Problem): string {
  const known = wrong.kind === 'unknown' ? wrong.known.join(', ') : '';
  const within = path.length > 1 ? bracketPath(path.slice(0, -1)) : 'input';
  return `Unknown parameter in ${within}: "${path.at(-1)}", must be one of: ${known}`;
}

/**
 * Seen of DynamoDB: `NUMBER_VALUE cannot be converted to String`. UNCONFIRMED: all others; query services get text alone,
 * so that only a call from inside the simulator can come here.
 */
function unreadable(code: string, { path, value, wrong }: Problem): AwsError {
  if (code === 'ValidationError') {
    return new AwsError('MalformedInput', `${bracketPath(path)} ${mismatch(value, wrong)}`);
  }
  return new AwsError('SerializationException', mismatch(value, wrong));
}

const javaNames: Readonly<Record<ShapeData['t'], string>> = {
  struct: 'Structure',
  list: 'List',
  map: 'Map',
  text: 'String',
  integer: 'Integer',
  float: 'Double',
  boolean: 'Boolean',
  instant: 'Timestamp',
  bytes: 'Blob',
};

function mismatch(value: unknown, wrong: Wrong): string {
  const expected = wrong.kind === 'type' ? javaNames[wrong.expected] : 'anything';
  if (Array.isArray(value)) return 'Start of list found where not expected';
  if (typeof value === 'object' && value !== null)
    return 'Start of structure or map found where not expected.';
  return `${tokenOf(value)} cannot be converted to ${expected}`;
}

function tokenOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'number') return 'NUMBER_VALUE';
  return value === null ? 'NULL_VALUE' : 'STRING_VALUE';
}
