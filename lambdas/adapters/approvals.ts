import { approvalPrefix, type Key, releaseKeys } from '../core/keys.ts';
import { Approval, WaveApproval } from '../core/ledger.ts';
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

export const findWaveApproval = (
  releaseId: string,
  wave: string,
): Promise<WaveApproval | undefined> =>
  read(releaseKeys(releaseId).waveApproval(wave), WaveApproval);

const keyOf = (releaseId: string, about: Approval | WaveApproval): Key =>
  'wave' in about
    ? releaseKeys(releaseId).waveApproval(about.wave)
    : releaseKeys(releaseId).approval(about.fleet, about.checkpointPercent);

/** Writes a question. Idempotent: one that is there stays as it is, with its instant and its answer. */
export const askForApproval = (
  releaseId: string,
  question: Approval | WaveApproval,
): Promise<boolean> =>
  write({ update: keyOf(releaseId, question), set: question, when: { absent: ['askedAt'] } });

/** Writes the answer. False when somebody was first. */
export const answerApproval = (
  releaseId: string,
  question: Approval | WaveApproval,
  answer: Answer,
): Promise<boolean> => recordAnswer(keyOf(releaseId, question), answer);
