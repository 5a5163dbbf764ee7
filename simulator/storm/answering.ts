import type { AuditedApproval } from '../invariants/ledger-view.ts';
import { formTo } from '../scenarios/links.ts';
import { type Doing, type Done, second, start, type Town } from './consoles.ts';
import { picked } from './plan.ts';

/** Of those who are asked so many say yes. */
const YES_SHARE = 0.85;
/** Of those who were sent a link so many use it. */
const BY_LINK_SHARE = 0.5;

/** Answers a question that is open, and without one any: somebody comes too late. */
export const answer: Doing = (town, deed, name) => {
  const { approvals } = town.witness.ledger();
  const open = approvals.filter(({ decision }) => decision === undefined);
  const question = picked(open.length > 0 ? open : approvals, deed.pick);
  if (question === undefined) return undefined;
  const yes = second(deed.pick) < YES_SHARE;
  // Which link is for which question no address tells: whoever has several takes the newest.
  const link = second(second(deed.pick)) < BY_LINK_SHARE ? town.links.at(-1) : undefined;
  return link === undefined ? byExecution(town, name, question, yes) : byLink(town, link, yes);
};

function byExecution(
  town: Town,
  name: string,
  { releaseId, fleet, wave }: AuditedApproval,
  approve: boolean,
): Done {
  const said = { approve, by: 'Ann', reason: 'a storm' };
  return wave === undefined
    ? start(town, 'rollout', name, { fleet, ...said })
    : start(town, 'release', name, { release: releaseId, wave, ...said });
}

const byLink = ({ account }: Town, link: string, yes: boolean): Done => ({
  says: `by link: ${yes ? 'yes' : 'no'}`,
  act: async () => {
    const form = { name: 'Bob', decision: yes ? 'approve' : 'reject', reason: 'a storm' };
    const { status } = await account.functionUrls.request(formTo(link, form));
    account.world.trace({ kind: 'world', message: `operator: the page says ${status}` });
  },
});
