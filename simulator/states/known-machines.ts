import { makeStateMachine } from './definition.ts';
import type { Machine } from './machine.ts';
import { unsupportedHere } from './service-operations.ts';

/** A loaded machine has no state of its own, and every world of a process deploys the same few definitions. */
const machines = new Map<string, Machine>();
const machinesMax = 100;

/**
 * The machine of a definition, as this simulator runs it; loaded once per process.
 * @throws DefinitionRefused
 */
export function machineOf(definition: string): Machine {
  const known = machines.get(definition);
  if (known !== undefined) return known;
  const machine = makeStateMachine(definition, { unsupported: unsupportedHere });
  if (machines.size >= machinesMax) machines.clear();
  machines.set(definition, machine);
  return machine;
}
