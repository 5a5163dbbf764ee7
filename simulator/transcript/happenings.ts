import { textMember } from '../invariants/witness.ts';
import type { TraceLine } from '../world.ts';
import type { TranscriptLine } from './transcript.ts';

type Happening = Extract<TraceLine, { kind: 'event' | 'call' | 'world' }>;

const REFRESH = 'EC2 Auto Scaling Instance Refresh ';
const TOLD_BAKES: ReadonlySet<string> = new Set(['BUILDING', 'AVAILABLE', 'FAILED', 'CANCELLED']);

/** What AWS announces, what workflows tell people, what people do, and what comes about in the world. */
export function whatHappened(line: Happening): readonly TranscriptLine[] {
  const found =
    line.kind === 'event' ? event(line) : line.kind === 'call' ? call(line) : world(line);
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

/** What workflows tell people. */
function call(line: Extract<TraceLine, { kind: 'call' }>): Told | undefined {
  if (line.operation !== 'Publish' || line.service !== 'client-sns') return undefined;
  return { who: 'notification', what: textMember(line.input, 'Subject') ?? '', tone: 'plain' };
}

/** A scenario says what a person does before it is done: the trace of a call comes after its effect. */
function world({ message }: Extract<TraceLine, { kind: 'world' }>): Told {
  const [, what] = /^operator (.*)$/.exec(message) ?? [];
  if (what !== undefined) return { who: 'operator', what, tone: 'person' };
  return { who: 'world', what: message, tone: 'plain' };
}
