import { findRollout, readBlock } from '../adapters/fleets.ts';
import { readReleaseFleet } from '../adapters/releases.ts';
import type { Block } from '../core/ledger.ts';
import { blockFinding } from '../core/survey-findings.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/**
 * A blocked fleet is a person's: no release moves it, in either direction. Two dead rollouts on it are brought to an end
 * by their Recover all the same: one that a person began after it was blocked; and one whose release blocked the fleet
 * because it died, so that nobody has seen yet what of it is under way (`endsOnly`: nothing is begun).
 */
export async function whyBlocked(asked: Asked): Promise<SurveyFinding | undefined> {
  const { input, mandate, policy } = asked;
  if (input.kind !== 'from-release') return undefined;
  const block = await readBlock(policy.name);
  if (block === undefined) return undefined;
  const { reason, mend: whatToDo } = blockFinding(block, policy.name);
  if (input.direction === 'forward') return { kind: 'refused', reason, whatToDo };
  const underWay = await findRollout(policy.name);
  const { releaseId } = mandate;
  if (underWay?.releaseId === releaseId) {
    if (!isOf(block, asked)) return undefined;
    // Whoever blocked a fleet with an outcome had looked at it, and left nothing under way unsaid.
    const fared = await readReleaseFleet(releaseId, policy.name);
    if (fared?.outcome !== 'needs-a-person') return undefined;
  }
  return { kind: 'refused', outcome: 'needs-a-person', reason, whatToDo };
}

/** Whether it was this very release that blocked the fleet. */
export const isOf = (block: Block | undefined, { input, mandate }: Asked): boolean =>
  input.kind === 'from-release' && block?.releaseId === mandate.releaseId;
