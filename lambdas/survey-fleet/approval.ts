import { hearAnswer } from '../adapters/answering.ts';
import { findApproval, readApprovals } from '../adapters/approvals.ts';
import { findRollout } from '../adapters/fleets.ts';
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
  const { releaseId, executionArn } = rollout;
  const asked = await readApprovals(releaseId, fleet);
  const question = asked.find((one) => one.decision === undefined) ?? asked.at(-1);
  if (question === undefined) return refused(`nobody has been asked about fleet ${fleet}`);
  const answered = await hearAnswer(
    releaseId,
    question,
    { decision: approve ? 'approve' : 'reject', by, why: reason },
    () => findApproval(releaseId, fleet, question.checkpointPercent),
    nowMs,
  );
  if (answered.kind === 'refused') return refused(answered.reason);
  await wake(executionArn);
  return { kind: 'answered', reason: answered.reason };
}
