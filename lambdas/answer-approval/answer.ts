import { type AnswerLink, openToken } from '../adapters/answer-links.ts';
import type { KMSClient } from '../adapters/clients/kms.ts';
import { log } from '../adapters/entry.ts';
import { findRollout } from '../adapters/fleets.ts';
import { isSameNonce } from '../adapters/nonces.ts';
import { findQuestion } from '../adapters/questions.ts';
import { recordAnswer } from '../adapters/record-answer.ts';
import { findRelease } from '../adapters/releases.ts';
import { answerOf } from '../core/approval-view.ts';
import { admitAnswer, BY_CHARACTERS, showAnswer, WHY_CHARACTERS } from '../core/decide-approval.ts';
import { isoInstant, showInstant } from '../core/durations.ts';
import { releaseIdOf } from '../core/keys.ts';
import type { Release } from '../core/ledger.ts';
import {
  byLink,
  isLinked,
  type LinkedQuestion,
  oneLine,
  requestAbout,
  type Standing,
  standingOf,
} from '../core/question.ts';
import { type AnswerForm, answerWith, type HttpAnswer, type Page } from './page.ts';
import { type Form, readRequest } from './request.ts';

export interface Ports {
  readonly kms: KMSClient;
  /** Has an execution that is parked looked at soon. */
  wake(executionArn: string): Promise<void>;
  nowMs(): number;
}

/** A question as somebody sees it who opened a link that is good. */
interface Opened {
  readonly link: AnswerLink;
  readonly token: string;
  readonly question: LinkedQuestion;
  readonly release: Release | undefined;
  readonly standing: Standing;
  /** When all was read. */
  readonly nowMs: number;
}

/**
 * Shows a question to whoever opens the link to it, and takes the answer of its form. Opening changes nothing, however often and
 * by whatever program. The first answer holds, a second one is told who was first; a link that is none of ours, of whatever
 * kind, gets the same words. Neither the link nor a part of it is ever logged.
 */
export const makeAnswerApproval =
  (ports: Ports) =>
  async (event: unknown): Promise<HttpAnswer> => {
    try {
      return answerWith(await pageFor(ports, event));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      log('ERROR', 'link not answered', { error: name, reason: message });
      return answerWith({
        status: 503,
        title: 'Not now',
        says: 'Kiln could not look this up. Nothing was decided. Open the link again in a minute, or answer with: npx tsx bin/kiln.ts approve',
      });
    }
  };

async function pageFor(ports: Ports, event: unknown): Promise<Page> {
  const request = readRequest(event);
  if (request.kind === 'refused') {
    return { status: request.status, title: 'Not possible', says: request.why };
  }
  const { token } = request;
  const opened = await open(ports, token);
  if (opened === undefined) {
    return {
      status: 403,
      title: 'Not a valid link',
      says: 'This link opens nothing. Use the one in the notification as a whole, or answer with: npx tsx bin/kiln.ts approve',
    };
  }
  const asked = request.kind === 'answer';
  if (opened.standing.kind !== 'open') return closed(opened, opened.standing, asked ? 409 : 200);
  if (asked) return take(ports, opened, request.form);
  return pageAbout(opened, {
    status: 200,
    says: `A ${opened.question.wave === undefined ? 'rollout' : 'release'} waits for a person. Opening this page has decided nothing.`,
    form: formWith(token, { name: '', reason: '' }),
  });
}

/** Undefined for a link that is not good: not signed here, or of a question that is not, or not any more, bound to it. */
async function open(ports: Ports, token: string): Promise<Opened | undefined> {
  const link = await openToken(ports.kms, token);
  if (link === undefined) return undefined;
  const question = await findQuestion(link.key);
  if (question === undefined || !isLinked(question)) return undefined;
  if (!isSameNonce(question.link.nonce, link.nonce)) return undefined;
  const releaseId = releaseIdOf(link.key);
  const release = releaseId === undefined ? undefined : await findRelease(releaseId);
  const over = await whyOver(question, release);
  const nowMs = ports.nowMs();
  return {
    ...{ link, token, question, release, nowMs },
    standing: standingOf(question, link.untilMs, answerOf(question), over, nowMs),
  };
}

/**
 * Why nobody waits for the answer any more: the rollout that asked has ended or goes back, or its release does; or that
 * release ends and keeps the waves that are proven, as nobody had answered in time.
 */
