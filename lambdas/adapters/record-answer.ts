import type { Key } from '../core/keys.ts';
import type { Approval } from '../core/ledger.ts';
import { write } from './table.ts';

export type Answer = Required<Pick<Approval, 'decision' | 'by' | 'why' | 'answeredAt'>>;

/**
 * Writes the answer to a question: the first one holds, however it came. False when somebody was first, or when the question
 * is not bound to this nonce.
 */
export const recordAnswer = (key: Key, answer: Answer, nonce?: string): Promise<boolean> =>
  write({
    update: key,
    set: answer,
    when: {
      absent: ['decision'],
      ...(nonce === undefined ? {} : { equals: { 'link.nonce': nonce } }),
    },
  });
