import * as z from 'zod/mini';
import type { Judgement } from './decision.ts';
import { problemsOf, showValue } from './input-problems.ts';

const REASON_CHARACTERS_MAX = 500;

/** What a gate function of the user's must answer, and nothing else. */
export const GateAnswer = z.strictObject({
  verdict: z.enum(['green', 'red', 'inconclusive']),
  /** One line with the numbers that the verdict was made from. */
  reason: z.string().check(z.minLength(1), z.maxLength(REASON_CHARACTERS_MAX)),
});

export type GateFunctionOutcome =
  | { readonly kind: 'answered'; readonly payload: unknown }
  /** It threw, timed out, was throttled, or could not be called. */
  | { readonly kind: 'failed'; readonly error: string };

/** Judges what a gate function did. Whatever is not an answer as documented is unreadable: its errors fail closed. */
export function judgeFunction(functionName: string, outcome: GateFunctionOutcome): Judgement {
  if (outcome.kind === 'failed') {
    const reason = `function ${functionName} failed: ${oneLine(outcome.error)}`;
    return { kind: 'unreadable', reason };
  }
  const parsed = GateAnswer.safeParse(outcome.payload);
  if (parsed.success) {
    const { verdict, reason } = parsed.data;
    return { kind: verdict, reason: `function ${functionName}: ${oneLine(reason)}` };
  }
  const form = { fields: ['verdict', 'reason'], mark: 'verdict' };
  const problems = problemsOf(parsed.error.issues, outcome.payload, form);
  const came = typeof outcome.payload === 'object' ? '' : ` (came ${showValue(outcome.payload)})`;
  return {
    kind: 'unreadable',
    reason: oneLine(`function ${functionName} answered wrongly${came}: ${problems.join(' | ')}`),
  };
}

const oneLine = (text: string): string => {
  const line = text.trim().replace(/\s+/g, ' ');
  if (line === '') return 'no reason given';
  return line.length <= REASON_CHARACTERS_MAX
    ? line
    : `${line.slice(0, REASON_CHARACTERS_MAX - 1)}…`;
};
