import { answerOf, requestOf } from '../core/approval-view.ts';
import { type ApprovalAnswer, admitAnswer } from '../core/decide-approval.ts';
import { isoInstant } from '../core/durations.ts';
import type { Approval, WaveApproval } from '../core/ledger.ts';
import { answerApproval } from './approvals.ts';

export interface Answered {
  readonly kind: 'answered' | 'refused';
  /** What was decided, or why it was not. */
  readonly reason: string;
}

/**
 * Records a person's answer to a question. The first answer holds for good: a second one is told who was first.
 *
 * @param again reads the question anew, where somebody else was first
 */
export async function hearAnswer<Question extends Approval | WaveApproval>(
  releaseId: string,
  question: Question,
  said: Omit<ApprovalAnswer, 'atMs'>,
  again: () => Promise<Question | undefined>,
  nowMs: number,
): Promise<Answered> {
  const request = requestOf(question);
  const admitted = admitAnswer(request, answerOf(question), said, nowMs);
  if (admitted.kind === 'refused') return admitted;
  const { decision, by, why } = admitted.answer;
  const answer = { decision, by, why, answeredAt: isoInstant(nowMs) };
  if (await answerApproval(releaseId, question, answer)) {
    const verb = decision === 'approve' ? 'approved' : 'rejected';
    return { kind: 'answered', reason: `${request.subject} ${verb} by ${by}: ${why}` };
  }
  const first = await again();
  const second = admitAnswer(request, first && answerOf(first), said, nowMs);
  return second.kind === 'refused' ? second : { kind: 'refused', reason: 'somebody was first' };
}
