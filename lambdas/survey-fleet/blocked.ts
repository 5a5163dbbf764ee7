import { findRollout, readBlock } from '../adapters/fleets.ts';
import { blockFinding } from '../core/survey-findings.ts';
import type { Asked, SurveyFinding } from './survey.ts';

/**
 * A blocked fleet is a person's: no release moves it, in either direction. Only what a person began on it after it was
 * blocked is brought to its end, by the Recover of that rollout.
 */
export async function whyBlocked({
  input,
  mandate,
  policy,
}: Asked): Promise<SurveyFinding | undefined> {
  if (input.kind !== 'from-release') return undefined;
  const block = await readBlock(policy.name);
  if (block === undefined) return undefined;
  const { reason, mend: whatToDo } = blockFinding(block, policy.name);
  if (input.direction === 'forward') return { kind: 'refused', reason, whatToDo };
  const underWay = await findRollout(policy.name);
  const { releaseId } = mandate;
  if (underWay?.releaseId === releaseId && block.releaseId !== releaseId) return undefined;
  return { kind: 'refused', outcome: 'needs-a-person', reason, whatToDo };
}
