import type { Verdict } from '../decision.ts';
import { judgeMetric } from './judge-metric.ts';
import type { CanaryMetric, CanaryPolicy, MetricFinding } from './policy.ts';
import { count, short } from './showing.ts';

/** Of metrics that name no group. */
export const DEFAULT_GROUP = 'default';

export interface GroupFinding {
  /** Share of its metrics that pass, 0 to 100. */
  readonly score: number;
  readonly weight: number;
  readonly metrics: number;
  readonly passed: number;
  readonly noData: number;
}

export interface CanaryFinding {
  /** In the order of the policy. */
  readonly metrics: readonly MetricFinding[];
  readonly groups: Readonly<Record<string, GroupFinding>>;
  /** 0 to 100. */
  readonly score: number;
  readonly verdict: Verdict['kind'];
  /** One line with the numbers that the verdict was made from. */
  readonly reason: string;
}

/**
 * Judges a canary by all its metrics. What has no data counts as not passed, so that an absence never raises the score:
 * the verdict is red when it would be so whatever that data had shown, green when it is so without it, else inconclusive.
 */
export function judgeCanary(metrics: readonly CanaryMetric[], policy: CanaryPolicy): CanaryFinding {
  const findings = metrics.map((metric) => judgeMetric(metric, policy));
  const groups = groupsOf(metrics, findings, policy);
  const { score, best } = scoresOf(findings, [...groups.values()]);
  const { kind, reason } = verdictOf(findings, score, best, policy);
  const explained = [reason, `${scored(findings, score)}`, ...exceptions(findings)].join('; ');
  return {
    metrics: findings,
    groups: Object.fromEntries(groups),
    score,
    verdict: kind,
    reason: explained,
  };
}

function groupsOf(
  metrics: readonly CanaryMetric[],
  findings: readonly MetricFinding[],
  { groups = {} }: CanaryPolicy,
): ReadonlyMap<string, GroupFinding> {
  const members = new Map<string, MetricFinding[]>();
  for (const [index, { group = DEFAULT_GROUP }] of metrics.entries()) {
    const finding = findings[index];
    if (finding === undefined) continue;
    const known = members.get(group);
    if (known === undefined) members.set(group, [finding]);
    else known.push(finding);
  }
  return new Map(
    [...members].map(([name, all]) => {
      const passed = all.filter(({ classification }) => classification === 'pass').length;
      const noData = all.filter(({ classification }) => classification === 'no-data').length;
      const weight = (Object.hasOwn(groups, name) ? groups[name] : undefined) ?? 1;
      const score = rounded((passed * 100) / all.length);
      return [name, { score, weight, metrics: all.length, passed, noData }];
    }),
  );
}

/** The score, and the best that it could be had every metric without data passed. */
function scoresOf(findings: readonly MetricFinding[], groups: readonly GroupFinding[]) {
  const critical = findings.filter((one) => one.critical);
  const failed = critical.some((one) => isFailed(one));
  const blind = critical.some((one) => one.classification === 'no-data');
  return {
    score: failed || blind ? 0 : weighted(groups, ({ passed }) => passed),
    best: failed ? 0 : weighted(groups, ({ passed, noData }) => passed + noData),
  };
}

/** Mean of the groups' shares by weight, 0 to 100. Weights are taken relative to the largest, so that no sum is too large. */
function weighted(groups: readonly GroupFinding[], passing: (group: GroupFinding) => number) {
  const largest = groups.reduce((most, { weight }) => Math.max(most, weight), 0);
  if (largest === 0) return 0;
  let [sum, weights] = [0, 0];
  for (const group of groups) {
    const weight = group.weight / largest;
    sum += (weight * passing(group) * 100) / group.metrics;
    weights += weight;
  }
  return rounded(sum / weights);
}

/** To nine decimals: 19 of 20 are 95, whatever their weights leave in the last digits. */
const rounded = (score: number): number => Math.round(score * 1e9) / 1e9;

const isFailed = ({ classification }: MetricFinding): boolean =>
  classification === 'high' || classification === 'low';

function verdictOf(
  findings: readonly MetricFinding[],
  score: number,
  best: number,
  { pass, marginal }: CanaryPolicy,
): Verdict {
  const criticals = findings.filter((one) => one.critical);
  const failed = criticals.find(isFailed);
  if (failed !== undefined) {
    return { kind: 'red', reason: `critical ${failed.name} is ${failed.classification}` };
  }
  if (findings.length > 0 && best < marginal) {
    return { kind: 'red', reason: `score at best ${short(best)} < marginal ${marginal}` };
  }
  const blind = criticals.find((one) => one.classification === 'no-data');
  if (blind !== undefined) {
    return { kind: 'inconclusive', reason: `no data for critical ${blind.name}` };
  }
  if (findings.length === 0) return { kind: 'inconclusive', reason: 'no metric to judge' };
  if (score >= pass) return { kind: 'green', reason: `score ${short(score)} >= pass ${pass}` };
  const limit = score < marginal ? `marginal ${marginal}` : `pass ${pass}`;
  const could = best > score ? `, ${short(best)} at best` : '';
  return { kind: 'inconclusive', reason: `score ${short(score)} < ${limit}${could}` };
}

function scored(findings: readonly MetricFinding[], score: number): string {
  const passed = findings.filter(({ classification }) => classification === 'pass').length;
  return `${passed} of ${count(findings.length, 'metric')} pass, score ${short(score)}`;
}

/** A gate's reason has to stay a line. */
const EXCEPTIONS_SHOWN = 3;

function exceptions(findings: readonly MetricFinding[]): readonly string[] {
  const all = findings.filter(({ classification }) => classification !== 'pass');
  // What failed tells more than what is missing.
  const worstFirst = [...all.filter(isFailed), ...all.filter((one) => !isFailed(one))];
  const shown = worstFirst
    .slice(0, EXCEPTIONS_SHOWN)
    .map(({ name, classification, reason }) => `${name} ${classification}: ${reason}`);
  const more = all.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}
