import * as z from 'zod/mini';
import {
  type ApprovalAnswer,
  type ApprovalRequest,
  approvalExpiresAtMs,
} from './decide-approval.ts';
import { instantMs } from './durations.ts';
import { Approval } from './ledger.ts';

/**
 * What a link needs to know of a question, whatever it is about: the item says in `link` how people call it and who waits
 * for it.
 */
export const Question = z.object({
  ...Approval.shape,
  fleet: z.optional(z.string()),
  wave: z.optional(z.string()),
  checkpointPercent: z.optional(z.int()),
});
export type Question = z.infer<typeof Question>;
export type QuestionLink = NonNullable<Question['link']>;

/** A question to which a link was sent. */
export type LinkedQuestion = Question & { readonly link: QuestionLink };

export const isLinked = (question: Question): question is LinkedQuestion =>
  question.link !== undefined;

export const requestAbout = ({
  link,
  askedAt,
  expiresSeconds,
  heldSince,
}: LinkedQuestion): ApprovalRequest => ({
  subject: link.subject,
  askedAtMs: instantMs(askedAt),
  expiresSeconds,
  heldSinceMs: heldSince === undefined ? undefined : instantMs(heldSince),
});

/** Where a question stands for somebody who opens the link to it. */
export type Standing =
  | { readonly kind: 'open'; readonly untilMs: number }
  | { readonly kind: 'decided'; readonly answer: ApprovalAnswer }
  | { readonly kind: 'expired'; readonly untilMs: number }
  /** Nobody waits for the answer any more. */
  | { readonly kind: 'over'; readonly reason: string };

/** `over`: why nobody waits any more, where nobody does. Who decided is told before all else. */
export function standingOf(
  question: LinkedQuestion,
  linkUntilMs: number,
  answer: ApprovalAnswer | undefined,
  over: string | undefined,
  nowMs: number,
): Standing {
  if (answer !== undefined) return { kind: 'decided', answer };
  if (over !== undefined) return { kind: 'over', reason: over };
  const untilMs = Math.min(linkUntilMs, approvalExpiresAtMs(requestAbout(question)));
  return nowMs < untilMs ? { kind: 'open', untilMs } : { kind: 'expired', untilMs };
}

/** What somebody typed, on one line: characters that move the cursor or turn the direction of writing show nothing true. */
export const oneLine = (typed: string): string =>
  typed.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+/gu, ' ').trim();

/** Who answered, as the ledger keeps it: whoever holds a link may type any name. */
export const byLink = (name: string): string => `${name} (by link, name not verified)`;
