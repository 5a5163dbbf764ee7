import type { RehearsedFleet, RehearsedWave } from '../scenarios/catalogue.ts';
import type { AuditedApproval } from './ledger-view.ts';
import { fleetOf, type Invariant, textMember, type Witness } from './witness.ts';

/** The state of Rollout that follows a judgement that all is well with the fleet, and nothing else. */
const FLEET_GOES_ON = 'Publish the image of the fleet';
/** States of Release that follow a judgement that all is well with the waves before, and nothing else. */
const WAVE_GOES_ON = 'Roll out the wave';
/** From the look that judged to the state that acts on it, retries of the look's calls included; and from one sample to the next. */
const JUDGED_MS = 3 * 60_000;

/**
 * 12. Nothing goes on without evidence: no fleet is recorded as rolled out while an enforced alarm of its gates has not been
 * OK for minutes; insufficient data is no evidence, unless the gate says that it is. And neither a fleet nor a wave is gone on
 * from where a person must be asked, unless somebody has said yes in time to every question that was asked about it.
 */
export const nothingGoesOnWithoutEvidence: Invariant = (witness, broke) => {
  const notOkSince = new Map<string, number>();
  const fleets = Object.values(witness.catalogue.fleets);

  const sample = (): void => {
    for (const alarm of fleets.flatMap(decidingAlarms)) {
      const state = witness.alarm(alarm)?.state;
      if (state === 'OK') notOkSince.delete(alarm);
      else if (!notOkSince.has(alarm)) notOkSince.set(alarm, witness.nowMs());
    }
  };
  const judgeAlarms = (fleet: RehearsedFleet, enters: string): void => {
    for (const alarm of decidingAlarms(fleet)) {
      const sinceMs = notOkSince.get(alarm);
      if (sinceMs === undefined || witness.calmMsSince(sinceMs) < JUDGED_MS) continue;
      const state = witness.alarm(alarm)?.state ?? 'gone';
      broke(
        `${enters} while alarm ${alarm} is ${state}, and not OK since ${new Date(sinceMs).toISOString()}`,
      );
    }
  };
  const promoted = new Set<string>();
  const judgePromoted = (): void => {
    for (const { id, image, outcome, version, direction } of witness.ledger().releases) {
      if (outcome !== 'promoted' || promoted.has(id)) continue;
      promoted.add(id);
      if (direction === 'back' || version === undefined) continue;
      for (const missing of unapproved(witness, id)) {
        broke(`release ${id} of ${image} is promoted ${missing}`);
      }
    }
  };
  return {
    line: (line) => {
      if (line.kind === 'event' && line.detailType === 'CloudWatch Alarm State Change') sample();
      if (line.kind !== 'state' || line.phase !== 'entered') return;
      const enters = `${line.execution} enters "${line.state}"`;
      const execution = witness.execution(line.execution);
      if (execution === undefined) return;
      if (line.state === FLEET_GOES_ON) {
        const fleet = fleets.find(({ name }) => fleetOf(execution) === name);
        if (fleet === undefined) return;
        judgeAlarms(fleet, enters);
        const releaseId = textMember(execution.input, 'releaseId') ?? '';
        const asked = questions(witness, releaseId).filter((one) => one.fleet === fleet.name);
        const missing = asks(fleet) && withoutYes(asked);
        if (missing) broke(`${enters} ${missing}`);
      }
      if (line.state === WAVE_GOES_ON) {
        const asked = questions(witness, execution.name).filter(({ wave }) => wave !== undefined);
        const missing = asked.length > 0 && withoutYes(asked);
        if (missing) broke(`${enters} ${missing}`);
      }
    },
    minute: () => {
      sample();
      judgePromoted();
    },
    end: judgePromoted,
  };
};

const decidingAlarms = ({ gates }: RehearsedFleet): readonly string[] =>
  gates.flatMap((gate) => {
    if (gate.kind !== 'alarms' || gate.mode !== 'enforce') return [];
    const lenient = 'insufficientData' in gate && gate.insufficientData === 'green';
    return lenient ? [] : gate.alarms;
  });

const asks = ({ gates = [] }: Pick<RehearsedWave, 'gates'>): boolean =>
  gates.some(({ kind }) => kind === 'approval');

const questions = (witness: Witness, releaseId: string): readonly AuditedApproval[] =>
  witness.ledger().approvals.filter((one) => one.releaseId === releaseId);

/** What is missing of a yes to each of them, in words; undefined when nothing is. */
function withoutYes(asked: readonly AuditedApproval[]): string | undefined {
  if (asked.length === 0) return 'although nobody was asked';
  const open = asked.find((one) => !saidYes(one));
  return open && `without a yes to what was asked at ${open.askedAt}`;
}

const saidYes = ({ decision, askedAt, expiresSeconds, answeredAt }: AuditedApproval): boolean =>
  decision === 'approve' &&
  answeredAt !== undefined &&
  Date.parse(answeredAt) < Date.parse(askedAt) + expiresSeconds * 1000;

/** Of waves whose fleets a release has rolled out, those that nobody has said yes about. */
function unapproved(witness: Witness, releaseId: string): readonly string[] {
  const moved = witness
    .ledger()
    .releaseFleets.filter((one) => one.releaseId === releaseId && one.outcome === 'rolled-out')
    .map(({ fleet }) => fleet);
  return witness.catalogue.waves.flatMap((wave) => {
    if (!asks(wave) || !wave.fleets.some((fleet) => moved.includes(fleet))) return [];
    const asked = questions(witness, releaseId).filter((one) => one.wave === wave.name);
    const missing = withoutYes(asked);
    return missing === undefined ? [] : [`${missing} about wave ${wave.name}`];
  });
}