async function whyOver(
  { fleet, link }: LinkedQuestion,
  release: Release | undefined,
): Promise<string | undefined> {
  if (fleet !== undefined) {
    const rollout = await findRollout(fleet);
    if (rollout?.executionArn !== link.executionArn) return `the rollout of ${fleet} has ended`;
    if (rollout.direction === 'back') return `fleet ${fleet} is on its way back already`;
  }
  if (release === undefined) return undefined;
  const { endedAt, outcome, wayBackReason, keptReason } = release;
  const because = wayBackReason ?? keptReason;
  const why = because === undefined ? '' : `: ${because}`;
  if (endedAt !== undefined) return `the release has ended ${outcome}${why}`;
  if (wayBackReason !== undefined) return `the release is on its way back already${why}`;
  return keptReason === undefined ? undefined : `the release ends and keeps what is proven${why}`;
}

async function take(ports: Ports, opened: Opened, form: Form): Promise<Page> {
  const { question, link, token, nowMs } = opened;
  const { decision } = form;
  const [name, why] = [oneLine(form.name), oneLine(form.reason)];
  const admitted =
    decision === undefined
      ? { kind: 'refused' as const, reason: 'decision: expected one of the two buttons' }
      : admitAnswer(requestAbout(question), undefined, { decision, by: name, why }, nowMs);
  if (admitted.kind === 'refused') {
    const says = `Not taken, nothing was decided. ${admitted.reason}`;
    const typed = { name: name.slice(0, BY_CHARACTERS), reason: why.slice(0, WHY_CHARACTERS) };
    return pageAbout(opened, { status: 400, says, form: formWith(token, typed) });
  }
  const answer = { ...admitted.answer, by: byLink(admitted.answer.by) };
  const { key, nonce } = link;
  const first = await recordAnswer(
    key,
    { decision: answer.decision, by: answer.by, why: answer.why, answeredAt: isoInstant(nowMs) },
    nonce,
  );
  if (!first) return secondTo(opened, await findQuestion(key));
  await ports.wake(question.link.executionArn);
  log('INFO', 'answered by link', { ...key, ...answer });
  const standing = { kind: 'decided', answer } as const;
  return { ...closed(opened, standing, 200), title: 'Recorded' };
}

/** Somebody else was first, between the look and the write. */
function secondTo(opened: Opened, now: Awaited<ReturnType<typeof findQuestion>>): Page {
  const answer = now && answerOf(now);
  if (answer === undefined) throw new Error('expected the answer that was first, found none');
  return closed(opened, { kind: 'decided', answer }, 409);
}

function closed(
  opened: Opened,
  standing: Exclude<Standing, { kind: 'open' }>,
  status: 200 | 409,
): Page {
  const { subject, otherwise } = opened.question.link;
  switch (standing.kind) {
    case 'decided':
      return pageAbout(opened, {
        status,
        says: `${subject} was ${showAnswer(standing.answer)}. The first answer holds.`,
      });
    case 'expired': {
      const until = showInstant(standing.untilMs);
      return pageAbout(opened, {
        status,
        says: `Nobody had answered when this question expired at ${until}: ${otherwise}.`,
      });
    }
    case 'over':
      return pageAbout(opened, {
        status,
        says: `Nobody waits for this answer any more: ${standing.reason}.`,
      });
    default:
      return standing satisfies never;
  }
}

function pageAbout(
  { question, release, standing }: Opened,
  page: Pick<Page, 'status' | 'says' | 'form'>,
): Page {
  const { subject, asked, otherwise } = question.link;
  return {
    title: subject,
    ...page,
    facts: [
      ['Fleet', question.fleet],
      ['Wave', question.wave],
      ['Image', release?.image],
      ['Version', release?.version],
      ['What the gates saw', asked],
      ['Asked at', showInstant(Date.parse(question.askedAt))],
      [
        'An answer counts until',
        standing.kind === 'open' ? showInstant(standing.untilMs) : undefined,
      ],
      ['If nobody answers', standing.kind === 'open' ? otherwise : undefined],
    ],
  };
}

const formWith = (
  token: string,
  typed: { readonly name: string; readonly reason: string },
): AnswerForm => ({
  token,
  ...typed,
  nameCharactersMax: BY_CHARACTERS,
  reasonCharactersMax: WHY_CHARACTERS,
});
