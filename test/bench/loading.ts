import { synthesize } from '../../bin/cli/synthesize.ts';
import { readAssembly } from '../../simulator/template/assembly.ts';
import { type Measurement, median } from './measurement.ts';
import { deployed, oneFleet } from './subject.ts';

const RUNS = 9;
const READY_MS_MAX = 1500;

/** From the folder that `cdk synth` wrote to a world in which all of it is deployed. */
export async function measureLoading(): Promise<readonly Measurement[]> {
  const catalogue = oneFleet();
  const directory = await synthesize(catalogue);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const begunMs = performance.now();
    deployed({ catalogue, stacks: readAssembly(directory) }, { seed: run });
    times.push(performance.now() - begunMs);
  }
  const [first = 0] = times;
  return [
    {
      name: 'loading the templates to ready',
      value: first,
      unit: 'ms',
      limit: { atMost: READY_MS_MAX },
      detail: `the first in this process; median of ${RUNS}: ${median(times).toFixed(1)} ms`,
    },
  ];
}
