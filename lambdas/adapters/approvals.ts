import { approvalPrefix, releaseKeys } from '../core/keys.ts';
import { Approval } from '../core/ledger.ts';
import { type Answer, recordAnswer } from './record-answer.ts';
import { read, readAll, write } from './table.ts';

export const findApproval = (
  releaseId: string,
  fleet: string,
  checkpointPercent: number,
): Promise<Approval | undefined> =>
  read(releaseKeys(releaseId).approval(fleet, checkpointPercent), Approval);

/** All questions about a fleet in a release, in the order of its checkpoints. */
export const readApprovals = (releaseId: string, fleet: string): Promise<Approval[]> =>
  readAll(releaseKeys(releaseId).partition, approvalPrefix(fleet), Approval);

/** Writes a question. Idempotent: one that is there stays as it is, with its instant and its answer. */
export const askForApproval = (releaseId: string, question: Approval): Promise<boolean> =>
  write({
    update: releaseKeys(releaseId).approval(question.fleet, question.checkpointPercent),
    set: question,
    when: { absent: ['askedAt'] },
  });

/** Writes the answer. False when somebody was first. */
export const answerApproval = (
  releaseId: string,
  { fleet, checkpointPercent }: Approval,
  answer: Answer,
): Promise<boolean> =>
  recordAnswer(releaseKeys(releaseId).approval(fleet, checkpointPercent), answer);
