import { defaultScenarios, scenarios } from '../../simulator/scenarios/all.ts';
import { clockShown, dateShown } from '../../simulator/transcript/short-names.ts';
import { Transcript, type TranscriptLine } from '../../simulator/transcript/transcript.ts';
import { optionsShown, parseOptions, wholeNumber } from './arguments.ts';
import { cast, scenarioNamed } from './casting.ts';
import { readCatalogue } from './catalogue-file.ts';
import type { Command, Surroundings } from './command.ts';
import { Film } from './film.ts';
import { type Act, type History, playHistory } from './history.ts';
import { project } from './projector.ts';
import { asTold, type Report } from './report.ts';
import { paintFor } from './style.ts';
import { summary } from './summary.ts';
import { synthesize } from './synthesize.ts';
import { TraceFile } from './trace-file.ts';
import { ExitCode } from './user-mistake.ts';
import { readWorldFile, type WorldFile } from './world-file.ts';

const DEFAULT_CATALOGUE = 'examples/web/kiln.yaml';
const DEFAULT_SEED = 1;

const OPTIONS = {
  catalogue: { value: 'FILE', says: `the catalogue to rehearse (default: ${DEFAULT_CATALOGUE})` },
  world: { value: 'FILE', says: 'how the simulated world differs from the usual (YAML or JSON)' },
  scenario: {
    value: 'NAME',
    repeatable: true,
    says: 'what to play, each in a world of its own; may be given several times',
  },
  list: { says: 'the scenarios, one line each' },
  seed: { value: 'N', says: `another history of the same scenario (default: ${DEFAULT_SEED})` },
  fast: { says: 'plain lines, as fast as it goes' },
  json: { says: 'one JSON object on stdout and nothing else' },
  trace: { value: 'FILE', says: 'write every call, event and state to this file, as JSON Lines' },
  help: { says: 'this text' },
} as const;

const HELP = `Usage: npx tsx bin/kiln.ts rehearse [options]

Deploys the app of a catalogue into a simulated AWS account and plays releases there, in virtual time. Without --scenario: one
release that goes well and one whose image is sick, in one world. Exits with 0 when all ended as their scenarios expect and no
invariant was broken, with 1 when not, with 2 for bad arguments or a scenario that does not apply.

${optionsShown(OPTIONS)}`;

export const rehearse: Command = {
  says: 'play releases of a catalogue in a simulated AWS account',
  run: async (args, surroundings) => {
    const options = parseOptions(args, OPTIONS);
    const { out } = surroundings;
    if (options.help) {
      out.write(`${HELP}\n`);
      return ExitCode.asExpected;
    }
    if (options.list) {
      out.write(`${scenarioList()}\n`);
      return ExitCode.asExpected;
    }
    const seed = options.seed === undefined ? DEFAULT_SEED : wholeNumber('seed', options.seed);
    const file = options.catalogue ?? DEFAULT_CATALOGUE;
    const chosen = options.scenario.map(scenarioNamed);
    const catalogue = readCatalogue(file);
    const world = options.world === undefined ? {} : readWorldFile(options.world, catalogue);
    const plays =
      chosen.length === 0
        ? [defaultScenarios.map((scenario) => cast(scenario, catalogue))]
        : chosen.map((scenario) => [cast(scenario, catalogue)]);
    const trace = options.trace === undefined ? undefined : new TraceFile(options.trace);
    try {
      return await play({
        plays,
        catalogue,
        world,
        seed,
        trace,
        json: options.json,
        fast: options.fast,
        command: replayCommand(options.catalogue, options.world),
        surroundings,
      });
    } finally {
      trace?.close();
    }
  },
};

interface Rehearsal {
  readonly plays: readonly (readonly Act[])[];
  readonly catalogue: ReturnType<typeof readCatalogue>;
  readonly world: WorldFile;
  readonly seed: number;
  readonly trace: TraceFile | undefined;
  readonly json: boolean;
  readonly fast: boolean;
  readonly command: string;
  readonly surroundings: Surroundings;
}

async function play(rehearsal: Rehearsal): Promise<ExitCode> {
  const { seed, json, surroundings } = rehearsal;
  const { out, err, environment } = surroundings;
  const paint = paintFor(out, environment);
  const paced = !json && !rehearsal.fast && out.isTTY === true && environment.TERM !== 'dumb';
  if (!json)
    out.write(`Seed ${seed}. Synthesizing the app and deploying it into a simulated account.\n`);
  const assembly = await synthesize(rehearsal.catalogue);
  const histories: History[] = [];
  const film = new Film();
  for (const acts of rehearsal.plays) {
    const transcript = new Transcript();
    const names = acts.map(({ scenario }) => scenario.name);
    histories.push(
      await playHistory({
        ...{ catalogue: rehearsal.catalogue, world: rehearsal.world, assembly, acts, seed },
        replay: replayOf(rehearsal, names),
        begins: (scenario) => film.begins(scenario),
        hear: (line, begun) => {
          rehearsal.trace?.add(line);
          if (json || !begun) return;
          const told = transcript.tell(line);
          if (paced) film.heard(line, told);
          else for (const one of told) out.write(`${plainLine(one)}\n`);
        },
        ...(paced ? { minute: (witness) => film.minute(witness) } : {}),
      }),
    );
  }
  if (paced) await project(film.frames, out, { paint, seed });
  const report = reportOf(histories, seed);
  if (json) {
    out.write(`${JSON.stringify(asTold(report))}\n`);
    for (const { scenario, differences } of histories.flatMap(({ acts }) => acts)) {
      for (const difference of differences) err.write(`${scenario}: ${difference}\n`);
    }
  } else {
    const width = Math.max(40, Math.min(out.columns ?? 100, 120));
    out.write(`\n${summary(histories, { seed, paint, width })}\n`);
  }
  return asExpected(histories) ? ExitCode.asExpected : ExitCode.notAsExpected;
}

const reportOf = (histories: readonly History[], seed: number): Report => ({
  seed,
  releases: histories.flatMap(({ acts }) =>
    acts.flatMap(({ releases }) => releases.map(({ report }) => report)),
  ),
  invariantsBroken: histories.flatMap(({ breaches }) =>
    breaches.map((breach) => ({ ...breach, seed })),
  ),
});

const asExpected = (histories: readonly History[]): boolean =>
  histories.every(
    ({ acts, breaches }) =>
      breaches.length === 0 && acts.every(({ differences }) => differences.length === 0),
  );

function scenarioList(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios.map(({ name, line }) => `${name.padEnd(width)}  ${line}`).join('\n');
}

const plainLine = ({ atMs, who, what }: TranscriptLine): string =>
  `${dateShown(atMs)} ${clockShown(atMs)}  ${who}: ${what}`;

function replayCommand(catalogue: string | undefined, world: string | undefined): string {
  const files = [
    ...(catalogue === undefined ? [] : ['--catalogue', catalogue]),
    ...(world === undefined ? [] : ['--world', world]),
  ];
  return ['npx tsx bin/kiln.ts rehearse', ...files].join(' ');
}

/** Two scenarios in one world are the default, which no `--scenario` asks for. */
function replayOf({ command, seed }: Rehearsal, names: readonly string[]): string {
  const [only] = names;
  const scenario = names.length === 1 && only !== undefined ? ` --scenario ${only}` : '';
  return `${command}${scenario} --seed ${seed}`;
}
