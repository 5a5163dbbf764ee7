import { callFaults } from './call-faults.ts';
import { eventFaults } from './event-faults.ts';
import { fleetFaults } from './fleet-faults.ts';
import { functionFaults } from './function-faults.ts';
import { gateFaults } from './gate-faults.ts';
import { staleReadFaults } from './stale-reads.ts';
import type { FaultKind } from './weather.ts';

/** Every fault that AWS can have, by the name that `--faults` takes. What people do is in `people.ts`. */
export const faultKinds = {
  ...callFaults,
  ...staleReadFaults,
  ...functionFaults,
  ...eventFaults,
  ...fleetFaults,
  ...gateFaults,
} as const satisfies Readonly<Record<string, FaultKind>>;
export type FaultName = keyof typeof faultKinds;
export const faultNames = Object.keys(faultKinds) as readonly FaultName[];
