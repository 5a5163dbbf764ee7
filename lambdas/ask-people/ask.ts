import * as z from 'zod/mini';
import { makeLink } from '../adapters/answer-links.ts';
import type { KMSClient } from '../adapters/clients/kms.ts';
import type { SNSClient } from '../adapters/clients/sns.ts';
import { log } from '../adapters/entry.ts';
import { newNonce } from '../adapters/nonces.ts';
import { notify } from '../adapters/notifications.ts';
import { findQuestion, linkQuestion } from '../adapters/questions.ts';
import { approvalExpiresAtMs } from '../core/decide-approval.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { Key } from '../core/keys.ts';
import {
  isLinked,
  type LinkedQuestion,
  type QuestionLink,
  requestAbout,
} from '../core/question.ts';

const Input = z.object({
  /** The item of the question, and how people call it. */
  question: z.object({ pk: z.string(), sk: z.string(), subject: z.string() }),
  /** Who waits for the answer. */
  executionArn: z.string(),
  /** Why it is asked, and what happens when nobody answers: the page of the link says so too. */
  asked: z.string(),
  otherwise: z.string(),
  notification: z.object({ subject: z.string(), message: z.record(z.string(), z.unknown()) }),
});

interface Ports {
  readonly kms: KMSClient;
  readonly sns: SNSClient;
}

/**
 * Tells people of a question, with the link to answer it. The link is in the notification and nowhere else: neither in the
 * history of the execution nor in a log, which may be read by people who may not answer. A retry sends the same link.
 */
export const makeAskPeople = (ports: Ports) => async (event: unknown) => {
  const { question: named, executionArn, asked, otherwise, notification } = Input.parse(event);
  const { pk, sk, subject } = named;
  const question = await linked({ pk, sk }, { executionArn, subject, asked, otherwise });
  const link = await makeLink(ports.kms, {
    key: { pk, sk },
    untilMs: approvalExpiresAtMs(requestAbout(question)),
    nonce: question.link.nonce,
  });
  await notify(ports.sns, notification.subject, { ...notification.message, link });
  log('INFO', 'people asked', { pk, sk, subject });
  return { asked: subject };
};

/** @throws KilnError Unexpected when the ledger has no such question */
async function linked(key: Key, about: Omit<QuestionLink, 'nonce'>): Promise<LinkedQuestion> {
  const before = await findQuestion(key);
  if (before !== undefined && !isLinked(before)) {
    await linkQuestion(key, { ...about, nonce: newNonce() });
  }
  const question = await findQuestion(key);
  if (question !== undefined && isLinked(question)) return question;
  throw new KilnError(ErrorName.Unexpected, `the ledger has no question ${key.pk} ${key.sk}`);
}
