import type { StormPlan } from '../../simulator/storm/plan.ts';
import { shrink } from '../../simulator/storm/shrink.ts';
import type { Output } from './command.ts';
import type { Given } from './storm.ts';
import type { Crew } from './storm-crew.ts';
import type { StormGround } from './storm-grounds.ts';
import { writePlan } from './storm-plan-file.ts';
import { planShown, type Tally } from './storm-report.ts';

interface Telling {
  /** The first night that broke a promise. */
  readonly plan: StormPlan | undefined;
  readonly tally: Tally;
  readonly crew: Crew;
  readonly grounds: readonly StormGround[];
  readonly given: Given;
  readonly json: boolean;
  readonly out: Output;
  readonly err: Output;
}

/** Some 20 seconds of shrinking; what is left then is small enough to be read. */
const TRIES_MAX = 120;

/** Shrinks the first broken night and says what it is, what it breaks, and how to replay it. */
export async function tellSmallest(telling: Telling): Promise<void> {
  const { plan, tally, crew, grounds, given, json, out, err } = telling;
  if (plan === undefined) return;
  const say = (text: string): unknown => (json ? err : out).write(`${text}\n`);
  const breach = tally.broken.find(({ seed }) => seed === plan.seed);
  if (breach === undefined) return;
  for (const { seed, invariant, message } of tally.broken) {
    say(`\nSeed ${seed} broke: ${invariant}\n  ${message}`);
  }
  err.write(`\nShrinking seed ${plan.seed} ...\n`);
  const shrunk = await shrink({
    plan,
    triesMax: TRIES_MAX,
    grounds: grounds.map(({ name }) => name),
    breaks: async (smaller) => {
      const { breaches } = await crew.play(smaller);
      return breaches.some(({ invariant }) => invariant === breach.invariant);
    },
  });
  const [last] = (await crew.play(shrunk.plan)).breaches.filter(
    ({ invariant }) => invariant === breach.invariant,
  );
  const file = `dist/storms/${plan.seed}.json`;
  writePlan(file, shrunk.plan);
  const catalogue = given.catalogue === undefined ? '' : ` --catalogue ${given.catalogue}`;
  const faults = given.faults === undefined ? '' : ` --faults ${given.faults}`;
  say(
    [
      '',
      `The smallest night found in ${shrunk.tries} tries that breaks: ${breach.invariant}`,
      ...planShown(shrunk.plan).map((line) => `  ${line}`),
      `  ${last?.message ?? breach.message}`,
      '',
      `Replay it:        npx tsx bin/kiln.ts storm${catalogue} --replay ${file}`,
      `Replay the whole: npx tsx bin/kiln.ts storm${catalogue}${faults} --runs 1 --seed ${plan.seed}`,
    ].join('\n'),
  );
}
