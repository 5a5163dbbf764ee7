import type { EffectSizePolicy } from '../../lambdas/core/canary/policy.ts';
import type { Finding, Path } from './catalogue-error.ts';
import { nearest } from './nearest.ts';

/** The parts of a canary policy that may contradict each other, in a catalogue and in what `kiln judge` reads. */
export interface CanaryPolicyParts {
  readonly metrics: readonly {
    readonly group?: string | undefined;
    readonly effectSize?: EffectSizePolicy | undefined;
  }[];
  readonly groups?: Readonly<Record<string, number>> | undefined;
  readonly pass?: number | undefined;
  readonly marginal?: number | undefined;
}

/** What no schema of a single value can say. `at`: where the policy stands. */
export const canaryContradictions = (
  policy: CanaryPolicyParts,
  at: Path = [],
): readonly Finding[] =>
  [...scoreMistakes(policy), ...groupMistakes(policy), ...effectMistakes(policy)].map((one) => ({
    ...one,
    path: [...at, ...one.path],
  }));

const scoreMistakes = ({ pass, marginal }: CanaryPolicyParts): readonly Finding[] =>
  pass === undefined || marginal === undefined || marginal <= pass
    ? []
    : [{ path: ['marginal'], at: 'value', expected: `at most pass ${pass}`, came: `${marginal}` }];

/** Where weights are given, all groups need one: a weight of 1 beside 60 and 40 would be nobody's wish. */
function groupMistakes({ groups, metrics }: CanaryPolicyParts): readonly Finding[] {
  if (groups === undefined) return [];
  const names = Object.keys(groups);
  const strangers = metrics.flatMap(({ group }, index): Finding[] => {
    if (group !== undefined && Object.hasOwn(groups, group)) return [];
    const expected = `one of the groups that have a weight: ${names.join(', ') || 'there is none'}`;
    return [
      {
        ...{ path: ['metrics', index, 'group'], at: 'value', expected },
        came: group === undefined ? 'nothing' : JSON.stringify(group),
        nearest: group === undefined ? undefined : nearest(group, names),
      },
    ];
  });
  if (strangers.length > 0) return strangers;
  const used = metrics.some(({ group }) => group !== undefined && (groups[group] ?? 0) > 0);
  if (used) return [];
  const expected = 'a weight above 0 for a group that has metrics';
  return [{ path: ['groups'], at: 'value', expected, came: 'none' }];
}

/** What `no effect` is in each measure, and how far it goes. */
const MEASURES = {
  meanRatio: { none: 1, most: Number.POSITIVE_INFINITY },
  cles: { none: 0.5, most: 1 },
} as const;

function effectMistakes({ metrics }: CanaryPolicyParts): readonly Finding[] {
  return metrics.flatMap(({ effectSize }, index) => {
    if (effectSize === undefined) return [];
    const { measure, high, low } = effectSize;
    const { none, most } = MEASURES[measure];
    const path = (key: string) => ['metrics', index, 'effectSize', key];
    const findings: Finding[] = [];
    if (high !== undefined && !(high >= none && high <= most)) {
      const expected = `${none} or more${most === 1 ? ', at most 1' : ''}, as ${measure} is ${none} without any effect`;
      findings.push({ path: path('high'), at: 'value', expected, came: `${high}` });
    }
    if (low !== undefined && !(low >= 0 && low <= none)) {
      const expected = `0 to ${none}, as ${measure} is ${none} without any effect`;
      findings.push({ path: path('low'), at: 'value', expected, came: `${low}` });
    }
    return findings;
  });
}
