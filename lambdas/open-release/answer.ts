import { hearAnswer } from '../adapters/answering.ts';
import { findWaveApproval } from '../adapters/approvals.ts';
import { findRelease } from '../adapters/releases.ts';
import type { ReleaseInput } from '../core/inputs.ts';

type Answer = Extract<ReleaseInput, { kind: 'answer' }>;

export interface Heard {
  readonly kind: 'answered' | 'not-taken';
  readonly reason: string;
  /** Of the release that is asked about; empty where there is none. */
  readonly image: string;
  readonly releaseId: string;
}

/**
 * Records a person's answer to the question whether a release may go on from a wave. The first answer holds for good: a
 * second one is told who was first. The release that waits is looked at soon, and in any case by its safety net.
 */
export async function answerAboutWave(
  { release: releaseId, wave, approve, by, reason: why }: Answer,
  nowMs: number,
  wake: (executionArn: string) => Promise<void>,
): Promise<Heard> {
  const release = await findRelease(releaseId);
  const image = release?.image ?? '';
  const notTaken = (reason: string): Heard => ({ kind: 'not-taken', reason, image, releaseId });
  if (release === undefined) return notTaken(`there is no release ${releaseId}`);
  const question = await findWaveApproval(releaseId, wave);
  if (question === undefined) {
    return notTaken(`nobody has been asked about wave ${wave} of release ${releaseId}`);
  }
  if (question.decision === undefined && release.outcome !== undefined) {
    return notTaken(`release ${releaseId} has ended already: ${release.outcome}`);
  }
  if (question.decision === undefined && release.wayBackReason !== undefined) {
    return notTaken(`release ${releaseId} goes back already: ${release.wayBackReason}`);
  }
  const answered = await hearAnswer(
    releaseId,
    question,
    { decision: approve ? 'approve' : 'reject', by, why },
    () => findWaveApproval(releaseId, wave),
    nowMs,
  );
  if (answered.kind === 'refused') return notTaken(answered.reason);
  await wake(release.executionArn);
  return { kind: 'answered', reason: answered.reason, image, releaseId };
}
