import { approvalByLink, approvalExpired, approvalGiven, approvalRefused } from './approved.ts';
import {
  waveApprovalByLink,
  waveApprovalExpired,
  waveApprovalGiven,
  waveApprovalHeld,
  waveApprovalRefused,
} from './approved-wave.ts';
import { gateFunctionHangs, gateFunctionRefuses, gateFunctionThrows } from './asked.ts';
import { noisyCanary, quietSoak, silentCanary, slowCanary } from './compared.ts';
import { bakeFails, cannotRollBack, inspectBlocks } from './failed.ts';
import {
  foreignRefresh,
  mixedInstances,
  slowLifecycleHook,
  smallGroup,
  standbyAndProtected,
  warmPool,
} from './groups.ts';
import { probeHangs, probeRed, probeUnmade, waveProbeRed } from './probed.ts';
import { byHand, duplicateAndLostEvents, goodImage, slowBake, unpinnedGroup } from './promoted.ts';
import {
  backByHand,
  hookAbandons,
  instancesNeverHealthy,
  secondWaveFails,
  sickAfterCompletion,
  sickCanary,
  stoppedMidCanary,
} from './rolled-back.ts';
import { scaleInDuringRefresh, scaleOutDuringRefresh } from './scaling.ts';
import type { Scenario } from './scenario.ts';

/** Those that ask for gates of which the example that `npm start` plays has none. */
export const gatedScenarios: readonly Scenario[] = [
  gateFunctionRefuses,
  gateFunctionThrows,
  gateFunctionHangs,
  probeRed,
  probeHangs,
  probeUnmade,
  waveProbeRed,
  quietSoak,
  approvalGiven,
  approvalRefused,
  approvalExpired,
  approvalByLink,
  waveApprovalGiven,
  waveApprovalRefused,
  waveApprovalByLink,
  waveApprovalExpired,
  waveApprovalHeld,
];

/** Every scenario, in the order in which they are listed. */
export const scenarios: readonly Scenario[] = [
  goodImage,
  unpinnedGroup,
  byHand,
  duplicateAndLostEvents,
  slowBake,
  sickCanary,
  sickAfterCompletion,
  secondWaveFails,
  instancesNeverHealthy,
  backByHand,
  stoppedMidCanary,
  bakeFails,
  inspectBlocks,
  cannotRollBack,
  foreignRefresh,
  mixedInstances,
  warmPool,
  standbyAndProtected,
  scaleOutDuringRefresh,
  scaleInDuringRefresh,
  smallGroup,
  slowLifecycleHook,
  hookAbandons,
  slowCanary,
  noisyCanary,
  silentCanary,
  ...gatedScenarios,
];

/** What is played when nobody asks for anything else: one release that goes well, and one that does not, in one world. */
export const defaultScenarios: readonly Scenario[] = [goodImage, sickCanary];
