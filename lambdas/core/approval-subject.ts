import type { Approval, WaveApproval } from './ledger.ts';

/** What is asked about, as a person knows it: `web-prod at checkpoint 10 %`. */
export const approvalSubject = ({
  fleet,
  checkpointPercent,
}: Pick<Approval, 'fleet' | 'checkpointPercent'>): string =>
  `${fleet} at ${checkpointPercent === 100 ? 'its soak' : `checkpoint ${checkpointPercent} %`}`;

/** The same of a wave. */
export const waveSubject = ({ wave }: Pick<WaveApproval, 'wave'>): string => `wave ${wave}`;
