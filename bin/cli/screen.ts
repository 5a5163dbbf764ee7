import { clockShown, dateShown, spanShown } from '../../simulator/transcript/short-names.ts';
import type { TranscriptLine } from '../../simulator/transcript/transcript.ts';
import type { FleetFrame, Frame, GateFrame, InstanceKind, Waiting } from './film.ts';
import { type Colour, type Paint, shortened, wrapped } from './style.ts';

/** How a frame looks on a terminal: lines none of which is longer than the terminal is wide. */

const SIGNS: Readonly<Record<InstanceKind, { sign: string; colour: Colour }>> = {
  new: { sign: '█', colour: 'green' },
  starting: { sign: '▒', colour: 'cyan' },
  unhealthy: { sign: '×', colour: 'red' },
  old: { sign: '░', colour: 'dim' },
};

/** In the order of a bar. */
const KINDS = ['new', 'starting', 'unhealthy', 'old'] as const satisfies readonly InstanceKind[];

/** Lines of the transcript that stay on the screen. */
const SAID_LINES = 6;
/** A longer bar is told in numbers alone. */
const BAR_INSTANCES_MAX = 40;
const NAME_WIDTH = 14;

export interface ScreenOptions {
  readonly width: number;
  readonly paint: Paint;
  readonly seed: number;
}

/** `said`: the transcript up to this frame, the newest last. */
export function screen(
  frame: Frame,
  said: readonly TranscriptLine[],
  { width, paint, seed }: ScreenOptions,
): readonly string[] {
  const clock = `${dateShown(frame.atMs)} ${clockShown(frame.atMs)} UTC`;
  const title = `${clock}  ${frame.scenario}  seed ${seed}`;
  return [
    paint('bold', shortened(title, width)),
    shortened(frame.release === '' ? 'no release under way' : `release ${frame.release}`, width),
    '',
    ...frame.fleets.flatMap((fleet) => fleetLines(fleet, width, paint)),
    '',
    ...waitingLines(frame, width, paint),
    '',
    ...said.slice(-SAID_LINES).map((line) => saidLine(line, width, paint)),
    ...Array.from({ length: Math.max(0, SAID_LINES - said.length) }, () => ''),
  ];
}

function fleetLines(fleet: FleetFrame, width: number, paint: Paint): readonly string[] {
  const numbers = KINDS.flatMap((kind) => {
    const count = fleet.instances.filter((one) => one === kind).length;
    return count === 0 && kind !== 'new' && kind !== 'old' ? [] : [`${count} ${kind}`];
  });
  const name = shortened(fleet.name, NAME_WIDTH).padEnd(NAME_WIDTH);
  const text = numbers.join(', ');
  const room = width - NAME_WIDTH - 2 - text.length;
  const drawn = fleet.instances.length <= Math.min(BAR_INSTANCES_MAX, room);
  const bar = drawn ? `${barOf(fleet.instances, paint)} ` : '';
  return [
    `${name} ${bar}${shortened(text, width - NAME_WIDTH - 1)}`,
    ...fleet.gates.map((gate) => gateLine(gate, width, paint)),
  ];
}

/** One sign for each instance, one colour for each kind. */
const barOf = (instances: readonly InstanceKind[], paint: Paint): string =>
  KINDS.map((kind) => {
    const { sign, colour } = SIGNS[kind];
    return paint(colour, sign.repeat(instances.filter((one) => one === kind).length));
  }).join('');

function gateLine({ name, state, reading }: GateFrame, width: number, paint: Paint): string {
  const colour = state === 'OK' ? 'green' : state === 'ALARM' ? 'red' : 'yellow';
  const label = `  gate ${name}: `;
  const rest = shortened(reading, width - label.length - state.length - 1);
  return label.length + state.length > width
    ? shortened(label + state, width)
    : `${label}${paint(colour, state)} ${rest}`.trimEnd();
}

/** Who waits, for what, and until when at the latest. */
function waitingLines({ waits, atMs }: Frame, width: number, paint: Paint): readonly string[] {
  if (waits.length === 0) return [paint('dim', 'nobody waits')];
  return waits.flatMap((waiting) => {
    const left = spanShown(Math.max(0, waiting.deadlineMs - atMs));
    const head = `${waiting.who}: ${waiting.state} (looks again within ${left})`;
    const awaited = wrapped(awaitingShown(waiting), width - 2).map((text) => `  ${text}`);
    return [shortened(head, width), ...awaited.map((text) => paint('dim', text))];
  });
}

/** The day is in the title. */
const awaitingShown = ({ awaiting }: Waiting): string =>
  awaiting === ''
    ? 'looks for the first time'
    : `awaits: ${awaiting.replace(/\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(?:\.\d+)?Z/g, '$1')}`;

const TONES: Readonly<Record<TranscriptLine['tone'], Colour | undefined>> = {
  plain: undefined,
  good: 'green',
  bad: 'red',
  person: 'yellow',
};

function saidLine({ atMs, who, what, tone }: TranscriptLine, width: number, paint: Paint): string {
  const text = shortened(`${clockShown(atMs)} ${who}: ${what}`, width);
  const colour = TONES[tone];
  return colour === undefined ? text : paint(colour, text);
}
