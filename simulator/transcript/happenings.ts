import { textMember } from '../invariants/witness.ts';
import type { TraceLine } from '../world.ts';
import type { TranscriptLine } from './transcript.ts';

type Happening = Extract<TraceLine, { kind: 'event' | 'call' | 'world' }>;

const REFRESH = 'EC2 Auto Scaling Instance Refresh ';
const TOLD_BAKES: ReadonlySet<string> = new Set(['BUILDING', 'AVAILABLE', 'FAILED', 'CANCELLED']);

/** What AWS announces, what people and workflows ask of it, and what comes about in the world. */
export function whatHappened(line: Happening): readonly TranscriptLine[] {
  const found = line.kind === 'event' ? event(line) : line.kind === 'call' ? call(line) : world(line);
  return found === undefined ? [] : [{ atMs: Date.parse(line.at), ...found }];
}

type Told = Omit<TranscriptLine, 'atMs'>;

function event(line: Extract<TraceLine, { kind: 'event' }>): Told | undefined {
  const { detailType, event: envelope } = line;
  if (detailType.startsWith(REFRESH)) {
    const group = textMember(envelope, 'detail', 'AutoScalingGroupName') ?? '';
    const percent = textMember(envelope, 'detail', 'CheckpointPercentage');
    const what = detailType.slice(REFRESH.length).toLowerCase();
    const share = percent === undefined ? '' : ` (${percent} %)`;
    return {
      who: `Auto Scaling ${group}`,
      what: `instance refresh: ${what}${share}`,
      tone: /fail|rollback/.test(what) ? 'bad' : 'plain',
    };
  }
  if (detailType === 'EC2 Image Builder Image State Change') {
    const state = textMember(envelope, 'detail', 'state', 'status') ?? '';
    if (!TOLD_BAKES.has(state)) return undefined;
    const [arn = ''] = (envelope as { readonly resources?: readonly string[] }).resources ?? [];
    const image = arn.slice(arn.indexOf(':image/') + ':image/'.length);
    return {
      who: 'Image Builder',
      what: `image ${image} is ${state}`,
      tone: state === 'FAILED' ? 'bad' : 'plain',
    };
  }
  if (detailType === 'CloudWatch Alarm State Change') {
    const name = textMember(envelope, 'detail', 'alarmName') ?? '';
    const state = textMember(envelope, 'detail', 'state', 'value') ?? '';
    const before = textMember(envelope, 'detail', 'previousState', 'value');
    if (state !== 'ALARM' && before !== 'ALARM') return undefined;
    const reason = textMember(envelope, 'detail', 'state', 'reason') ?? '';
    return {
      who: `alarm ${name}`,
      what: state === 'ALARM' ? `ALARM: ${reason}` : state,
      tone: state === 'ALARM' ? 'bad' : 'good',
    };
  }
  if (detailType === 'EC2 Instance Launch Unsuccessful') {
    const group = textMember(envelope, 'detail', 'AutoScalingGroupName') ?? '';
    const message = textMember(envelope, 'detail', 'StatusMessage') ?? '';
    return { who: `Auto Scaling ${group}`, what: `launch failed: ${message}`, tone: 'bad' };
  }
  return undefined;
}

/** People's calls, and what workflows tell people. */
function call(line: Extract<TraceLine, { kind: 'call' }>): Told | undefined {
  if (line.operation === 'Publish' && line.service === 'client-sns') {
    const subject = textMember(line.input, 'Subject') ?? '';
    return { who: 'notification', what: subject, tone: 'plain' };
  }
  if (line.role !== '' || line.error !== undefined) return undefined;
  switch (line.operation) {
    case 'StartExecution':
      return person(line, `starts ${textMember(line.input, 'name')}: ${inputOf(line)}`);
    case 'StopExecution':
      return person(line, `presses Stop on ${nameOf(textMember(line.input, 'executionArn'))}`);
    case 'DeregisterImage':
      return person(line, `deregisters image ${textMember(line.input, 'ImageId')}`);
    default:
      return undefined;
  }
}

function person(line: Extract<TraceLine, { kind: 'call' }>, what: string): Told | undefined {
  return line.caller.includes('.') ? undefined : { who: line.caller, what, tone: 'person' };
}

const inputOf = (line: Extract<TraceLine, { kind: 'call' }>): string =>
  textMember(line.input, 'input') ?? '{}';
const nameOf = (arn: string | undefined): string => arn?.split(':').at(-1) ?? '';

/** Deployment and its like is nothing that an operator reads. */
const world = ({ message }: Extract<TraceLine, { kind: 'world' }>): Told => ({
  who: 'world',
  what: message,
  tone: 'plain',
});
