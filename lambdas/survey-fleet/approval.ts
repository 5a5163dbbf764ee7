import { answerApproval, readApprovals } from '../adapters/approvals.ts';
import { findRollout } from '../adapters/fleets.ts';
import { answerOf, requestOf } from '../core/approval-view.ts';
import { admitAnswer } from '../core/decide-approval.ts';
import { isoInstant } from '../core/durations.ts';
import type { RolloutInput } from '../core/inputs.ts';
import type { SurveyFinding } from './survey.ts';

type Answer = Extract<RolloutInput, { kind: 'answer' }>;

/**
 * Records a person's answer to the question that is open about a fleet. The first answer holds for good: a second one is told
 * who was first. The rollout that waits is looked at soon, and in any case by its safety net.
 */
export async function answerQuestion(
  { fleet, approve, by, reason }: Answer,
  nowMs: number,
  wake: (executionArn: string) => Promise<void>,
): Promise<SurveyFinding> {
  const refused = (why: string): SurveyFinding => ({
    kind: 'refused',
    reason: why,
    whatToDo: 'nothing: what was decided stands',
  });
  const rollout = await findRollout(fleet);
  if (rollout === undefined) return refused(`fleet ${fleet} is not being rolled out`);
  if (rollout.direction === 'back') return refused(`fleet ${fleet} is on its way back already`);
  const asked = await readApprovals(rollout.releaseId, fleet);
  const question = asked.find((one) => one.decision === undefined) ?? asked.at(-1);
  if (question === undefined) return refused(`nobody has been asked about fleet ${fleet}`);
  const decision = approve ? ('approve' as const) : ('reject' as const);
  const admitted = admitAnswer(
    requestOf(question),
    answerOf(question),
    { decision, by, why: reason },
    nowMs,
  );
  if (admitted.kind === 'refused') return refused(admitted.reason);
  const { by: who, why } = admitted.answer;
  const answer = { decision, by: who, why, answeredAt: isoInstant(nowMs) };
  if (await answerApproval(rollout.releaseId, question, answer)) {
    await wake(rollout.executionArn);
    const said = approve ? 'approved' : 'rejected';
    return { kind: 'answered', reason: `${requestOf(question).subject} ${said} by ${who}: ${why}` };
  }
  const [first] = (await readApprovals(rollout.releaseId, fleet)).filter(
    (one) => one.checkpointPercent === question.checkpointPercent,
  );
  const second = admitAnswer(
    requestOf(question),
    first && answerOf(first),
    { decision, by, why: reason },
    nowMs,
  );
  return refused(second.kind === 'refused' ? second.reason : 'somebody else was first');
}
