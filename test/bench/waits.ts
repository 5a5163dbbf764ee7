import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { Simulation } from '../../simulator/index.ts';
import type { Measurement } from './measurement.ts';
import { deployed, oneFleet, release, settle, subjectOf } from './subject.ts';

/** A tenth of what a history may have. @see Step Functions developer guide, service-quotas */
export const EVENTS_MAX = 2_500;

const HOURS_MAX = 24 * 14;

export interface LongWait {
  readonly name: string;
  readonly catalogue: () => CheckedCatalogue;
  /** How the release ends. */
  readonly ends: 'SUCCEEDED' | 'FAILED';
}

const gates = [{ alarms: ['web-prod-5xx'] }, { instanceHealth: { min: 100 } }];

/** Waits in which nothing happens but that time goes by; of each the whole length is waited for. */
export const longWaits: readonly LongWait[] = [
  {
    name: 'a fleet soaks for 48 hours',
    catalogue: () => oneFleet({ soak: '48h' }),
    ends: 'SUCCEEDED',
  },
  {
    name: 'a wave soaks for 48 hours',
    catalogue: () => oneFleet({}, { soak: '48h' }),
    ends: 'SUCCEEDED',
  },
  {
    name: 'an approval at a checkpoint is waited for 48 hours',
    catalogue: () => oneFleet({ gates: [...gates, { approval: { expires: '48h' } }] }),
    ends: 'FAILED',
  },
  {
    name: 'an approval of a wave is waited for a week',
    catalogue: () => oneFleet({}, { gates: [{ approval: { expires: '7d' } }] }),
    ends: 'FAILED',
  },
];

/** Events in the history of each execution, by machine; of several the longest. */
export type EventCounts = ReadonlyMap<string, number>;

export async function countEvents({ catalogue, ends }: LongWait, seed = 1): Promise<EventCounts> {
  const subject = await subjectOf(catalogue());
  const simulation = deployed(subject, { seed });
  await settle(simulation);
  await release(simulation, subject, ends, 'bench', HOURS_MAX);
  return eventsOf(simulation);
}

function eventsOf({ account }: Simulation): EventCounts {
  const counts = new Map<string, number>();
  for (const { identity, history } of account.stepFunctions.executions()) {
    const machine = identity.machineName.split('-').at(-1) ?? '';
    counts.set(machine, Math.max(counts.get(machine) ?? 0, history.events.length));
  }
  return counts;
}

export async function measureWaits(): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const wait of longWaits) {
    const counts = await countEvents(wait);
    measurements.push({
      name: `history events while ${wait.name}`,
      value: Math.max(...counts.values()),
      unit: '',
      limit: { atMost: EVENTS_MAX },
      detail: [...counts].map(([machine, events]) => `${events} ${machine}`).join('\n'),
    });
  }
  return measurements;
}
