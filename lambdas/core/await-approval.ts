import { approvalGate } from './approval-view.ts';
import type { ForwardDecision } from './decision.ts';
import { isoInstant } from './durations.ts';
import { type ForwardView, nextPark, rollBack, waitFor } from './forward-view.ts';
import { worst } from './judge-gates.ts';

/**
 * What a rollout does about a person's approval when all else is ready: asks once every other enforced gate is green, waits
 * for the answer, goes back when the question has expired. Undefined where nobody has to be waited for. While somebody is
 * asked, other gates may be inconclusive; red and unreadable ones are seen to elsewhere.
 *
 * @param ready what is over, in words: `held at checkpoint 10 % for 10 min`
 * @param quietSinceMs since when nothing else has moved
 */
export function awaitApproval(
  view: ForwardView,
  ready: string,
  quietSinceMs: number,
): ForwardDecision | undefined {
  const { approval } = view.observation.gates;
  const keeps = approvalGate(view.policy.gates)?.onExpiry === 'hold';
  switch (approval?.kind) {
    case undefined:
    case 'not-needed':
    case 'approved':
    case 'rejected':
      return undefined;
    case 'unasked': {
      const others = view.gates.gates.filter(
        ({ gate, mode }) => gate !== 'approval' && mode === 'enforce',
      );
      const judged = worst(others.map(({ judgement }) => judgement));
      if (judged.kind !== 'green') return undefined;
      const { checkpointPercent = 100, expiresSeconds } = approval;
      return {
        kind: 'ask',
        reason: `${ready}; ${judged.kind}: ${judged.reason}; a person is asked`,
        ...{ checkpointPercent, expiresSeconds },
        expiresAt: isoInstant(view.nowMs + expiresSeconds * 1000),
        otherwise: keeps ? 'the fleet goes back, earlier waves stay' : 'the fleet goes back',
        parkSeconds: nextPark(view),
      };
    }
    case 'waiting':
      return waitFor(
        view,
        `${ready}; ${approval.reason}`,
        `a person answers (${approval.reason})`,
        'the fleet goes back',
        approval.untilMs,
        quietSinceMs,
      );
    case 'expired':
      return {
        ...rollBack(view, `${ready}; ${approval.reason}`),
        // Auto Scaling cannot be held any longer, and a fleet never ends between two versions.
        ...(keeps ? { keepsProven: true } : {}),
      };
    default:
      return approval satisfies never;
  }
}

/** From when on inconclusive gates have their limit: not before a person who was waited for has answered. */
export function inconclusiveFromMs({ observation }: ForwardView, endMs: number): number {
  const { approval } = observation.gates;
  return approval?.kind === 'approved' ? Math.max(endMs, approval.answeredAtMs ?? endMs) : endMs;
}
