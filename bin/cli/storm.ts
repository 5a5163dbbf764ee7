import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { drawPlan } from '../../simulator/storm/draw.ts';
import { type FaultName, faultKinds, faultNames } from '../../simulator/storm/faults.ts';
import { type Meddling, meddling, type StormPlan } from '../../simulator/storm/plan.ts';
import { meant, optionsShown, parseOptions, wholeNumber } from './arguments.ts';
import { readCatalogue } from './catalogue-file.ts';
import type { Command, Surroundings } from './command.ts';
import { type Crew, crewOf, soloCrew, stagesOf } from './storm-crew.ts';
import { groundOf, type StormGround, stormGrounds } from './storm-grounds.ts';
import { readPlan } from './storm-plan-file.ts';
import { Progress } from './storm-progress.ts';
import { replay } from './storm-replay.ts';
import { leftShown, reportShown, Tally } from './storm-report.ts';
import { tellSmallest } from './storm-smallest.ts';
import { synthesize } from './synthesize.ts';
import { TraceFile } from './trace-file.ts';
import { ExitCode, UserMistake } from './user-mistake.ts';

const RUNS_DEFAULT = 100;
const JOBS_MAX = 256;

const OPTIONS = {
  runs: { value: 'N', says: `how many nights (default: ${RUNS_DEFAULT})` },
  seed: { value: 'S', says: 'of the first one; the next has the next seed (default: a fresh one)' },
  fresh: {
    value: 'TEXT',
    says: 'the seed comes from this text (a commit, a date): fresh nights that can be played again',
  },
  jobs: { value: 'J', says: 'processes that play side by side (default: 1)' },
  faults: { value: 'A,B,…', says: 'what may go wrong (default: everything; `none`: nothing)' },
  catalogue: {
    value: 'FILE',
    says: 'the catalogue to play on (default: small ones with short holds)',
  },
  replay: {
    value: 'FILE',
    says: 'play this one plan, as a failure left it, and tell what happens',
  },
  trace: { value: 'FILE', says: 'with --replay: every call, event and state, as JSON Lines' },
  json: { says: 'one JSON object on stdout: runs, seconds, broken, faults, outcomes' },
  help: { says: 'this text' },
} as const;

const known = [...faultNames, ...meddling] as const;

const help = (): string =>
  [
    'Usage: npx tsx bin/kiln.ts storm [options]',
    '',
    'Plays releases on nights when much goes wrong, each drawn from its seed: worlds, people, faults. An auditor that looks only at',
    'the simulated AWS and the trace watches every promise. Exits with 0 when all were kept, with 1 when one was broken: then it',
    'shows the smallest such night and how to replay it, with 2 for bad arguments.',
    '',
    optionsShown(OPTIONS),
    '',
    'Faults:',
    ...Object.entries(faultKinds).map(([name, { says }]) => `  ${name.padEnd(20)} ${says}`),
    `  ${meddling.join(', ')}: what a person does in one of the consoles`,
  ].join('\n');

/** `kiln storm`: random nights under random faults. */
export const storm: Command = {
  says: 'play random releases under random faults, and audit every promise',
  run: async (args, surroundings) => {
    const options = parseOptions(args, OPTIONS);
    if (options.help) {
      surroundings.out.write(`${help()}\n`);
      return ExitCode.asExpected;
    }
    const runs = options.runs === undefined ? RUNS_DEFAULT : wholeNumber('runs', options.runs);
    const jobs = options.jobs === undefined ? 1 : wholeNumber('jobs', options.jobs);
    if (runs < 1) throw new UserMistake('--runs: expected 1 or more');
    if (jobs < 1 || jobs > JOBS_MAX) throw new UserMistake(`--jobs: expected 1 to ${JOBS_MAX}`);
    const seed = seedOf(options);
    const chosen = chosenFaults(options.faults);
    const plan = options.replay === undefined ? undefined : readPlan(options.replay);
    if (plan === undefined && options.trace !== undefined) {
      throw new UserMistake('--trace goes with --replay: a trace is of one night');
    }
    const grounds = groundsOf(options.catalogue, plan);
    if (plan !== undefined) {
      const trace = options.trace === undefined ? undefined : new TraceFile(options.trace);
      try {
        return await replay({ plan, grounds, trace, json: options.json, surroundings });
      } finally {
        trace?.close();
      }
    }
    const night = { seed, runs, jobs, grounds, chosen, json: options.json };
    return blow({ ...night, given: options, surroundings });
  },
};

