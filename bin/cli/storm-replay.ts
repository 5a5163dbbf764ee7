import type { StormPlan } from '../../simulator/storm/plan.ts';
import { readAssembly } from '../../simulator/template/assembly.ts';
import { clockShown } from '../../simulator/transcript/short-names.ts';
import { Transcript } from '../../simulator/transcript/transcript.ts';
import type { Surroundings } from './command.ts';
import type { StormGround } from './storm-grounds.ts';
import { playNight } from './storm-play.ts';
import { planShown, Tally } from './storm-report.ts';
import { synthesize } from './synthesize.ts';
import type { TraceFile } from './trace-file.ts';
import { ExitCode } from './user-mistake.ts';

interface Replay {
  readonly plan: StormPlan;
  readonly grounds: readonly StormGround[];
  readonly trace: TraceFile | undefined;
  readonly json: boolean;
  readonly surroundings: Surroundings;
}

/** Plays one plan and tells it line by line. @throws RangeError for a plan of a ground that is not there */
export async function replay(options: Replay): Promise<ExitCode> {
  const { plan, grounds, trace, json, surroundings } = options;
  const { out } = surroundings;
  const ground = grounds.find(({ name }) => name === plan.ground);
  if (ground === undefined) throw new RangeError(`there is no catalogue ${plan.ground}`);
  const { catalogue } = ground;
  const stacks = readAssembly(await synthesize(catalogue));
  const say = (text: string): void => {
    if (!json) out.write(`${text}\n`);
  };
  for (const line of planShown(plan)) say(line);
  const transcript = new Transcript();
  const startedMs = Date.now();
  const night = await playNight({ catalogue, stacks }, plan, {
    hear: (line) => {
      trace?.add(line);
      for (const { atMs, who, what } of transcript.tell(line)) {
        say(`${clockShown(atMs)}  ${who}: ${what}`);
      }
      if (line.kind === 'world') say(`${line.at.slice(11, 19)}  ${line.message}`);
    },
  });
  const tally = new Tally();
  tally.add(plan.seed, night);
  const report = tally.report((Date.now() - startedMs) / 1000);
  if (json) out.write(`${JSON.stringify(report)}\n`);
  for (const { invariant, message } of night.breaches) say(`BROKEN ${invariant}\n  ${message}`);
  if (night.breaches.length === 0) say('Every promise was kept.');
  return night.breaches.length === 0 ? ExitCode.asExpected : ExitCode.notAsExpected;
}
