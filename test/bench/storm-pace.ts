import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stormGrounds } from '../../bin/cli/storm-grounds.ts';
import { playNight, type StormStage } from '../../bin/cli/storm-play.ts';
import { synthesize } from '../../bin/cli/synthesize.ts';
import { drawPlan } from '../../simulator/storm/draw.ts';
import { faultNames } from '../../simulator/storm/faults.ts';
import { meddling } from '../../simulator/storm/plan.ts';
import { readAssembly } from '../../simulator/template/assembly.ts';
import { type Measurement, median } from './measurement.ts';
import { cpuMs } from './pace.ts';

/**
 * Nights before the clock starts: until V8 has seen most of seven grounds, two dozen faults and as many ways to meddle, much of
 * the time is its compiler's. A storm plays hundreds or thousands.
 */
const WARMING = 150;
const PARTS = 5;
const NIGHTS_PER_PART = 40;
const NIGHTS_PER_SECOND_MIN = 10;

const PLAYER = fileURLToPath(new URL('./storm-player.ts', import.meta.url));

/** In a process of its own, as the storm command plays them: this one has seen too much else. */
export function measureStorms(): Promise<readonly Measurement[]> {
  return new Promise((resolve, reject) => {
    const player = fork(PLAYER);
    player.once('message', (measured) => resolve(measured as readonly Measurement[]));
    player.once('error', reject);
    player.once('exit', (code) => reject(new Error(`the player of storms ended with ${code}`)));
  });
}

/** Nights of the storm command with every fault and all meddling, auditor included: seeds that nobody has chosen. */
export async function measureNights(): Promise<readonly Measurement[]> {
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
  let seed = WARMING;
  let broken = 0;
  const parts: { readonly cpu: number; readonly wall: number }[] = [];
  for (let part = 1; part <= PARTS; part += 1) {
    const [begunCpuMs, begunMs] = [cpuMs(), performance.now()];
    for (let night = 1; night <= NIGHTS_PER_PART; night += 1) {
      seed += 1;
      if (await play(seed)) broken += 1;
    }
    parts.push({
      cpu: (cpuMs() - begunCpuMs) / NIGHTS_PER_PART,
      wall: (performance.now() - begunMs) / NIGHTS_PER_PART,
    });
  }
  const each = parts.map(({ cpu }) => cpu);
  const span = `${Math.min(...each).toFixed(0)} to ${Math.max(...each).toFixed(0)}`;
  const wallMs = median(parts.map(({ wall }) => wall));
  return [
    {
      name: 'storm runs per second per core, all faults on',
      value: 1000 / median(each),
      unit: '/s',
      limit: { atLeast: NIGHTS_PER_SECOND_MIN },
      detail: `${median(each).toFixed(0)} ms of processor each (${span}), ${wallMs.toFixed(0)} ms on the wall; median of ${PARTS} parts of ${NIGHTS_PER_PART} nights after ${WARMING}; ${broken} broke a promise`,
    },
  ];
}
