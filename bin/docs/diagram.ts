import type { Definition, State } from '../../lib/workflows/asl.ts';
import { type Transition, transitionsOf } from '../../lib/workflows/transitions.ts';

/** A diagram leaves out what an error leads to when that is an end: a table beside it lists those. */
const isDrawn = (definition: Definition, { kind, to, on }: Transition): boolean =>
  to !== 'Outbid' && !(kind === 'catch' && (isEnd(definition.States[to]) || on !== 'States.ALL'));

export const isEnd = (state: State | undefined): boolean =>
  state?.Type === 'Succeed' || state?.Type === 'Fail';

/**
 * A machine as a Mermaid flow chart: the main path with thick lines, what a failure leads to with dotted ones.
 *
 * @param mainPath names of states, each led to by the one before it; may pass a state twice
 * @throws Error when two names of the main path do not follow one another
 */
export function diagramOf(definition: Definition, mainPath: readonly string[]): string {
  const names = Object.keys(definition.States);
  const transitions = Object.entries(definition.States)
    .flatMap((entry) => transitionsOf(...entry))
    .filter((transition) => isDrawn(definition, transition));
  const drawn = new Set([definition.StartAt, ...transitions.map(({ to }) => to)]);
  const ids = new Map(names.map((name, index) => [name, `s${index}`]));
  const id = (name: string): string => ids.get(name) ?? name;
  const main = new Set(mainPath.slice(1).map((to, index) => edgeOf(mainPath[index] ?? '', to)));
  for (const edge of main) {
    if (!transitions.some(({ from, to }) => edgeOf(from, to) === edge)) {
      throw new Error(`the main path leads ${edge}, the machine does not`);
    }
  }
  const shown = names.filter((name) => drawn.has(name));
  return [
    '```mermaid',
    'flowchart TD',
    ...shown.map((name) => `  ${id(name)}${shapeOf(name, definition.States[name])}`),
    ...merged(transitions).map(
      ({ from, to, failing, label }) =>
        `  ${id(from)} ${arrow(main.has(edgeOf(from, to)), failing, label)} ${id(to)}`,
    ),
    ...CLASSES,
    ...classLine('main', shown.filter((name) => mainPath.includes(name)).map(id)),
    ...classLine(
      'failed',
      shown.filter((name) => definition.States[name]?.Type === 'Fail').map(id),
    ),
    '```',
  ].join('\n');
}

const CLASSES = [
  '  classDef default fill:#f6f8fa,stroke:#8c959f,color:#1f2328',
  '  classDef main fill:#ddf4ff,stroke:#0969da,stroke-width:2px,color:#1f2328',
  '  classDef failed fill:#ffebe9,stroke:#cf222e,color:#1f2328',
];

const classLine = (name: string, ids: readonly string[]): readonly string[] =>
  ids.length === 0 ? [] : [`  class ${ids.join(',')} ${name}`];

const edgeOf = (from: string, to: string): string => `${from} ► ${to}`;

interface Line {
  readonly from: string;
  readonly to: string;
  readonly failing: boolean;
  readonly label: string;
}

/** One line between two states: rules that lead to the same one share it, and a failure that leads there too is silent. */
function merged(transitions: readonly Transition[]): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const transition of transitions) {
    const { from, to, kind } = transition;
    const before = lines.get(edgeOf(from, to));
    if (before !== undefined && kind === 'catch') continue;
    // What the other rules leave over is all that the reader need know of a rule that leads to the same state.
    const own = labelOf(transition);
    const both = kind === 'default' ? [own] : [before?.label, own];
    const label = both.filter(Boolean).join(' or ');
    lines.set(edgeOf(from, to), { from, to, failing: kind === 'catch', label });
  }
  return [...lines.values()];
}

/** The value that a rule asks for is label enough: its Choice asks the question. */
function labelOf({ kind, on }: Transition): string {
  if (kind === 'default') return 'otherwise';
  if (kind === 'catch') return '';
  if (on === '$movesLeft < 1') return 'no moves left';
  const [, member = '', value = ''] = /^\$\w+\.(\w+) = "?([\w-]+)"?$/.exec(on) ?? [];
  if (value === 'true') return member.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return value === '' ? on : value;
}

function arrow(main: boolean, failing: boolean, label: string): string {
  const text = label === '' ? '' : `|"${label}"|`;
  if (failing) return `-.->${text}`;
  return main ? `==>${text}` : `-->${text}`;
}

function shapeOf(name: string, state: State | undefined): string {
  switch (state?.Type) {
    case 'Choice':
      return `{"${name}"}`;
    case 'Succeed':
    case 'Fail':
      return `(["${name}"])`;
    case 'Map':
      return `[["${name}<br/>(each: ${state.ItemProcessor.StartAt})"]]`;
    case 'Task':
      return state.Resource.endsWith('.waitForTaskToken') ? `{{"${name}"}}` : `["${name}"]`;
    default:
      return `["${name}"]`;
  }
}
