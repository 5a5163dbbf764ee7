import { textMember } from '../invariants/witness.ts';
import type { TraceLine } from '../world.ts';
import { whatHappened } from './happenings.ts';
import { shortName, subjectOf } from './short-names.ts';

/** One line as an operator would read it. */
export interface TranscriptLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly tone: 'plain' | 'good' | 'bad' | 'person';
}

/** States that say how a workflow ended, or that repeat themselves, are told in another way. */
const SILENT_STATE = /\?$/;
const GOOD_END = /^(Promoted|Rolled out|Pinned|Unblocked|Recovered|Gone back as asked)$/;
const BAD_END = /^(Rolled back|Failed|Needs a person|Not |Input not valid|Outbid)/;

/** Tells a trace as people would: what workflows do and decide, what AWS announces, what people ask for. */
export class Transcript {
  /** What people call each execution. */
  readonly #names = new Map<string, string>();
  /** The last state of each execution. */
  readonly #states = new Map<string, string>();
  /** The last decision of each execution, so that a look that says the same is not told. */
  readonly #decided = new Map<string, string>();

  /** What a line of the trace is to people; nothing for most. */
  tell(line: TraceLine): readonly TranscriptLine[] {
    switch (line.kind) {
      case 'execution':
        return line.phase === 'started' ? this.#started(line) : this.#ended(line);
      case 'state':
        return this.#state(line);
      case 'log':
        return this.#log(line);
      case 'event':
      case 'call':
      case 'world':
        return whatHappened(line);
      case 'invocation':
        return [];
      default:
        return line satisfies never;
    }
  }

  #name(execution: string): string {
    return this.#names.get(execution) ?? shortName(execution);
  }

  #started(line: Extract<TraceLine, { kind: 'execution' }>): readonly TranscriptLine[] {
    this.#names.set(line.execution, subjectOf(line.execution, line.input));
    return [said(line, this.#name(line.execution), `begins: ${inputShown(line.input)}`)];
  }

  #ended(line: Extract<TraceLine, { kind: 'execution' }>): readonly TranscriptLine[] {
    const state = this.#states.get(line.execution) ?? '';
    const reason = line.cause ?? textMember(line.output, 'reason') ?? '';
    const end = line.status === 'SUCCEEDED' || line.status === 'FAILED' ? state : line.status;
    const tone = GOOD_END.test(end) ? 'good' : BAD_END.test(end) ? 'bad' : 'plain';
    const what = `ends: ${end}${reason === '' ? '' : ` (${reason})`}`;
    return [{ ...said(line, this.#name(line.execution), what), tone }];
  }

  #state(line: Extract<TraceLine, { kind: 'state' }>): readonly TranscriptLine[] {
    if (line.phase !== 'entered') return [];
    const before = this.#states.get(line.execution);
    if (SILENT_STATE.test(line.state)) return [];
    this.#states.set(line.execution, line.state);
    if (before === line.state || GOOD_END.test(line.state) || BAD_END.test(line.state)) return [];
    return [said(line, this.#name(line.execution), line.state)];
  }

  /** Functions log each look with what it decided. */
  #log(line: Extract<TraceLine, { kind: 'log' }>): readonly TranscriptLine[] {
    const entry = parsed(line.message);
    if (textMember(entry, 'message') !== 'looked') return [];
    const execution = textMember(entry, 'executionArn') ?? '';
    const kind = textMember(entry, 'decision', 'kind') ?? '';
    const reason = textMember(entry, 'decision', 'reason') ?? '';
    if (kind === 'wait' || kind === 'park-until') return [];
    if (this.#decided.get(execution) === `${kind} ${reason}`) return [];
    this.#decided.set(execution, `${kind} ${reason}`);
    const tone = kind === 'roll-back' || kind === 'escalate' || kind === 'fail' ? 'bad' : 'good';
    return [{ ...said(line, this.#name(execution), `decides ${kind}: ${reason}`), tone }];
  }
}

function parsed(message: unknown): unknown {
  if (typeof message !== 'string') return message;
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}

const said = (line: TraceLine, who: string, what: string): TranscriptLine => ({
  atMs: Date.parse(line.at),
  who,
  what,
  tone: 'plain',
});

/** What of an input people want to know. */
function inputShown(input: unknown): string {
  const fields = ['image', 'fleet', 'direction', 'version', 'to', 'pin', 'rollBack', 'reason'];
  const shown = fields.flatMap((field) => {
    const value = (input as Readonly<Record<string, unknown>> | undefined)?.[field];
    return value === undefined || value === null ? [] : [`${field} ${String(value)}`];
  });
  const cause = textMember(input, 'cause', 'id');
  return [...shown, ...(cause === undefined ? [] : [`cause ${cause}`])].join(', ');
}
