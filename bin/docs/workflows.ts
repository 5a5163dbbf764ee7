import type { Definition, State } from '../../lib/workflows/asl.ts';
import { recoverDefinition } from '../../lib/workflows/recover.ts';
import { releaseDefinition } from '../../lib/workflows/release.ts';
import { rolloutDefinition } from '../../lib/workflows/rollout.ts';
import { transitionsOf } from '../../lib/workflows/transitions.ts';
import { diagramOf, isEnd } from './diagram.ts';

interface Machine {
  readonly name: string;
  readonly title: string;
  readonly definition: Definition;
  /** What happens when all goes well. */
  readonly mainPath: readonly string[];
}

const machines: readonly Machine[] = [
  {
    name: 'release',
    title: 'Release',
    definition: releaseDefinition(),
    mainPath: [
      ...['Open the release', 'What was opened?', 'Start the bake', 'Supervise the bake'],
      ...['How did the bake end?', 'Inspect the image version'],
      ...['Choose the next step', 'What comes next?', 'Roll out the wave'],
      ...['Choose the next step', 'What comes next?', 'Soak the wave', 'How did the wave fare?'],
      ...['Choose the next step', 'What comes next?', 'Close the release', 'Tell how it ended'],
      ...['How did it end?', 'Promoted'],
    ],
  },
  {
    name: 'rollout',
    title: 'Rollout',
    definition: rolloutDefinition(),
    mainPath: [
      ...['Survey the fleet', 'What did the survey find?', 'Make the launch template version'],
      ...['Start the instance refresh', 'Supervise the rollout', 'What was decided?'],
      ...['Hold the fleet', 'Supervise the rollout', 'What was decided?', 'Resume the fleet'],
      ...['Supervise the rollout', 'What was decided?', 'Publish the image of the fleet'],
      ...['Record the rollout', 'Rolled out'],
    ],
  },
  {
    name: 'recover',
    title: 'Recover',
    definition: recoverDefinition(),
    mainPath: [
      ...['Take over', 'What was left?', 'Stop the bake', 'Take the fleets back'],
      ...['Was it a release?', 'Read how it ended', 'Is every fleet at an end?'],
      ...['Close the release', 'Tell how it ended', 'Recovered'],
    ],
  },
];

const INTRODUCTION = `# The workflows

Written by \`npm run docs\` from \`lib/workflows/\`; a test says when it is out of date. The \`.asl.json\` files beside this page are
the definitions word for word as they are deployed, with \`\${…}\` where CloudFormation fills in an ARN: Workflow Studio opens them.

How to read the pictures: a thick line is the way of a run in which all goes well; a dotted one is taken when a state has
failed for good, after its retries. A hexagon waits, parked until there is something to do. A box with double sides starts a
nested execution per fleet. Left out are the ways from a failure straight to an end: the tables name them.`;

/** The files of docs/workflows, by name. */
export function workflowPages(): Readonly<Record<string, string>> {
  const definitions = machines.map(({ name, definition }) => [
    `${name}.asl.json`,
    `${JSON.stringify(definition, undefined, 2)}\n`,
  ]);
  const readme = [INTRODUCTION, ...machines.map(sectionOf)].join('\n\n');
  return { ...Object.fromEntries(definitions), 'README.md': `${readme}\n` };
}

function sectionOf({ name, title, definition, mainPath }: Machine): string {
  const days = definition.TimeoutSeconds / (24 * 3600);
  return [
    `## ${title}`,
    `${definition.Comment.replace(/^Kiln: (.)/, (_, first: string) => first.toUpperCase())} At most ${days} days. [${name}.asl.json](${name}.asl.json)`,
    diagramOf(definition, mainPath),
    table(['State', 'What it calls', 'Why'], Object.entries(definition.States).flatMap(taskRow)),
    table(['End', 'Execution', 'Reached from'], endRows(definition)),
  ].join('\n\n');
}

function taskRow([name, state]: readonly [string, State]): readonly (readonly string[])[] {
  if (state.Type === 'Map') return [[name, 'Rollout, one per fleet', state.Comment ?? '']];
  return state.Type === 'Task' ? [[name, calledBy(state), state.Comment ?? '']] : [];
}

function calledBy({ Resource, Arguments }: Extract<State, { Type: 'Task' }>): string {
  const name = /^\$\{(\w+)Function\}$/.exec(String(Arguments['FunctionName']))?.[1];
  if (name === undefined) return `\`${Resource.replace('arn:aws:states:::', '')}\``;
  const folder = name.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase();
  return `[${folder}](../../lambdas/${folder}/handler.ts)`;
}

function endRows(definition: Definition): readonly (readonly string[])[] {
  const transitions = Object.entries(definition.States).flatMap((entry) => transitionsOf(...entry));
  return Object.entries(definition.States)
    .filter(([, state]) => isEnd(state))
    .map(([end, state]) => {
      const from = transitions.filter(({ to }) => to === end).map((transition) => transition.from);
      const ended = state.Type === 'Fail' ? 'failed' : 'succeeded';
      const said = state.Comment === undefined ? ended : `${ended}: ${state.Comment}`;
      return [end, said, [...new Set(from)].join(', ')];
    });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
