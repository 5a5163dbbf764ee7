import type { TraceLine } from '../../simulator/index.ts';
import type { Measurement } from './measurement.ts';
import { deployed, oneFleet, release, settle, subjectOf } from './subject.ts';

const TRANSITIONS_MAX = 60;

/** How often each state was entered or tried again, by machine and state. */
export type Transitions = ReadonlyMap<string, number>;

/** What a promoted release of one fleet takes: a bake of 20 minutes, checkpoints 10, 50 and 100, ten minutes of soak. */
export async function countTransitions(seed = 1): Promise<Transitions> {
  const subject = await subjectOf(oneFleet());
  const counts = new Map<string, number>();
  const trace = (line: TraceLine): void => {
    if (line.kind !== 'state' || line.phase === 'exited') return;
    const machine = line.machine.split('-').at(-1) ?? '';
    const retried = line.phase === 'retried' ? ' (again)' : '';
    const state = `${machine}: ${line.state}${retried}`;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  };
  const simulation = deployed(subject, { seed, trace });
  await settle(simulation);
  await release(simulation, subject, 'SUCCEEDED');
  return counts;
}

export const total = (transitions: Transitions): number =>
  [...transitions.values()].reduce((sum, count) => sum + count, 0);

export async function measureTransitions(): Promise<readonly Measurement[]> {
  const transitions = await countTransitions();
  const split = [...transitions].map(([state, count]) => `${String(count).padStart(2)} ${state}`);
  return [
    {
      name: 'state transitions of a one-fleet release',
      value: total(transitions),
      unit: '',
      limit: { atMost: TRANSITIONS_MAX },
      detail: split.join('\n'),
    },
  ];
}
