import { earliest, showInstant, showSince } from './durations.ts';

/** A question to a person: may this rollout go on? */
export interface ApprovalRequest {
  /** What is asked about, as a person knows it: `web-prod at checkpoint 10 %`. */
  readonly subject: string;
  readonly askedAtMs: number;
  readonly expiresSeconds: number;
  /** Since when a refresh is held for it; absent where none is, as in a soak or between waves. */
  readonly heldSinceMs?: number | undefined;
}

export interface ApprovalAnswer {
  readonly decision: 'approve' | 'reject';
  /** Both go to the ledger. */
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

/**
 * The longest that a refresh may be left at a checkpoint: `CheckpointDelay` is at most 172800 seconds, and Auto Scaling
 * goes on by itself after it should our hold be lifted by somebody else.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-adding-checkpoints-instance-refresh.html
 */
export const HOLD_SECONDS_MAX = 172_800;

export const approvalExpiresAtMs = ({
  askedAtMs,
  expiresSeconds,
  heldSinceMs,
}: ApprovalRequest): number =>
  earliest(
    askedAtMs + expiresSeconds * 1000,
    heldSinceMs === undefined ? undefined : heldSinceMs + HOLD_SECONDS_MAX * 1000,
  );

export type ApprovalState =
  | { readonly kind: 'approved' | 'rejected'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'expired'; readonly untilMs: number; readonly reason: string };

/** Where an approval stands. The first recorded answer holds for good; one that came too late is none. */
export function decideApproval(
  request: ApprovalRequest,
  answer: ApprovalAnswer | undefined,
  nowMs: number,
): ApprovalState {
  const untilMs = approvalExpiresAtMs(request);
  if (answer !== undefined && answer.atMs < untilMs) {
    const kind = answer.decision === 'approve' ? 'approved' : 'rejected';
    return { kind, reason: `${request.subject} ${showAnswer(answer)}` };
  }
  const asked = `${request.subject}: asked at ${showInstant(request.askedAtMs)}`;
  if (nowMs < untilMs) {
    const reason = `${asked}, nobody has answered for ${showSince(request.askedAtMs, nowMs)}`;
    return { kind: 'waiting', untilMs, reason };
  }
  const reason = `${asked}, nobody had answered by ${showInstant(untilMs)}`;
  return { kind: 'expired', untilMs, reason };
}

/** The longest that an answer may be: in UTF-16 units. */
export const BY_CHARACTERS = 200;
export const WHY_CHARACTERS = 500;

export type Admission =
  | { readonly kind: 'accepted'; readonly answer: ApprovalAnswer }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Whether an answer may be recorded. `first`: what the ledger has already; the write that follows an acceptance must be
 * conditional on there being none, since two people may answer at once.
 */
export function admitAnswer(
  request: ApprovalRequest,
  first: ApprovalAnswer | undefined,
  { decision, by, why }: Omit<ApprovalAnswer, 'atMs'>,
  nowMs: number,
): Admission {
  const refused = (reason: string): Admission => ({ kind: 'refused', reason });
  if (first !== undefined) return refused(`${request.subject} was ${showAnswer(first)}`);
  const untilMs = approvalExpiresAtMs(request);
  if (nowMs >= untilMs) {
    return refused(`${request.subject}: the question expired at ${showInstant(untilMs)}`);
  }
  const [who, reason] = [by.trim(), why.trim()];
  if (who === '' || who.length > BY_CHARACTERS) {
    return refused(`by: expected 1 to ${BY_CHARACTERS} characters, got ${who.length}`);
  }
  if (reason === '' || reason.length > WHY_CHARACTERS) {
    return refused(`why: expected 1 to ${WHY_CHARACTERS} characters, got ${reason.length}`);
  }
  return { kind: 'accepted', answer: { decision, by: who, why: reason, atMs: nowMs } };
}

/** `approved by Ann at 2026-11-23T10:00:00Z: looks fine` */
export const showAnswer = ({ decision, by, why, atMs }: ApprovalAnswer): string =>
  `${decision === 'approve' ? 'approved' : 'rejected'} by ${by} at ${showInstant(atMs)}: ${why}`;
