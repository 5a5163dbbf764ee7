import { approvalSubject, waveSubject } from './approval-subject.ts';
import type { ApprovalAnswer, ApprovalRequest } from './decide-approval.ts';
import { type ApprovalState, approvalExpiresAtMs, decideApproval } from './decide-approval.ts';
import type { Verdict } from './decision.ts';
import { instantMs } from './durations.ts';
import type { ApprovalGate, GatePolicy } from './gate-policy.ts';
import type { Approval, RolloutRecord, WaveApproval } from './ledger.ts';

/** Where the approval stands that a rollout needs at the checkpoint that it is at or on its way to, or a release of a wave. */
export type ApprovalView =
  | { readonly kind: 'not-needed' }
  | {
      readonly kind: 'unasked';
      /** Absent of a wave, of which it is asked once. */
      readonly checkpointPercent?: number;
      readonly expiresSeconds: number;
    }
  | (ApprovalState & { readonly answeredAtMs?: number | undefined });

export const approvalGate = (gates: readonly GatePolicy[]): ApprovalGate | undefined =>
  gates.find((gate) => gate.kind === 'approval');

/**
 * Whether somebody must be asked before the rollout goes on from this checkpoint (100: the soak). A checkpoint that was
 * passed without having been judged, as in small groups, is made up for at the next one.
 */
export const needsApproval = (
  { checkpoints }: ApprovalGate,
  { judgedPercent }: Pick<RolloutRecord, 'judgedPercent'>,
  checkpointPercent: number,
): boolean =>
  checkpoints.some((percent) => percent > judgedPercent && percent <= checkpointPercent);

/** `asked`: what the ledger has of the question at this checkpoint. */
export function approvalView(
  gate: ApprovalGate,
  rollout: RolloutRecord,
  checkpointPercent: number,
  asked: Approval | undefined,
  nowMs: number,
): ApprovalView {
  if (!needsApproval(gate, rollout, checkpointPercent)) return { kind: 'not-needed' };
  if (asked === undefined) {
    return { kind: 'unasked', checkpointPercent, expiresSeconds: gate.expiresSeconds };
  }
  return askedView(asked, nowMs);
}

/** The same of a wave, of which there is one question. */
export const waveApprovalView = (
  { expiresSeconds }: ApprovalGate,
  asked: WaveApproval | undefined,
  nowMs: number,
): ApprovalView =>
  asked === undefined ? { kind: 'unasked', expiresSeconds } : askedView(asked, nowMs);

function askedView(asked: Approval | WaveApproval, nowMs: number): ApprovalView {
  const answer = answerOf(asked);
  return {
    ...decideApproval(requestOf(asked), answer, nowMs),
    ...(answer === undefined ? {} : { answeredAtMs: answer.atMs }),
  };
}

export const requestOf = (asked: Approval | WaveApproval): ApprovalRequest => ({
  subject: 'wave' in asked ? waveSubject(asked) : approvalSubject(asked),
  askedAtMs: instantMs(asked.askedAt),
  expiresSeconds: asked.expiresSeconds,
  heldSinceMs: asked.heldSince === undefined ? undefined : instantMs(asked.heldSince),
});

type Answered = Pick<Approval, 'decision' | 'by' | 'why' | 'answeredAt'>;

export function answerOf({ decision, by, why, answeredAt }: Answered): ApprovalAnswer | undefined {
  if (decision === undefined || answeredAt === undefined) return undefined;
  return { decision, by: by ?? 'somebody', why: why ?? '', atMs: instantMs(answeredAt) };
}

export const expiresAtMs = (asked: Approval): number => approvalExpiresAtMs(requestOf(asked));

/** As a gate sees it. What was not looked up is no approval. */
export function judgeApprovalGate(view: ApprovalView | undefined): Verdict {
  switch (view?.kind) {
    case undefined:
      return { kind: 'inconclusive', reason: 'approval: not looked up' };
    case 'not-needed':
      return { kind: 'green', reason: 'approval: nobody is asked here' };
    case 'unasked':
      return {
        kind: 'inconclusive',
        reason: `approval: nobody has been asked yet${view.checkpointPercent === undefined ? '' : ` at ${view.checkpointPercent} %`}`,
      };
    case 'approved':
      return { kind: 'green', reason: view.reason };
    case 'rejected':
      return { kind: 'red', reason: view.reason };
    case 'waiting':
    case 'expired':
      return { kind: 'inconclusive', reason: view.reason };
    default:
      return view satisfies never;
  }
}
