import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StormPlan } from '../../simulator/storm/plan.ts';
import { readAssembly } from '../../simulator/template/assembly.ts';
import type { StormGround } from './storm-grounds.ts';
import { type Night, playNight, type StormStage } from './storm-play.ts';

/** Who plays nights: this process, or several others side by side. */
export interface Crew {
  /** How many nights may be played at once. */
  readonly size: number;
  play(plan: StormPlan): Promise<Night>;
  end(): void;
}

/** A ground as another process finds it again. */
export interface StagedGround {
  readonly name: string;
  /** Directory of the cloud assembly. */
  readonly assembly: string;
}

/** What a worker is told first; each plan comes after that. */
export interface Briefing {
  readonly grounds: readonly StagedGround[];
  /** Absolute path of the one catalogue to play on, where it is a file; its ground is the first. */
  readonly catalogueFile: string | undefined;
}

export type Answer = { readonly night: Night } | { readonly thrown: string };

/** Stages read once: what is read of an assembly is never changed. */
export function stagesOf(
  grounds: readonly StormGround[],
  staged: readonly StagedGround[],
): ReadonlyMap<string, StormStage> {
  return new Map(
    staged.flatMap(({ name, assembly }) => {
      const catalogue = grounds.find((one) => one.name === name)?.catalogue;
      return catalogue === undefined ? [] : [[name, { catalogue, stacks: readAssembly(assembly) }]];
    }),
  );
}

/** @throws RangeError for a plan of an unknown ground */
export async function playOn(
  stages: ReadonlyMap<string, StormStage>,
  plan: StormPlan,
): Promise<Night> {
  const stage = stages.get(plan.ground);
  if (stage === undefined) throw new RangeError(`there is no ground ${plan.ground}`);
  try {
    return await playNight(stage, plan);
  } catch (error) {
    // A service that breaks, or a bundle that does what none may, ends the night and is told like a broken promise.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const breach = { invariant: '0 the simulation goes on', message };
    const left = { seconds: 0, boundSeconds: 0 };
    return { breaches: [breach], faults: {}, outcomes: {}, seconds: 0, left };
  }
}

export const soloCrew = (stages: ReadonlyMap<string, StormStage>): Crew => ({
  size: 1,
  play: (plan) => playOn(stages, plan),
  end: () => undefined,
});

const WORKER = fileURLToPath(new URL('./storm-worker.ts', import.meta.url));
const STRIP_TYPES = new URL('../strip-types.mjs', import.meta.url).href;
/** A night makes much that does not outlive it: with Node's own 16 MB a good part of that is copied before it is gone. */
const YOUNG_MB = 64;

/** Processes of their own, each with one night at a time. */
export function crewOf(size: number, briefing: Briefing): Crew {
  const idle = Array.from({ length: size }, () => {
    const worker = fork(WORKER, {
      execArgv: [`--max-semi-space-size=${YOUNG_MB}`, '--import', STRIP_TYPES],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    worker.send(briefing);
    return worker;
  });
  const workers = [...idle];
  const waiting: ((worker: ChildProcess) => void)[] = [];
  const take = (): Promise<ChildProcess> => {
    const worker = idle.pop();
    return worker === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(worker);
  };
  const giveBack = (worker: ChildProcess): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };
  return {
    size,
    play: async (plan) => {
      const worker = await take();
      try {
        const answer = await asked(worker, plan);
        if ('thrown' in answer) throw new Error(answer.thrown);
        return answer.night;
      } finally {
        giveBack(worker);
      }
    },
    end: () => {
      for (const worker of workers) worker.kill();
    },
  };
}

function asked(worker: ChildProcess, plan: StormPlan): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`a worker process ended with ${code}`));
    worker.once('exit', gone);
    worker.once('message', (answer: Answer) => {
      worker.off('exit', gone);
      resolve(answer);
    });
    worker.send(plan);
  });
}
