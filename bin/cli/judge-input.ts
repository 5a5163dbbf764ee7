import * as z from 'zod';
import type { CanaryMetric, CanaryPolicy } from '../../lambdas/core/canary/policy.ts';
import { canaryContradictions } from '../../lib/catalogue/canary-checks.ts';
import { type Finding, toError } from '../../lib/catalogue/catalogue-error.ts';
import { refusals, valueAt } from '../../lib/catalogue/explain.ts';
import { UserMistake } from './user-mistake.ts';

/** What `kiln judge` reads. Every leaf is what was expected, in words that finish the sentence "expected ...". */

const number = (expected: string, holds: (value: number) => boolean) =>
  z.number({ error: expected }).refine(holds, { error: expected });
const text = z
  .string({ error: 'a text that is not empty' })
  .min(1, { error: 'a text that is not empty' });
const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `one of ${words.join(', ')}` });
const samples = z.array(z.number({ error: 'a number or null' }).nullable(), {
  error: 'a list of numbers, null where a period has none',
});

const EffectSize = z.strictObject({
  measure: oneOf(['meanRatio', 'cles']),
  high: z.number({ error: 'a number' }).optional(),
  low: z.number({ error: 'a number' }).optional(),
});

const Metric = z.strictObject({
  name: text,
  baseline: samples,
  canary: samples,
  direction: oneOf(['increase', 'decrease', 'either']),
  critical: z.boolean({ error: 'true or false' }).optional(),
  group: text.optional(),
  tolerance: number('a share, 0 or more: 0.05 is 5 %', (share) => share >= 0).optional(),
  effectSize: EffectSize.optional(),
  nanStrategy: oneOf(['remove', 'zero']).optional(),
});

const weight = number('a weight, 0 or more', (value) => value >= 0);
const JudgeInput = z.strictObject({
  metrics: z
    .array(Metric, { error: 'a list of metrics' })
    .min(1, { error: 'a list of at least one metric' }),
  groups: z.record(z.string(), weight, { error: 'a mapping of groups to weights' }).optional(),
  toleranceOf: oneOf(['baseline', 'shift']).optional(),
  pass: number('a score above 0, at most 100', (score) => score > 0 && score <= 100),
  marginal: number('a score of 0 to 100', (score) => score >= 0 && score <= 100),
  confidence: number('a number between 0 and 1, such as 0.98', (value) => value > 0 && value < 1),
  minimumSamples: number(
    'a whole number, 1 or more',
    (value) => Number.isSafeInteger(value) && value >= 1,
  ),
});
export type JudgeInput = CanaryPolicy & { readonly metrics: readonly CanaryMetric[] };

/** A file of samples may be wrong in every one of them. */
const MISTAKES_SHOWN = 10;

/**
 * Reads the text of an input; `source` is what messages call it.
 * @throws UserMistake with the mistakes, one to a line: field, what was expected, what came
 */
export function readJudgeInput(source: string, json: string): JudgeInput {
  const value = parsedJson(source, json);
  const wrong = refusals(JudgeInput, value).map((finding) => withInfinity(finding, value));
  if (wrong.length > 0) throw mistake(source, wrong);
  const input = JudgeInput.parse(value);
  const contradictions = canaryContradictions(input);
  if (contradictions.length > 0) throw mistake(source, contradictions);
  return input;
}

function parsedJson(source: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UserMistake(`${source}: expected JSON, came ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function mistake(source: string, findings: readonly Finding[]): UserMistake {
  const lines = findings.slice(0, MISTAKES_SHOWN).map((one) => toError(one, source, 0).message);
  const more = findings.length - lines.length;
  return new UserMistake([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
}

/** JSON can spell a number that is too large to be one. */
const withInfinity = (finding: Finding, root: unknown): Finding =>
  Math.abs(Number(valueAt(root, finding.path))) === Number.POSITIVE_INFINITY
    ? { ...finding, came: 'a number past 1.8e308' }
    : finding;
