import type { Readings } from './contract.ts';

/** The likelier reading of each fact that is not confirmed. Both are run: see the storms and tests. */
export const defaultReadings: Readings = {
  suspendFreezesCancel: false,
  autoRollbackCheckedAtStart: true,
  pipelineRefusesSecondStart: true,
  bakeTokenRemembered: true,
  templateTokenRemembered: true,
  scanBeforeAvailable: true,
  maxHealthyExceedsMaxSize: true,
  percentRoundsUp: true,
};