const SEEDS = 1_000_000_000;

/** @throws UserMistake for a seed that is none, or two of them */
function seedOf({ seed, fresh }: { readonly seed?: string; readonly fresh?: string }): number {
  if (fresh === undefined)
    return seed === undefined ? Date.now() % SEEDS : wholeNumber('seed', seed);
  if (seed !== undefined) throw new UserMistake('--fresh says the seed: leave --seed out');
  return createHash('sha256').update(fresh).digest().readUInt32BE(0) % SEEDS;
}

interface Chosen {
  readonly faults: readonly FaultName[];
  readonly meddling: readonly Meddling[];
}

/** @throws UserMistake for a name that is none */
function chosenFaults(given: string | undefined): Chosen {
  if (given === undefined) return { faults: faultNames, meddling };
  const names = given === 'none' ? [] : given.split(',').map((name) => name.trim());
  const stranger = names.find((name) => !known.some((one) => one === name));
  if (stranger !== undefined) {
    throw new UserMistake(`--faults: there is no fault ${stranger}${meant(stranger, known)}`);
  }
  return {
    faults: faultNames.filter((name) => names.includes(name)),
    meddling: meddling.filter((name) => names.includes(name)),
  };
}

/** @throws UserMistake when a plan is of another catalogue */
function groundsOf(file: string | undefined, plan: StormPlan | undefined): readonly StormGround[] {
  const grounds = file === undefined ? stormGrounds() : [groundOf(file, 1, readCatalogue(file))];
  if (plan === undefined || grounds.some(({ name }) => name === plan.ground)) return grounds;
  if (file !== undefined) throw new UserMistake(`the plan is of catalogue ${plan.ground}`);
  return [groundOf(plan.ground, 1, readCatalogue(plan.ground))];
}

export interface Given {
  readonly faults?: string | undefined;
  readonly catalogue?: string | undefined;
}

interface Storm {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  readonly grounds: readonly StormGround[];
  readonly chosen: Chosen;
  readonly json: boolean;
  readonly given: Given;
  readonly surroundings: Surroundings;
}

async function blow(storm: Storm): Promise<ExitCode> {
  const { seed, runs, grounds, chosen, json, surroundings } = storm;
  const { out, err } = surroundings;
  err.write(`Seed ${seed}. Synthesizing ${grounds.length} catalogues.\n`);
  const crew = await muster(storm);
  const progress = new Progress(err, runs, Date.now);
  const tally = new Tally();
  const first: { plan?: StormPlan } = {};
  let next = seed;
  const playOn = async (): Promise<void> => {
    while (next < seed + runs) {
      const plan = drawPlan({ seed: next, grounds, ...chosen });
      next += 1;
      const night = await crew.play(plan);
      tally.add(plan.seed, night);
      if (night.breaches.length > 0) {
        first.plan ??= plan;
        err.write(`\nSeed ${plan.seed} broke: ${night.breaches[0]?.invariant}\n`);
      }
      progress.step(tally.runs, new Set(tally.broken.map((one) => one.seed)).size);
    }
  };
  try {
    await Promise.all(Array.from({ length: crew.size }, playOn));
    progress.end();
    const report = tally.report(progress.seconds());
    out.write(
      json ? `${JSON.stringify(report)}\n` : `${reportShown(report)}\n${leftShown(tally.left)}\n`,
    );
    if (report.broken.length === 0) return ExitCode.asExpected;
    await tellSmallest({
      plan: first.plan,
      tally,
      crew,
      grounds,
      given: storm.given,
      json,
      out,
      err,
    });
    return ExitCode.notAsExpected;
  } finally {
    crew.end();
  }
}

async function muster({ jobs, grounds, given }: Storm): Promise<Crew> {
  const staged = [];
  for (const { name, catalogue } of grounds) {
    staged.push({ name, assembly: await synthesize(catalogue) });
  }
  return jobs === 1
    ? soloCrew(stagesOf(grounds, staged))
    : crewOf(jobs, { grounds: staged, catalogueFile: given.catalogue && resolve(given.catalogue) });
}
