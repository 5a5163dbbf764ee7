import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stormGrounds } from '../../bin/cli/storm-grounds.ts';
import { parsePlan } from '../../bin/cli/storm-plan-file.ts';
import { playNight, type StormStage } from '../../bin/cli/storm-play.ts';
import { synthesize } from '../../bin/cli/synthesize.ts';
import { bundle, bundlesDirectory } from '../../lib/bundle.ts';
import { between, makeRandom } from '../../simulator/random.ts';
import type { Deed, Fault, StormPlan } from '../../simulator/storm/plan.ts';
import { readAssembly } from '../../simulator/template/assembly.ts';
import type { Change, Mutant, Nights } from './mutants.ts';

/** Builds mutants and lets nights pass over them. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LAMBDAS = join(ROOT, 'lambdas');

/** The deployed app of one of the storms' own catalogues. @throws RangeError for a name that there is not */
export async function stageNamed(name: string): Promise<StormStage> {
  const ground = stormGrounds().find((one) => one.name === name);
  if (ground === undefined) throw new RangeError(`there is no ground ${name}`);
  const { catalogue } = ground;
  return { catalogue, stacks: readAssembly(await synthesize(catalogue)) };
}

/**
 * Runs with the same app, save that some functions have the mutant's mistake.
 * @throws Error when the text that is to be replaced is not there exactly once
 */
export async function withMutant<Result>(
  mutant: Mutant,
  stage: StormStage,
  run: (stage: StormStage) => Promise<Result>,
): Promise<Result> {
  const directory = await place();
  try {
    const source = join(directory, 'lambdas');
    for (const folder of ['core', 'adapters', ...mutant.functions]) {
      await cp(join(LAMBDAS, folder), join(source, folder), { recursive: true });
    }
    for (const change of mutant.changes) {
      const file = join(source, change.file);
      await writeFile(file, mutated(await readFile(file, 'utf8'), change));
    }
    const built = await bundle({ source, outdir: join(directory, 'functions') });
    const folders = new Map(built.map(({ name, path }) => [name, dirname(path)]));
    return await run({ ...stage, stacks: await withFolders(stage.stacks, folders) });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Below the project, where packages are found. */
async function place(): Promise<string> {
  const parent = join(ROOT, 'dist', 'mutants');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'mutant-'));
}

function mutated(text: string, { file, right, wrong }: Change): string {
  const parts = text.split(right);
  if (parts.length !== 2) {
    throw new Error(`expected once in ${file}, found ${parts.length - 1} times: ${right}`);
  }
  return parts.join(wrong);
}

/** An asset is known by its text: it is that of a function as it was built for all. */
async function withFolders(
  stacks: StormStage['stacks'],
  folders: ReadonlyMap<string, string>,
): Promise<StormStage['stacks']> {
  const byText = new Map<string, string>();
  for (const [name, folder] of folders) {
    byText.set(await readFile(join(bundlesDirectory, name, 'index.js'), 'utf8'), folder);
  }
  const replaced = new Set<string>();
  const changed = await Promise.all(
    stacks.map(async (stack) => {
      const assets = new Map(stack.assets);
      for (const [key, path] of stack.assets) {
        const isFunction = !path.endsWith('.json') && (await readdir(path)).includes('index.js');
        const text = isFunction ? await readFile(join(path, 'index.js'), 'utf8') : '';
        const folder = byText.get(text);
        if (folder === undefined) continue;
        assets.set(key, folder);
        replaced.add(folder);
      }
      return { ...stack, assets };
    }),
  );
  if (replaced.size !== folders.size) {
    throw new Error(`${folders.size} functions were built anew, ${replaced.size} were found`);
  }
  return changed;
}

/** A night of `nights/`. @throws Error when there is none of that name */
export function keptNight(name: string): StormPlan {
  const file = fileURLToPath(new URL(`nights/${name}.json`, import.meta.url));
  const { plan } = JSON.parse(readFileSync(file, 'utf8')) as { readonly plan: unknown };
  return parsePlan(JSON.stringify(plan), file);
}

/** A night of this kind. */
export function nightOf(seed: number, nights: Nights): StormPlan {
  if (nights.kept !== undefined) return keptNight(nights.kept);
  const random = makeRandom(seed, 'nights for mutants');
  const { ground = 'solo', faults = [], temperament = 'well', critical = 0, deeds = [] } = nights;
  const { states = [3, 26], bakeSeconds = 120 } = nights;
  const deed = (kind: Deed['kind']): Deed => ({
    kind,
    ...(kind === 'answer' ? { question: 1 } : { state: between(random, ...states) }),
    afterSeconds: between(random, 0, 40),
    pick: random(),
  });
  const fault = (name: string): Fault => ({
    name,
    fromSeconds: between(random, 0, 1_200),
    forSeconds: between(random, 60, 600),
    strength: 0.3,
    pick: random(),
  });
  return {
    seed,
    ground,
    readings: {},
    groups: {},
    bakes: [{ seconds: bakeSeconds, temperament, fails: false, critical }],
    deeds: [{ kind: 'release', afterSeconds: 10, pick: 0 }, ...deeds.map(deed)],
    faults: faults.map(fault),
  };
}

/** In which night, from 1 on, this invariant is broken first; undefined when it is not in so many. */
export async function caughtAfter(
  stage: StormStage,
  { breaks, nights, runsMax }: Pick<Mutant, 'breaks' | 'nights' | 'runsMax'>,
): Promise<number | undefined> {
  for (let run = 1; run <= runsMax; run += 1) {
    const { breaches } = await playNight(stage, nightOf(run, nights), { untilBroken: true });
    if (breaches.some(({ invariant }) => invariant.startsWith(`${breaks} `))) return run;
  }
  return undefined;
}
