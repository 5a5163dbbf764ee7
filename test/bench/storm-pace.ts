import { stormGrounds } from '../../bin/cli/storm-grounds.ts';
import { playNight, type StormStage } from '../../bin/cli/storm-play.ts';
import { synthesize } from '../../bin/cli/synthesize.ts';
import { drawPlan } from '../../simulator/storm/draw.ts';
import { faultNames } from '../../simulator/storm/faults.ts';
import { meddling } from '../../simulator/storm/plan.ts';
import { readAssembly } from '../../simulator/template/assembly.ts';
import type { Measurement } from './measurement.ts';
import { cpuMs } from './pace.ts';

/** Nights before the clock starts, so that V8 has seen every kind of them. */
const WARMING = 20;
const NIGHTS = 150;
const NIGHTS_PER_SECOND_MIN = 10;

/** Nights of the storm command with every fault and all meddling, auditor included: seeds that nobody has chosen. */
export async function measureStorms(): Promise<readonly Measurement[]> {
  const grounds = stormGrounds();
  const stages = new Map<string, StormStage>();
  for (const { name, catalogue } of grounds) {
    stages.set(name, { catalogue, stacks: readAssembly(await synthesize(catalogue)) });
  }
  const play = async (seed: number): Promise<boolean> => {
    const plan = drawPlan({ seed, grounds, faults: faultNames, meddling });
    const stage = stages.get(plan.ground);
    if (stage === undefined) throw new Error(`there is no ground ${plan.ground}`);
    return (await playNight(stage, plan)).breaches.length > 0;
  };
  for (let seed = 1; seed <= WARMING; seed += 1) await play(seed);
  const begunMs = performance.now();
  const begunCpuMs = cpuMs();
  let broken = 0;
  for (let seed = 1; seed <= NIGHTS; seed += 1) {
    if (await play(WARMING + seed)) broken += 1;
  }
  const eachMs = (cpuMs() - begunCpuMs) / NIGHTS;
  const wallMs = (performance.now() - begunMs) / NIGHTS;
  return [
    {
      name: 'storm runs per second per core, all faults on',
      value: 1000 / eachMs,
      unit: '/s',
      limit: { atLeast: NIGHTS_PER_SECOND_MIN },
      detail: `${eachMs.toFixed(0)} ms of processor each, ${wallMs.toFixed(0)} ms on the wall; mean of ${NIGHTS} after ${WARMING}; ${broken} broke a promise`,
    },
  ];
}
