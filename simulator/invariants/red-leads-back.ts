import { enforcedAlarms, type RehearsedFleet } from '../scenarios/catalogue.ts';
import {
  fleetOf,
  type Invariant,
  isRunning,
  textMember,
  type Witness,
  type WitnessedExecution,
} from './witness.ts';

/** A wake may be lost; then the safety net looks, and that look may be retried. */
const SLACK_MS = 2 * 60_000;
/** What only waits is looked at within so much of the time for which it has waited, and no later than the catalogue says. */
const SHARE_OF_AGE = 1 / 12;

/** States of Rollout in which new instances run and the fleet is not on its way back. */
const FORWARD = ['Start the instance refresh', 'Record the rollout'] as const;
const BACK: ReadonlySet<string> = new Set(['Turn back', 'Send the fleets back']);

interface Debt {
  readonly execution: string;
  /** What is red, in words. */
  readonly what: string;
  readonly isRed: () => boolean;
  readonly sinceMs: number;
}

/**
 * 8. A red reading is followed by the start of the way back within a stated bound: the look interval and two minutes. The
 * look interval is `look.refresh`, or where it has waited for long a twelfth of that, at most `look.waiting`. Red is what
 * an enforced alarm says while its fleet moves forward, or while its wave is soaked, and the no of a person who was asked.
 */
export const redLeadsBack: Invariant = (witness, broke) => {
  const forward = new Set<string>();
  const soaking = new Set<string>();
  let debts: Debt[] = [];
  const refused = new Set<string>();
  const boundMs = ({ execution, sinceMs }: Debt): number => {
    const { refreshSeconds, waitingSeconds = refreshSeconds } = witness.catalogue.look;
    // No wait is older than its execution.
    const ageMs = sinceMs - (witness.execution(execution)?.startedMs ?? sinceMs);
    const waitingMs = Math.min(waitingSeconds * 1000, ageMs * SHARE_OF_AGE);
    return Math.max(refreshSeconds * 1000, waitingMs) + SLACK_MS;
  };

  const settle = (): void => {
    debts = debts.filter((debt) => {
      if (!isRunning(witness.execution(debt.execution))) return false;
      // Nobody need have seen what was over before anybody had to look.
      if (!debt.isRed()) return false;
      const bound = boundMs(debt);
      if (witness.calmMsSince(debt.sinceMs) <= bound) return true;
      broke(
        `${debt.what} since ${new Date(debt.sinceMs).toISOString()}, and ${debt.execution} has not turned back within ${Math.round(bound / 1000)} s`,
      );
      return false;
    });
  };
  /** A no that came in time, once. */
  const hearNo = (): void => {
    const { approvals } = witness.ledger();
    for (const { releaseId, fleet, wave, decision, answeredAt = '', ...asked } of approvals) {
      const key = [releaseId, fleet ?? '', wave ?? '', asked.askedAt].join(' ');
      const sinceMs = Date.parse(answeredAt);
      if (decision !== 'reject' || refused.has(key)) continue;
      refused.add(key);
      if (sinceMs >= Date.parse(asked.askedAt) + asked.expiresSeconds * 1000) continue;
      const about = fleet === undefined ? `wave ${wave}` : `fleet ${fleet}`;
      const askers = fleet === undefined ? soaking : forward;
      for (const execution of askers) {
        if (!waitsFor(witness.execution(execution), releaseId, fleet)) continue;
        debts.push({ execution, what: `a no about ${about}`, isRed: () => true, sinceMs });
      }
    }
  };
  const minute = (): void => {
    hearNo();
    settle();
  };
  return {
    line: (line) => {
      if (line.kind === 'state' && line.phase === 'entered') {
        const { execution, state } = line;
        if (state === FORWARD[0]) forward.add(execution);
        if (state === 'Soak the wave') soaking.add(execution);
        else soaking.delete(execution);
        if (state === FORWARD[1]) forward.delete(execution);
        if (BACK.has(state)) {
          forward.delete(execution);
          debts = debts.filter((debt) => debt.execution !== execution);
        }
      }
      if (line.kind !== 'event' || line.detailType !== 'CloudWatch Alarm State Change') return;
      if (textMember(line.event, 'detail', 'state', 'value') !== 'ALARM') return;
      const alarm = textMember(line.event, 'detail', 'alarmName') ?? '';
      for (const fleet of Object.values(witness.catalogue.fleets)) {
        const waves = witness.catalogue.waves.filter(({ fleets }) => fleets.includes(fleet.name));
        const own = enforcedAlarms(fleet).includes(alarm);
        if (!own && !waves.some((wave) => enforcedAlarms(wave).includes(alarm))) continue;
        for (const execution of movers(witness, fleet, own ? forward : new Set(), soaking)) {
          debts.push({
            execution,
            what: `alarm ${alarm} of fleet ${fleet.name} is red`,
            isRed: () => witness.alarm(alarm)?.state === 'ALARM',
            sinceMs: witness.nowMs(),
          });
        }
      }
    },
    minute,
    end: minute,
  };
};

/** Whether it has asked about the fleet of a release or, without one, about a wave of it. */
function waitsFor(
  execution: WitnessedExecution | undefined,
  releaseId: string,
  fleet: string | undefined,
): boolean {
  if (execution === undefined) return false;
  if (fleet === undefined) return execution.name === releaseId;
  return fleetOf(execution) === fleet && textMember(execution.input, 'releaseId') === releaseId;
}

/** Executions that must turn back when this fleet is red. */
function movers(
  witness: Witness,
  fleet: RehearsedFleet,
  forward: ReadonlySet<string>,
  soaking: ReadonlySet<string>,
): readonly string[] {
  const rollouts = [...forward].filter((arn) => {
    const execution = witness.execution(arn);
    return execution !== undefined && fleetOf(execution) === fleet.name && isRunning(execution);
  });
  const releases = [...soaking].filter((arn) => {
    const name = witness.execution(arn)?.name;
    const { releaseFleets } = witness.ledger();
    return releaseFleets.some((one) => one.releaseId === name && one.fleet === fleet.name);
  });
  return [...rollouts, ...releases];
}
