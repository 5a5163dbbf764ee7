import { type RehearsedFleet, type RehearsedWave, settingsOf } from '../scenarios/catalogue.ts';
import { type Invariant, isRunning, type Witness, type WitnessedExecution } from './witness.ts';

/** Cold starts, retries, and moves of a workflow that are no waits. */
const SLACK_SECONDS = 30 * 60;
/** A function's time, or a retry of everything that a wait hangs on, comes on top of each look. */
const LOOKS_LATE = 1.5;
/** How often a release may be sent back, or taken over, before a person is called. */
const ROUNDS = 3;

/**
 * 10. Every execution ends within the bound that its policy implies, whatever is lost: a rollout after a foreign refresh,
 * the way forward and the way back; a release after its bake and, for each wave, its rollouts, their ways back, the soak
 * and a person's answer; Recover after the ways back of all fleets. Time in which AWS is disturbed does not count.
 */
export const everyExecutionEnds: Invariant = (witness, broke) => {
  const look = (): void => {
    for (const execution of witness.executions()) {
      if (execution.workflow === undefined || !isRunning(execution)) continue;
      const boundSeconds = boundOf(witness, execution);
      if (witness.calmMsSince(execution.startedMs) <= boundSeconds * 1000) continue;
      const since = new Date(execution.startedMs).toISOString();
      broke(
        `${execution.arn} runs since ${since}, longer than the ${boundSeconds} s that its policy implies`,
      );
    }
  };
  return { minute: look, end: look };
};

function boundOf(witness: Witness, { workflow }: WitnessedExecution): number {
  const fleets = Object.values(witness.catalogue.fleets);
  const rollout = Math.max(...fleets.map(rolloutSeconds));
  const back = fleets.reduce((sum, fleet) => sum + backSeconds(fleet), 0);
  switch (workflow) {
    case 'rollout':
      return rollout + SLACK_SECONDS;
    case 'recover':
      return ROUNDS * back + SLACK_SECONDS;
    case 'release':
    case undefined: {
      const releases = settingsOf(witness.catalogue).map(({ image, waves }) =>
        waves.reduce(
          (sum, wave) =>
            sum + rollout + wave.soakSeconds + LOOKS_LATE * askedSeconds(wave) + SLACK_SECONDS,
          image.bakeLimitSeconds + image.inspection.scanLimitSeconds,
        ),
      );
      return Math.max(...releases) + ROUNDS * back + SLACK_SECONDS;
    }
    default:
      return workflow satisfies never;
  }
}

/** How long a person may be waited for, and gates after that. */
const askedSeconds = ({ gates = [], limits }: RehearsedWave): number =>
  gates.reduce(
    (sum, gate) => sum + (gate.kind === 'approval' ? gate.expiresSeconds : 0),
    (limits?.inconclusiveSeconds ?? 0) + (limits?.unreadableSeconds ?? 0),
  );

const backSeconds = ({ limits }: RehearsedFleet): number =>
  LOOKS_LATE * (limits.wayBackSeconds + limits.foreignRefreshSeconds);

const rolloutSeconds = (fleet: RehearsedFleet): number =>
  LOOKS_LATE * fleet.limits.rolloutSeconds + 2 * backSeconds(fleet);
