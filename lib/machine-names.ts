export const machineNames = ['release', 'rollout', 'recover'] as const;
export type MachineName = (typeof machineNames)[number];

/** A physical name: operators start releases by it, and functions must know it before the machine exists. */
export const machineName = (hub: string, machine: MachineName): string => `kiln-${hub}-${machine}`;
